import assert from 'node:assert/strict';
import { ListTasksCommand, UpdateServiceCommand } from '@aws-sdk/client-ecs';
import type { ServiceStatus } from '../../src/domain/api.ts';
import type { FaultRule } from '../../src/localcloud/engine/contract.ts';
import { eventually } from '../setup/eventually.ts';
import type { Result } from '../setup/process.ts';
import { sharedStack, type Stack } from '../setup/stack.ts';
import { deployed } from './support/api.ts';
import {
  awsOf,
  CLUSTER,
  countCalls,
  ecsServiceOf,
  journalEnd,
  mutationsOf,
  requireEcsService,
  revisionStatus,
  untilRolling,
} from './support/aws.ts';
import { deleteEcsService, deregisterRevision } from './support/by-hand.ts';
import { assertExit } from './support/exit.ts';
import { assertServes } from './support/ingress.ts';
import { domainOf, manifestOf, writeManifest, type ManifestWant } from './support/manifest.ts';
import { sideBySide } from './support/side-by-side.ts';

const FULL = process.env.WL_TEST_FULL === '1';

/** Runs at once and answers four minutes of the cloud's time later: long enough for a test to step in. */
const SLOW = 'v2-slowstart240';
/** Long enough for somebody to step in, and short enough to wait for it. */
const WARMING = 'v1-slowstart60';

describe('The way back', () => {
  let stack: Stack;
  const prepare = async () => {
    stack = await sharedStack();
  };

  const deploy = (want: ManifestWant): Promise<Result> =>
    stack.wl(['deploy', want.service, '--file', writeManifest(stack, manifestOf(want))]);

  const tasksOf = async (serviceName: string, desiredStatus: 'RUNNING' | 'STOPPED'): Promise<string[]> =>
    (await awsOf(stack).ecs.send(new ListTasksCommand({ cluster: CLUSTER, serviceName, desiredStatus }))).taskArns ??
    [];

  /** What a change comes to while somebody steps in as soon as ECS has been told of it. */
  async function steppedIn(service: string, change: () => Promise<Result>, stepIn: () => Promise<unknown>) {
    const after = await journalEnd(stack);
    const ended = change();
    await untilRolling(stack, service, after);
    await stepIn();
    return ended;
  }

  const assertBack = (service: string, { stderr }: Result): void =>
    assert.match(stderr, new RegExp(`failed and was rolled back: ${service}:1 serves again$`, 'm'));

  /** The release before is what ECS runs, serves, and may be gone back to. */
  async function assertWhole(service: string, tag: string): Promise<void> {
    await assertServes(stack, domainOf(service), tag);
    const { taskDefinition } = await requireEcsService(stack, service);
    assert.equal(taskDefinition?.split('/').at(-1), `service-${service}:1`);
    const { stdout } = await stack.wl(['status', service, '--output', 'json']);
    assert.match((JSON.parse(stdout) as ServiceStatus).currentDeployment ?? '', /^\d{10}$/);
  }

  /** Every task of the service that is not one of these crashes, until somebody has had enough. */
  async function crashNewOnes(serviceName: string, old: string[], until: Promise<unknown>): Promise<void> {
    let isOver = false;
    void until.finally(() => {
      isOver = true;
    });
    await eventually(
      'the change ends',
      async () => {
        const young = (await tasksOf(serviceName, 'RUNNING')).filter((arn) => !old.includes(arn));
        // One that does not run yet cannot crash.
        for (const taskArn of young) await stack.admin('POST', 'tasks/crash', { taskArn, exitCode: 1 }).catch(() => {});
        return isOver;
      },
      120,
    );
  }

  sideBySide(prepare, {
    'from a scale-up whose new task crashes: its crashes are not those of the tasks that serve': async () => {
      const service = 'climber';
      await deployed(stack, service, manifestOf({ service }));
      const { serviceName = '' } = await requireEcsService(stack, service);
      const old = await tasksOf(serviceName, 'RUNNING');
      const scaling = stack.wl(['scale', service, '2']);
      await crashNewOnes(serviceName, old, scaling);
      const result = await scaling;
      assertExit(result, 7);
      assertBack(service, result);
      assert.match(result.stdout, / Scaling failed: \d+ tasks stopped for one reason/);
      assert.equal((await requireEcsService(stack, service)).desiredCount, 1);
      assert.deepEqual(await tasksOf(serviceName, 'RUNNING'), old);
      await assertWhole(service, 'v1');
    },

    'from a restart in which somebody deletes the ECS service: it is made again, and knows its releases': async () => {
      const service = 'kestrel';
      await deployed(stack, service, manifestOf({ service, tag: WARMING, graceSeconds: 7200 }));
      const restart = () => stack.wl(['restart', service]);
      const result = await steppedIn(service, restart, () => deleteEcsService(stack, service));
      assertExit(result, 7);
      assert.match(result.stderr, /^Cause: .*somebody deleted it/m);
      assertBack(service, result);
      await assertWhole(service, WARMING);
      assertExit(await stack.wl(['scale', service, '2']), 0);
    },

    'from a cancelled change of the grace period alone': async () => {
      const service = 'clock';
      await deployed(stack, service, manifestOf({ service }));
      const settling = { service, graceSeconds: 300, more: { deployment: { settle: 20 } } };
      const cancel = () => stack.wl(['cancel', service]);
      const result = await steppedIn(service, () => deploy(settling), cancel);
      assertExit(result, 7);
      assert.equal((await requireEcsService(stack, service)).healthCheckGracePeriodSeconds, 20);
    },

    'from a cancel while ECS is being told to make the service: what it makes goes too': async () => {
      const service = 'hatchling';
      const slow = { service: 'ecs', operation: 'CreateService', parameters: service, count: 1 };
      await stack.fault({ ...slow, kind: 'latency', seconds: 4 });
      const ended = deploy({ service, endpoint: false });
      await eventually('CreateService is on its way', async () => {
        const { faults } = await stack.admin<{ faults: FaultRule[] }>('GET', 'faults');
        // It has met its call.
        return !faults.some(({ parameters }) => parameters === service);
      });
      await stack.wl(['cancel', service]);
      const result = await ended;
      assertExit(result, 7);
      assert.match(result.stderr, /was cancelled by \S+: nothing was running before, and what it made is removed\.$/m);
      await untilRolling(stack, service);
      assert.equal(await ecsServiceOf(stack, service), undefined);
    },

    ...(FULL && {
      'from a cancelled first deployment, although DescribeServices does not show its service yet': async () => {
        const service = 'owlet';
        const stale = { service: 'ecs', operation: 'DescribeServices', resource: service, count: 1_000 };
        await stack.fault({ ...stale, kind: 'stale-read', seconds: 60 });
        const cancel = () => stack.wl(['cancel', service]);
        const result = await steppedIn(service, () => deploy({ service, tag: SLOW, endpoint: false }), cancel);
        assertExit(result, 7);
        assert.equal(countCalls(await mutationsOf(stack, service)).DeleteService, 1);
      },

      'from a cancelled repair of the revision: what was registered for it is what serves': async () => {
        const service = 'wren';
        await deployed(stack, service, manifestOf({ service }));
        await deregisterRevision(stack, service);
        const settling = { service, more: { deployment: { settle: 20 } } };
        const result = await steppedIn(
          service,
          () => deploy(settling),
          () => stack.wl(['cancel', service]),
        );
        assertExit(result, 7);
        assert.match(result.stderr, /was cancelled by \S+: wren:2 serves again\.$/m);
        assert.equal(await revisionStatus(stack, service, 2), 'ACTIVE');
        await assertServes(stack, domainOf(service), 'v1');
      },

      'from a restart in which somebody else updates the service': async () => {
        const service = 'magpie';
        await deployed(stack, service, manifestOf({ service, tag: WARMING, graceSeconds: 7200 }));
        const restart = () => stack.wl(['restart', service]);
        const result = await steppedIn(service, restart, async () => {
          const { serviceName } = await requireEcsService(stack, service);
          const update = { cluster: CLUSTER, service: serviceName, forceNewDeployment: true };
          await awsOf(stack).ecs.send(new UpdateServiceCommand(update));
        });
        assertExit(result, 7);
        assert.match(result.stderr, /^Cause: Somebody else updated the ECS service/m);
        assertBack(service, result);
        await assertWhole(service, WARMING);
      },

      'from a cancelled update, although DescribeServices still shows the time before it': async () => {
        const service = 'tardy';
        await deployed(stack, service, manifestOf({ service }));
        const { serviceName = '' } = await requireEcsService(stack, service);
        const principal = stack.childEnv.AWS_ACCESS_KEY_ID ?? '';
        const stale = { service: 'ecs', operation: 'DescribeServices', resource: serviceName, principal } as const;
        await stack.fault({ ...stale, kind: 'stale-read', count: 1_000, seconds: 60 });
        const update = () => deploy({ service, tag: SLOW, graceSeconds: 7200 });
        const result = await steppedIn(service, update, () => stack.wl(['cancel', service]));
        assertExit(result, 7);
        await assertWhole(service, 'v1');
        assert.match(result.stderr, /was cancelled by \S+: tardy:1 serves again\.$/m);
      },
    }),
  });
});
