import { createHash } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import { cancellationSignal, heartbeat } from '@temporalio/activity';
import { describeServices } from '../cloud/ecs-service.ts';
import { lastLogLines } from '../cloud/logs.ts';
import { signatureOf, takeSnapshot } from '../cloud/rollout.ts';
import { untilNextBeat } from '../cloud/service-poller.ts';
import type { Evidence } from '../domain/deploy/diagnose.ts';
import { stageOf, type RolloutSnapshot, type RolloutTarget } from '../domain/deploy/rollout.ts';
import { logGroup } from '../domain/ids.ts';
import type { ServiceSpec } from '../domain/service-spec.ts';
import type { Deps } from './deps.ts';
import { asFailure } from './failure.ts';

const IDLE_SECONDS = 5;
const NEAR_SECONDS = 1;
/** After a change the next one is likely soon. */
const NEAR_AFTER_CHANGE_MILLISECONDS = 3_000;
/** Between two answers, so that a busy rollout does not fill the history. */
const MIN_ANSWER_GAP_MILLISECONDS = 2_000;
const HEARTBEAT_MILLISECONDS = 1_500;

export interface Look {
  snapshot: RolloutSnapshot;
  /** Of the snapshot; given back as `seen`, it says what the caller knows already. */
  digest: string;
}

const digestOf = (snapshot: RolloutSnapshot): string =>
  createHash('sha1').update(JSON.stringify(snapshot)).digest('hex').slice(0, 16);

export const createRolloutActivities = ({ clients, poller, seal }: Deps) => {
  const snapshotOf = async (
    target: RolloutTarget,
    service: Awaited<ReturnType<typeof poller>>,
    signal: AbortSignal,
  ): Promise<Look> => {
    const snapshot = await takeSnapshot(clients, { target, service }, signal);
    return { snapshot, digest: digestOf(snapshot) };
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
        let signature: string | undefined;
        let changedAt = started;
        let look: Look | undefined;
        try {
          for (;;) {
            const service = await poller(target.cluster, target.name);
            const now = signatureOf(service);
            const near =
              look === undefined ||
              isNear(look.snapshot, target) ||
              Date.now() - changedAt < NEAR_AFTER_CHANGE_MILLISECONDS;
            if (now !== signature) changedAt = Date.now();
            if (now !== signature || near) look = await snapshotOf(target, service, signal);
            signature = now;
            if (look !== undefined && look.digest !== seen) {
              const gap = seen === undefined ? 0 : started + MIN_ANSWER_GAP_MILLISECONDS - Date.now();
              if (gap <= 0) return look;
              await wait(gap, undefined, { signal });
              return await snapshotOf(target, await poller(target.cluster, target.name), signal);
            }
            await wait(untilNextBeat(Date.now(), near ? NEAR_SECONDS : IDLE_SECONDS), undefined, { signal });
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
        return snapshotOf(target, service, signal);
      }),

    /** What can be found out about a rollout that failed; never fails itself because a part cannot be read. */
    collectEvidence: ({
      target,
      service,
      spec,
      sinceMs,
    }: {
      target: RolloutTarget;
      service: string;
      spec: ServiceSpec;
      sinceMs: number;
    }): Promise<Evidence> =>
      asFailure(async () => {
        const signal = cancellationSignal();
        const [found] = await describeServices(clients.ecs, target.cluster, [target.name], signal);
        const redact = redactor(spec);
        const lines = await lastLogLines(clients.logs, { name: logGroup(service), since: sinceMs, limit: 10 }, signal);
        const began = found?.deployments?.find((d) => d.id === target.deploymentId)?.createdAt;
        const events = (found?.events ?? []).filter((e) => began === undefined || (e.createdAt ?? began) >= began);
        return {
          snapshot: (await snapshotOf(target, found, signal)).snapshot,
          serviceEvents: events.slice(0, 10).map((e) => e.message ?? ''),
          logLines: lines.map(redact),
        };
      }),
  };
};

/** Something is about to be decided: every task runs, or only old ones are left. */
const isNear = (snapshot: RolloutSnapshot, target: RolloutTarget): boolean =>
  snapshot.ours.running >= snapshot.desired || stageOf(snapshot, target) === 'all-healthy';
