import { ApplicationFailure } from '@temporalio/common';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import type { Activities } from '../../../src/activities/index.ts';
import type { World } from '../../../src/activities/observe.ts';
import type { Holdings } from '../../../src/activities/retire.ts';
import type { Look } from '../../../src/activities/rollout.ts';
import type { RolloutTarget } from '../../../src/domain/deploy/rollout.ts';
import { balancerOf, complete, holdings, revisionArn, running, type Looks } from './service.ts';

/** Since when, in seconds after its UpdateService, a rollout looks so. The first is since 0. */
export type Moment = [sinceSeconds: number, looks: Looks];

/** What AWS does in a test, by the clock of its Temporal. */
export interface Script {
  /** Answers of `observe`, one after the other; the last one stays. Default: the service runs, undisturbed. */
  observed?: World[];
  /** Answer of `findHoldings`. Default: all that a service has. */
  holdings?: Holdings;
  /** One for each CreateService and UpdateService; the last one stays. Default: complete at once. */
  rollouts?: Moment[][];
  /** How the deployment from before the change looks. Default: complete. */
  standing?: Looks;
  /** From the change of a record until it is INSYNC. Default: at once. */
  inSyncSeconds?: number;
  /** For how long, from when somebody first counts them, the old load balancer gets requests. Default: it gets none. */
  requestsSeconds?: number;
  /** From when a service is emptied or deleted until its tasks are gone. Default: at once. */
  drainSeconds?: number;
  /** How long ago the lock was terminated, when it is first asked. Default: never. */
  terminatedSecondsAgo?: number;
  /** Is told what the tags of the release say. */
  tagged?: (release: { leftDomains?: string[] }) => void;
  /** Activities that AWS does not let through. */
  failing?: (keyof Activities)[];
}

const NEVER_SECONDS = 86_400;
/** Of a service that DescribeServices does not know. */
const NONE = { id: '', taskDefinition: '' };
const AT_ONCE: Moment[] = [[0, complete]];

/** The last one stays. */
const nth = <T>(list: T[] | undefined, n: number): T | undefined => list?.[Math.min(n, list.length - 1)];

/**
 * Activities that do what the script says. None lasts: time stands still while an activity runs, so what waits in
 * reality fails here until there is news, and is tried again at that very moment.
 */
export function scriptedActivities(env: TestWorkflowEnvironment, script: Script) {
  const began = new Map<string, { at: number; moments: Moment[] }>();
  let observations = 0;

  /** Seconds since something happened first. */
  const stopwatch = () => {
    let start: number | undefined;
    return async (): Promise<number> => {
      const now = await env.currentTimeMs();
      start ??= now;
      return (now - start) / 1_000;
    };
  };
  const sinceDnsChange = stopwatch();
  const sinceFirstCount = stopwatch();
  const sinceDrain = stopwatch();

  const begin = async (): Promise<string> => {
    const id = `ecs-svc/${8 + began.size}`;
    began.set(id, { at: await env.currentTimeMs(), moments: nth(script.rollouts, began.size) ?? AT_ONCE });
    return id;
  };
  const lookAt = async (target: RolloutTarget): Promise<Look & { nextSeconds: number }> => {
    const { deploymentId: id, taskDefinition } = target;
    const { at, moments } = began.get(id) ?? { at: 0, moments: [[0, script.standing ?? complete] satisfies Moment] };
    const elapsed = ((await env.currentTimeMs()) - at) / 1_000;
    const since = moments.findLastIndex(([seconds]) => seconds <= elapsed);
    const looks = moments[since]?.[1] ?? complete;
    const next = moments[since + 1]?.[0];
    return {
      snapshot: { ...looks, primary: looks.service === 'MISSING' ? NONE : { id, taskDefinition } },
      digest: `${id}@${since}`,
      nextSeconds: next === undefined ? NEVER_SECONDS : next - elapsed,
    };
  };
  const changeRecord = async (): Promise<string> => {
    await sinceDnsChange();
    return 'change-1';
  };
  const startDrain = async (): Promise<void> => void (await sinceDrain());
  const drained = async (): Promise<void> => {
    if ((await sinceDrain()) < (script.drainSeconds ?? 0)) throw notYet('draining');
  };
  const nothing = async (): Promise<void> => undefined;

  const activities = {
    lockTerminatedAt: async ({ sinceMs }) => {
      if (script.terminatedSecondsAgo === undefined) return 0;
      const at = (await env.currentTimeMs()) - script.terminatedSecondsAgo * 1_000;
      return at > sinceMs ? at : 0;
    },
    observe: async () => nth(script.observed, observations++) ?? running,
    findHoldings: async () => script.holdings ?? holdings,
    readWaits: async () => running.waits,
    resolveImages: async ({ spec }) => ({
      images: Object.fromEntries(spec.components.map((c) => [c.name, c.image])),
      contentHash: 'v8',
      warnings: [],
    }),
    chooseHostPort: async () => 11_001,
    createBalancer: async ({ name, hostPort }) => balancerOf(name, hostPort),
    configureHealthCheck: nothing,
    modifyBalancerAttributes: nothing,
    registerRevision: async () => ({ arn: revisionArn(8), contentHash: 'v8', registered: true }),
    deregisterRevision: nothing,
    findOtherRevisions: async () => [revisionArn(7)],
    createService: begin,
    updateService: begin,
    watchRollout: async ({ target, seen }) => {
      const { nextSeconds, ...look } = await lookAt(target);
      if (look.digest === seen) throw notYet('nothing new', nextSeconds);
      return look;
    },
    lookAtRollout: async ({ target }) => lookAt(target),
    collectEvidence: async ({ target }) => ({ ...(await lookAt(target)), serviceEvents: [], logLines: [] }),
    upsertAlias: changeRecord,
    removeAliases: changeRecord,
    restoreRecords: changeRecord,
    awaitInSync: async () => {
      if ((await sinceDnsChange()) < (script.inSyncSeconds ?? 0)) throw notYet('the DNS change is still PENDING');
    },
    tagManifest: nothing,
    tagRelease: async (release) => script.tagged?.(release),
    countRequests: async () => Math.floor(Math.min(await sinceFirstCount(), script.requestsSeconds ?? 0)),
    emptyService: startDrain,
    awaitEmpty: drained,
    deleteService: startDrain,
    awaitDrained: drained,
    deleteBalancer: nothing,
    deleteHealthChecks: nothing,
    deleteServiceHealthChecks: nothing,
    deleteTopic: nothing,
    deleteBoard: nothing,
    createBoard: async () => '[Boards] Creating Board',
    postDeploymentEvent: async () => '[Datadog] Creating Deployment Event',
    ensureChannel: async () => '[Notifications] Notification channel',
    ensureStatusCheck: async () => ({ line: '[StatusCheck] CheckID', isRepaired: false }),
  } satisfies Partial<Activities>;

  const tried = Object.entries<(input: never) => Promise<unknown>>(activities).map(([name, run]) => {
    const fails = script.failing?.includes(name as keyof Activities) === true;
    const refuse = async () => {
      throw ApplicationFailure.create({ type: 'upstream', message: `${name}: AWS answers 500` });
    };
    return [name, fails ? refuse : run] as const;
  });
  return Object.fromEntries(tried) as Record<string, (input: unknown) => Promise<unknown>>;
}

/** Tried again after so long; without it, as the retry policy says. */
const notYet = (message: string, seconds?: number): ApplicationFailure =>
  ApplicationFailure.create({
    message,
    category: 'BENIGN',
    ...(seconds === undefined ? {} : { nextRetryDelay: Math.max(1, Math.ceil(seconds * 1_000)) }),
  });
