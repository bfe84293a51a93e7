/** Health checks at work: every interval each region asks, and after enough answers of a kind it changes its mind. */
import type { Engine } from '../../registration.ts';
import type { Checker } from './checker.ts';
import { asksEndpoint } from './health-check-config.ts';
import type { HealthCheck, Observation } from './health-checks.ts';

/** AWS asks from all of its regions; here from these, if a check names none. */
const REGIONS = ['us-east-1', 'eu-west-1', 'ap-southeast-1'];
/** More than this share of the checkers has to find an endpoint healthy. */
const HEALTHY_SHARE = 0.18;
/** Calculated checks may stand on calculated ones; deeper than this nobody looks. */
const DEEPEST = 8;

export interface HealthMonitor {
  /** Asks at once and then every interval, with nothing known of before. */
  watch(check: HealthCheck): void;
  /** Goes on with what is known. */
  resume(check: HealthCheck): void;
  forget(id: string): void;
  /** As DNS failover counts it; a check that is not there is healthy. */
  isHealthy(id: string): boolean;
  stop(): void;
}

interface Ports {
  engine: Pick<Engine, 'clock' | 'changed'>;
  checks: () => Record<string, HealthCheck>;
  ask: Checker;
}

export const createHealthMonitor = ({ engine, checks, ask }: Ports): HealthMonitor => {
  const { clock } = engine;
  const timers = new Map<string, () => void>();

  const judge = (check: HealthCheck, observation: Observation, status: string): void => {
    const passed = status.startsWith('Success');
    const checkedAt = clock.now();
    Object.assign(observation, { status, checkedAt });
    if (!passed) observation.lastFailure = { status, checkedAt };
    observation.streak = passed === observation.isHealthy ? 0 : observation.streak + 1;
    if (observation.streak < Number(check.config.FailureThreshold)) return;
    observation.isHealthy = passed;
    observation.streak = 0;
    engine.changed();
  };

  const round = (check: HealthCheck): void => {
    const { observations } = check;
    for (const observation of observations) {
      const status = ask(check.config);
      if (typeof status === 'string') judge(check, observation, status);
      else {
        void status.then((text) => {
          // The check may have been changed or deleted while it was under way.
          if (checks()[check.id]?.observations === observations) judge(check, observation, text);
        });
      }
    }
  };

  const forget = (id: string): void => {
    timers.get(id)?.();
    timers.delete(id);
  };
  const resume = (check: HealthCheck): void => {
    forget(check.id);
    if (!asksEndpoint(check.config) || check.config.Disabled === true) return;
    timers.set(
      check.id,
      clock.every(Number(check.config.RequestInterval) * 1000, () => round(check)),
    );
  };

  const findsHealthy = ({ config, observations }: HealthCheck, depth: number): boolean => {
    if (config.Disabled === true) return true;
    if (config.Type === 'CALCULATED') {
      const healthy = ((config.ChildHealthChecks ?? []) as string[]).filter((id) => isHealthy(id, depth - 1));
      return healthy.length >= Number(config.HealthThreshold);
    }
    if (!asksEndpoint(config)) return true;
    return observations.filter((one) => one.isHealthy).length > observations.length * HEALTHY_SHARE;
  };
  const isHealthy = (id: string, depth = DEEPEST): boolean => {
    const check = checks()[id];
    if (check === undefined || depth === 0) return true;
    return findsHealthy(check, depth) !== (check.config.Inverted === true);
  };

  return {
    watch: (check) => {
      const regions = (check.config.Regions as string[] | undefined) ?? REGIONS;
      // A new check counts as healthy until there is enough to say otherwise.
      check.observations = regions.map((region, i) => ({
        region,
        ipAddress: `192.0.2.${10 + i}`,
        isHealthy: true,
        streak: 0,
      }));
      resume(check);
      if (timers.has(check.id)) round(check);
    },
    resume,
    forget,
    isHealthy,
    stop: () => {
      for (const id of timers.keys()) forget(id);
    },
  };
};
