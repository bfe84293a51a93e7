/** CloudWatch and Application Auto Scaling behind a real AWS endpoint, with a stepped clock, a fleet of the test's own, and topics that remember. */
import { ApplicationAutoScalingClient } from '@aws-sdk/client-application-auto-scaling';
import { CloudWatchClient } from '@aws-sdk/client-cloudwatch';
import type { FleetService } from '../../../src/localcloud/engine/contract.ts';
import type { Throttle } from '../../../src/localcloud/engine/throttle.ts';
import { createRandom } from '../../../src/localcloud/engine/random.ts';
import { createVirtualClock } from '../../../src/localcloud/engine/virtual-clock.ts';
import type { Engine } from '../../../src/localcloud/registration.ts';
import { createApplicationAutoScaling } from '../../../src/localcloud/services/application-autoscaling.ts';
import { createCloudWatch } from '../../../src/localcloud/services/cloudwatch.ts';
import type { BalancerHealth } from '../../../src/localcloud/services/cloudwatch/published.ts';
import { sdkConfig } from '../cloud-kit.ts';
import { serveAws } from './endpoint.ts';

export const MINUTE = 60_000;
export const START = Date.UTC(2026, 0, 1);
export const TOPIC = 'arn:aws:sns:eu-west-1:123456789012:team';

export type MetricsCloud = Awaited<ReturnType<typeof startMetricsCloud>>;

/** What it remembers of an earlier life. */
interface SavedMetricsCloud {
  time: number;
  parts: Record<string, unknown>;
}

export const startMetricsCloud = async (saved?: SavedMetricsCloud) => {
  const clock = createVirtualClock(saved?.time ?? START);
  const services: FleetService[] = [];
  const balancers: BalancerHealth[] = [];
  const published: { topicArn: string; subject: string; message: string }[] = [];
  const engine = {
    clock,
    random: createRandom(7),
    account: '123456789012',
    region: 'eu-west-1',
    domain: 'example.com',
    settings: { strict: false },
    changed: () => undefined,
    log: (message: string, fields?: Record<string, unknown>) => console.error(message, fields),
  } as unknown as Engine;
  const fleet = {
    services: () => services,
    setDesiredCount: (cluster: string, name: string, desiredCount: number): boolean => {
      const found = services.find((one) => one.cluster === cluster && one.service === name);
      if (found === undefined) return false;
      found.desiredCount = desiredCount;
      clock.after(20_000, () => (found.runningCount = found.desiredCount));
      return true;
    },
  };
  const topics = {
    publish: (topicArn: string, message: { subject: string; message: string }): boolean => {
      if (topicArn !== TOPIC) return false;
      published.push({ topicArn, ...message });
      return true;
    },
  };
  const cloudWatch = createCloudWatch(engine, { topics, fleet, balancers: () => balancers, requests: () => [] });
  const scaling = createApplicationAutoScaling(engine, { fleet, alarms: cloudWatch.scalingAlarms });
  const registrations = [...cloudWatch.services, ...scaling.services];
  const persistents = registrations.flatMap(({ persistent }) => persistent ?? []);
  for (const part of persistents) if (saved !== undefined) part.load(structuredClone(saved.parts[part.key]));
  for (const part of persistents) await part.start();

  const endpoint = await serveAws(
    engine,
    new Map([[engine.account, { services: registrations, throttle: { take: () => true } as unknown as Throttle }]]),
  );
  const sdk = sdkConfig(endpoint.url);
  const cloudwatch = new CloudWatchClient(sdk);
  const autoscaling = new ApplicationAutoScalingClient(sdk);

  return {
    engine,
    url: sdk.endpoint,
    cloudwatch,
    autoscaling,
    alarms: cloudWatch.alarms,
    services,
    balancers,
    published,
    advance: clock.advance,
    now: clock.now,
    /** A service all of whose tasks run. */
    addService: (service: string, more: Partial<FleetService> = {}): FleetService => {
      const desiredCount = more.desiredCount ?? 2;
      const added = {
        cluster: 'crims',
        service,
        desiredCount,
        runningCount: desiredCount,
        pendingCount: 0,
        isDeploying: false,
        cpuPercent: 1,
        memoryPercent: 10,
        ...more,
      };
      services.push(added);
      return added;
    },
    save: (): SavedMetricsCloud => ({
      time: clock.now(),
      parts: JSON.parse(JSON.stringify(Object.fromEntries(persistents.map((part) => [part.key, part.save()])))),
    }),
    stop: async (): Promise<void> => {
      cloudwatch.destroy();
      autoscaling.destroy();
      for (const part of persistents) await part.stop();
      endpoint.close();
    },
  };
};
