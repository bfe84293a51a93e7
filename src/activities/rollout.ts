import { createHash } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import { activityInfo, cancellationSignal, heartbeat } from '@temporalio/activity';
import { describeTasks, observeCluster, taskId } from '../cloud/cluster.ts';
import { describeServices } from '../cloud/ecs-service.ts';
import { lastLogLines } from '../cloud/logs.ts';
import { createRolloutEye, eventsOf, takeSnapshot, type RolloutEye } from '../cloud/rollout.ts';
import { untilNextBeat } from '../cloud/pollers.ts';
import { needOf, whatIsMissing } from '../domain/deploy/capacity.ts';
import type { Evidence } from '../domain/deploy/diagnose.ts';
import { stageOf, type RolloutSnapshot, type RolloutTarget } from '../domain/deploy/rollout.ts';
import { logGroup } from '../domain/ids.ts';
import type { ServiceSpec } from '../domain/service-spec.ts';
import type { Deps } from './deps.ts';
import { asFailure } from './failure.ts';

/** Between two answers, so that a busy rollout does not fill the history. */
const MIN_ANSWER_GAP_MILLISECONDS = 2_000;
const HEARTBEAT_MILLISECONDS = 1_500;
const KEPT_EYES = 500;

export interface Look {
  snapshot: RolloutSnapshot;
  /** Of the snapshot; given back as `seen`, it says what the caller knows already. */
  digest: string;
}

const digestOf = (snapshot: RolloutSnapshot): string =>
  createHash('sha1').update(JSON.stringify(snapshot)).digest('hex').slice(0, 16);

export const createRolloutActivities = ({ clients, pollers, seal }: Deps) => {
  const looks = { ...clients, tasks: pollers.tasks };
  /** Kept between executions of the activity: a rollout that goes on need not be read anew. */
  const eyes = new Map<string, RolloutEye>();
  const eyeFor = (target: RolloutTarget): RolloutEye => {
    // A change that scales back to what was has the very target of one before it, and finds other tasks there.
    const key = `${activityInfo().workflowExecution?.runId} ${JSON.stringify(target)}`;
    const eye = eyes.get(key) ?? createRolloutEye(looks, target);
    eyes.delete(key);
    eyes.set(key, eye);
    const [oldest] = eyes.keys();
    if (eyes.size > KEPT_EYES && oldest !== undefined) eyes.delete(oldest);
    return eye;
  };

  /** Values that must not be read in somebody's log lines. */
  const redactor = (spec: ServiceSpec) => {
    const values = spec.components
      .flatMap((c) => Object.values(c.env).map((v) => seal.open(v)))
      .filter((v) => v.length >= 6);
    return (text: string) => values.reduce((t, value) => t.replaceAll(value, '[redacted]'), text);
  };

  return {
    /** Returns as soon as the rollout differs from what the caller has seen; heartbeats while it does not. */
    watchRollout: ({ target, seen }: { target: RolloutTarget; seen?: string }): Promise<Look> =>
      asFailure(async () => {
        const signal = cancellationSignal();
        const beat = setInterval(heartbeat, HEARTBEAT_MILLISECONDS);
        const started = Date.now();
        const eye = eyeFor(target);
        try {
          // What the caller has seen from this very eye need not be asked for once more.
          const latest = eye.latest();
          let snapshot = latest !== undefined && digestOf(latest) === seen ? latest : undefined;
          for (;;) {
            heartbeat();
            if (snapshot !== undefined) {
              const digest = digestOf(snapshot);
              const gap = seen === undefined ? 0 : started + MIN_ANSWER_GAP_MILLISECONDS - Date.now();
              if (digest !== seen && gap <= 0) return { snapshot, digest };
              const rest = untilNextBeat(Date.now(), beatSeconds(snapshot, target));
              await wait(digest === seen ? rest : Math.min(rest, gap), undefined, { signal });
            }
            snapshot = await eye.look(await pollers.services(target.cluster, target.name), signal);
          }
        } finally {
          clearInterval(beat);
        }
      }),

    /** One look, for the last word after the settle window. */
    lookAtRollout: ({ target }: { target: RolloutTarget }): Promise<Look> =>
      asFailure(async () => {
        const signal = cancellationSignal();
        const [service] = await describeServices(clients.ecs, target.cluster, [target.name], signal);
        const snapshot = await takeSnapshot(looks, { target, service }, signal);
        return { snapshot, digest: digestOf(snapshot) };
      }),

    /** What can be found out about a rollout that failed; never fails itself because a part cannot be read. */
    collectEvidence: ({
      target,
      service,
      spec,
      hostPort,
      sinceMs,
    }: {
      target: RolloutTarget;
      service: string;
      spec: ServiceSpec;
      hostPort?: number;
      sinceMs: number;
    }): Promise<Evidence> =>
      asFailure(async () => {
        const signal = cancellationSignal();
        const [found] = await describeServices(clients.ecs, target.cluster, [target.name], signal);
        const snapshot = await takeSnapshot(looks, { target, service: found }, signal);
        const { cluster, name: incarnation } = target;
        const running = await describeTasks(clients.ecs, { cluster, incarnation, desiredStatus: 'RUNNING' }, signal);
        const ours = running.filter((t) => t.startedBy === target.deploymentId);
        const taskIds = [...snapshot.stopped.map((t) => t.id), ...ours.map((t) => taskId(t.taskArn ?? ''))];
        const lines = await lastLogLines(
          clients.logs,
          { name: logGroup(service), since: sinceMs, taskIds, limit: 10 },
          signal,
        );
        const isStuck = snapshot.stuck !== undefined && snapshot.ours.running < snapshot.desired;
        const missing = isStuck
          ? whatIsMissing(await observeCluster(clients.ecs, { cluster }, signal), needOf(spec, hostPort))
          : undefined;
        return {
          snapshot,
          ...(missing === undefined ? {} : { missing }),
          serviceEvents: eventsOf(found, target).slice(0, 10),
          logLines: lines.map(redactor(spec)),
        };
      }),
  };
};

/**
 * Seconds between two looks: rarely while tasks start and pass their checks, every second when the next change may be
 * the last one.
 */
function beatSeconds(snapshot: RolloutSnapshot, target: RolloutTarget): number {
  const { desired, ours, others } = snapshot;
  if (ours.running < desired) return 5;
  const stage = stageOf(snapshot, target);
  if (stage === 'all-healthy') return others.running > 0 ? 2 : 1;
  if (stage === 'old-gone') return 2;
  return others.deployments === 0 ? 1 : 5;
}
