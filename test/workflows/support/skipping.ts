import { fileURLToPath } from 'node:url';
import type { WorkflowHandle } from '@temporalio/client';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { Worker } from '@temporalio/worker';
import type { ChangeInput, DeployInput } from '../../../src/domain/change.ts';
import { changeWorkflowId, serviceLockId } from '../../../src/domain/ids.ts';
import type { ServiceSpec } from '../../../src/domain/service-spec.ts';
import { cancelRequestSignal } from '../../../src/workflows/messages.ts';
import { bundle, startTimeSkipping } from '../../setup/temporal.ts';
import { scriptedActivities, type Script } from './script.ts';
import { SERVICE, specOf } from './service.ts';
import { tellEnd, type Told } from './told.ts';

/** Changes of one service whose AWS follows a script. */
export interface Play {
  deploy(spec?: ServiceSpec): Promise<WorkflowHandle>;
  remove(): Promise<WorkflowHandle>;
  /** Lets so much time go by. */
  skip(seconds: number): Promise<void>;
  cancel(change: WorkflowHandle): Promise<void>;
  /**
   * Ends a change as nobody should: its lock ends with it, and nothing is put back. Only while it does nothing but wait:
   * the server forgets to let time go on after a task whose workflow was terminated.
   */
  terminate(change: WorkflowHandle): Promise<void>;
  /** Lets time go by until a change has ended. */
  end(change: WorkflowHandle): Promise<Told>;
}

interface Stage {
  play(script: Script): Promise<Play>;
  stop(): Promise<void>;
}

/** One server for all suites: they run one after the other, because they share its clock. */
let stage: Promise<Stage | undefined> | undefined;

after('ends the time-skipping server', async function () {
  this.timeout(30_000);
  await (await stage)?.stop();
});

/** A suite in skipped time; skipped, by name, where set-up could not get the server. */
export function describeInSkippedTime(title: string, define: () => void): void {
  describe(`${title}, in skipped time`, function () {
    this.timeout(60_000);
    before(async function () {
      stage ??= raise();
      if ((await stage) === undefined) this.skip();
    });
    define();
  });
}

/** AWS follows this script from now on. */
export async function play(script: Script): Promise<Play> {
  const raised = await stage;
  if (raised === undefined) throw new Error('there is no time-skipping server');
  return raised.play(script);
}

/** One undisturbed deployment from its start to its end. */
export async function deploy(script: Script, spec?: ServiceSpec): Promise<Told> {
  const { deploy: start, end } = await play(script);
  return end(await start(spec));
}

/** A deployment that somebody cancels after so many seconds. */
export async function deployAndCancel(seconds: number, script: Script, spec?: ServiceSpec): Promise<Told> {
  const { deploy: start, skip, cancel, end } = await play(script);
  const change = await start(spec);
  await skip(seconds);
  await cancel(change);
  return end(change);
}

async function raise(): Promise<Stage | undefined> {
  // First, because a server would outlive code that cannot be bundled.
  const { bundle: workflowBundle } = await bundle(
    fileURLToPath(new URL('../../../src/workflows/index.ts', import.meta.url)),
  );
  const env = await startTimeSkipping();
  if (env === undefined) return undefined;
  let activities = scriptedActivities(env, {});
  const worker = await Worker.create({
    connection: env.nativeConnection,
    taskQueue: TASK_QUEUE,
    workflowBundle,
    activities: Object.fromEntries(
      Object.keys(activities).map((name) => [name, (input: unknown) => activities[name]?.(input)]),
    ),
  });
  const isRunning = worker.run();
  const actors = createActors(env);
  return {
    async play(script) {
      await actors.clear();
      activities = scriptedActivities(env, script);
      return actors.begin();
    },
    async stop() {
      await actors.clear();
      worker.shutdown();
      await isRunning;
      await env.teardown();
    },
  };
}

const TASK_QUEUE = 'skipping';

function createActors(env: TestWorkflowEnvironment) {
  const { workflow } = env.client;
  const open = new Set<WorkflowHandle>();
  let id = 1_466_583_475;

  const start = async (type: string, kind: 'deploy' | 'delete', more: object): Promise<WorkflowHandle> => {
    id += 1;
    const identity = { service: SERVICE, id: String(id), team: 'crew', environment: 'test' };
    const input: ChangeInput = { ...identity, cluster: 'crims', actor: 'ada' };
    const workflowId = changeWorkflowId(kind, SERVICE, input.id);
    const handle = await workflow.start(type, { workflowId, taskQueue: TASK_QUEUE, args: [{ ...input, ...more }] });
    open.add(handle);
    return handle;
  };
  const terminate = async (change: WorkflowHandle): Promise<void> => {
    open.delete(change);
    await change.terminate();
    // Temporal ends a lock with its parent; the time-skipping server knows no parent close policy.
    await workflow.getHandle(serviceLockId(SERVICE)).terminate();
  };

  return {
    /** What a test that failed has left running would hold the lock. */
    async clear(): Promise<void> {
      for (const change of open) await terminate(change).catch(() => undefined);
    },
    begin(): Play {
      const startedAt = performance.now();
      return {
        deploy(spec = specOf()) {
          const more: Omit<DeployInput, keyof ChangeInput> = {
            spec,
            sealedManifest: '',
            contentKeyWarnings: [],
            takeOverDomain: false,
          };
          return start('deploy', 'deploy', more);
        },
        remove: () => start('deleteService', 'delete', {}),
        skip: (seconds) => env.sleep(seconds * 1_000),
        cancel: (change) => change.signal(cancelRequestSignal, { actor: 'grace' }),
        terminate,
        async end(change) {
          const told = await tellEnd(change, startedAt);
          open.delete(change);
          return told;
        },
      };
    },
  };
}
