import type { ECSClient, Service } from '@aws-sdk/client-ecs';
import { describeServices } from './ecs-service.ts';

/** DescribeServices takes ten names. */
const BATCH = 10;

interface Waiting {
  name: string;
  resolve: (service: Service | undefined) => void;
  reject: (error: unknown) => void;
}

/** Looks at one service; looks asked for in the same moment share calls. */
export type ServicePoller = (cluster: string, name: string) => Promise<Service | undefined>;

/**
 * One poller for the whole worker: the looks that fall due within `windowMilliseconds` go out together, ten services a
 * call, so that ten rollouts side by side cost hardly more calls than one.
 */
export function createServicePoller(ecs: ECSClient, windowMilliseconds = 100): ServicePoller {
  const waiting = new Map<string, Waiting[]>();

  const flush = (cluster: string): void => {
    const due = waiting.get(cluster) ?? [];
    waiting.delete(cluster);
    const names = [...new Set(due.map((w) => w.name))];
    for (let start = 0; start < names.length; start += BATCH)
      void describe(cluster, names.slice(start, start + BATCH), due);
  };

  const describe = async (cluster: string, names: string[], due: Waiting[]): Promise<void> => {
    const mine = due.filter((w) => names.includes(w.name));
    try {
      const services = await describeServices(ecs, cluster, names);
      for (const w of mine) w.resolve(services.find((s) => s.serviceName === w.name));
    } catch (error) {
      for (const w of mine) w.reject(error);
    }
  };

  return (cluster, name) =>
    new Promise((resolve, reject) => {
      const due = waiting.get(cluster);
      if (due !== undefined) {
        due.push({ name, resolve, reject });
        return;
      }
      waiting.set(cluster, [{ name, resolve, reject }]);
      setTimeout(flush, windowMilliseconds, cluster);
    });
}

/** Poll times fall on common beats of a second, so that watchers meet in one call. */
export const untilNextBeat = (now: number, seconds: number): number => seconds * 1000 - (now % (seconds * 1000));
