import assert from 'node:assert/strict';
import { DeleteServiceCommand, ListTasksCommand, TagResourceCommand } from '@aws-sdk/client-ecs';
import { DeleteLoadBalancerCommand } from '@aws-sdk/client-elastic-load-balancing';
import type { DeploymentView, ServiceStatus } from '../../src/domain/api.ts';
import { eventually } from '../setup/eventually.ts';
import type { Result } from '../setup/process.ts';
import { sharedStack, type Stack } from '../setup/stack.ts';
import { ask, deployed, deploymentsPath, post, verdictOf, view } from './support/api.ts';
import {
  awsOf,
  CLUSTER,
  countCalls,
  ecsServiceOf,
  journalEnd,
  mutationsOf,
  requireEcsService,
  tagsOf,
  untilRolling,
} from './support/aws.ts';
import { assertExit } from './support/exit.ts';
import { endStateOf } from './support/end-state.ts';
import { assertServes, visit } from './support/ingress.ts';
import { domainOf, manifestOf, writeManifest, type ManifestWant } from './support/manifest.ts';
import { sideBySide } from './support/side-by-side.ts';

const FULL = process.env.WL_TEST_FULL === '1';

/** Tasks of this image run at once and answer after three minutes: long enough for a test to step in. */
const SLOW = { tag: 'v2-slowstart1800', graceSeconds: 7200 };
const ACTOR = 'werkzeugschmiede';

describe('A change by hand', () => {
  let stack: Stack;
  const prepare = async () => {
    stack = await sharedStack();
  };

  const succeeds = async (args: string[]): Promise<Result> => {
    const result = await stack.wl(args);
    assertExit(result, 0);
    return result;
  };
  const statusOf = async (service: string): Promise<ServiceStatus> =>
    JSON.parse((await succeeds(['status', service, '--output', 'json'])).stdout) as ServiceStatus;
  /** `autoscaler/1466583476` of the lines that a watching `wl` printed. */
  const idIn = ({ stdout }: Result): string => /^[a-z-]+\/(\d{10}) /.exec(stdout)?.[1] ?? '';
  const tasksOf = async (serviceName: string): Promise<string[]> =>
    (await awsOf(stack).ecs.send(new ListTasksCommand({ cluster: CLUSTER, serviceName }))).taskArns ?? [];
  /** The words after `wl` of the command that is said to undo a change. */
  const undoIn = ({ stderr }: Result): string[] => /^Undo: wl (.+)$/m.exec(stderr)?.[1]?.split(' ') ?? [];

  /** What runs: version, environment, number of tasks, and by which release. */
  async function assertRuns(service: string, want: { tag: string; scale: number; number: string }): Promise<void> {
    await assertServes(stack, domainOf(service), want.tag);
    const { desiredCount, runningCount, taskDefinition } = await requireEcsService(stack, service);
    assert.deepEqual([desiredCount, runningCount], [want.scale, want.scale]);
    const { revisions } = (await endStateOf(stack, service)) as {
      revisions: { revision: number; status: string; containerDefinitions: { environment: unknown[] }[] }[];
    };
    const revision = Number(taskDefinition?.split(':').at(-1));
    assert.deepEqual(
      revisions.filter(({ status }) => status === 'ACTIVE').map((r) => r.revision),
      [revision],
      'one revision is left, the one that runs',
    );
    const [container] = revisions.find((r) => r.revision === revision)?.containerDefinitions ?? [];
    assert.deepEqual(container?.environment, [{ name: 'NUMBER', value: want.number }]);
  }

  /** It changes nothing and says why. */
  async function refuses(service: string, args: string[], { exit, stderr }: { exit: number; stderr: RegExp }) {
    const after = await journalEnd(stack);
    const result = await stack.wl(args);
    assertExit(result, exit);
    assert.match(result.stderr, stderr);
    assert.match(result.stderr, /^Hint: ./m);
    assert.deepEqual(countCalls(await mutationsOf(stack, service, after)), {});
  }

  /** Nothing is left but the log group, whose lines expire by themselves, and revisions that nothing can run any more. */
  async function assertGone(service: string): Promise<void> {
    assert.equal(await ecsServiceOf(stack, service), undefined);
    const { balancers, records, healthChecks, topics, dashboards, revisions } = (await endStateOf(stack, service)) as {
      balancers: unknown[];
      records: unknown[];
      healthChecks: unknown[];
      topics: unknown[];
      dashboards: unknown[];
      revisions: { status: string }[];
    };
    assert.deepEqual({ balancers, records, healthChecks, topics, dashboards }, NOTHING);
    assert.deepEqual(
      revisions.filter(({ status }) => status === 'ACTIVE'),
      [],
    );
    const status = await stack.wl(['status', service]);
    assertExit(status, 5);
    assert.match(status.stderr, new RegExp(`^Error: There is no service ${service}$`, 'm'));
  }

  /** A service that runs, and a rollout of it that waits for tasks which do not answer. */
  async function rolling(service: string): Promise<string> {
    await deployed(stack, service, manifestOf({ service }));
    const after = await journalEnd(stack);
    const id = await post(stack, service, { manifest: manifestOf({ service, ...SLOW }) });
    await untilRolling(stack, service, after);
    return id;
  }

  /** The open changes, once there are as many. */
  const untilOpen = (service: string, count: number) =>
    eventually(`${count} open changes of ${service}`, async () => {
      const { body } = await ask<ServiceStatus>(stack, `/v1/services/${service}/status`);
      const isTold = body.changes.length === count && body.changes.some(({ phase }) => phase !== 'queued');
      return isTold ? body.changes : undefined;
    });

  sideBySide(prepare, {
    'rollback goes to the release before, and its undo forward again': async () => {
      const service = 'seesaw';
      const first = { tag: 'v1', scale: 2, number: '1' };
      const second = { tag: 'v2', scale: 1, number: '2' };
      const manifest = ({ number, ...want }: typeof first) => manifestOf({ service, ...want, env: { NUMBER: number } });
      const firstId = await deployed(stack, service, manifest(first));
      const secondId = await deployed(stack, service, manifest(second));
      const back = await succeeds(['rollback', service]);
      const backId = idIn(back);
      assert.match(back.stdout, new RegExp(`${service}/${backId} Going back to the release ${service}/${firstId}\\n`));
      assert.deepEqual(undoIn(back), ['rollback', service, '--to', secondId]);
      await assertRuns(service, first);
      assert.equal((await statusOf(service)).currentDeployment, backId);

      const forward = await succeeds(undoIn(back));
      assert.deepEqual(undoIn(forward), ['rollback', service, '--to', backId]);
      await assertRuns(service, second);

      const { body } = await ask<{ deployments: DeploymentView[] }>(stack, deploymentsPath(service));
      assert.deepEqual(
        body.deployments.map(({ kind }) => kind),
        ['rollback', 'rollback', 'deploy', 'deploy'],
      );
      const again = await succeeds(['follow', `${service}/${backId}`]);
      assert.equal(again.stdout, back.stdout, 'a rollback can be followed from anywhere');
      assert.deepEqual(undoIn(again), undoIn(back));
    },

    'rollback --to goes to the release that is named, past a deployment that failed': async () => {
      const service = 'elevator';
      const release = (number: number) => manifestOf({ service, tag: `v${number}`, env: { NUMBER: String(number) } });
      const firstId = await deployed(stack, service, release(1));
      await deployed(stack, service, release(2));
      await deployed(stack, service, release(3));
      const failed = await post(stack, service, { manifest: manifestOf({ service, tag: 'v4-crash' }) });
      assert.equal((await verdictOf(stack, service, failed)).code, 'deploy_failed_rolled_back');
      await refuses(service, ['rollback', service, '--to', failed], {
        exit: 6,
        stderr: new RegExp(`^Error: ${service}/${failed} is no release to go back to$`, 'm'),
      });

      const { stdout } = await succeeds(['rollback', service, '--to', firstId, '--output', 'json']);
      const { verdict, exitCode } = JSON.parse(stdout) as { verdict: { code: string; undo: string }; exitCode: number };
      assert.deepEqual([verdict.code, exitCode], ['succeeded', 0]);
      assert.match(verdict.undo, new RegExp(`^wl rollback ${service} --to \\d{10}$`));
      await assertRuns(service, { tag: 'v1', scale: 1, number: '1' });
    },

    ...(FULL && {
      'rollback goes to the release before, though another one has its revision by now': async () => {
        const service = 'pendulum';
        const release = (number: string, scale: number) =>
          manifestOf({ service, tag: `v${number}`, scale, env: { NUMBER: number } });
        await deployed(stack, service, release('1', 2));
        await deployed(stack, service, release('2', 2));
        const backId = idIn(await succeeds(['rollback', service]));
        await deployed(stack, service, release('1', 3));
        await assertRuns(service, { tag: 'v1', scale: 3, number: '1' });
        const again = await succeeds(['rollback', service]);
        assert.match(again.stdout, new RegExp(`Going back to the release ${service}/${backId}\\n`));
        await assertRuns(service, { tag: 'v1', scale: 2, number: '1' });
      },

      'rollback says which release it knows no more, and goes to no older one by itself': async () => {
        const service = 'amnesia';
        const firstId = await deployed(stack, service, manifestOf({ service, tag: 'v1' }));
        const secondId = await deployed(stack, service, manifestOf({ service, tag: 'v2' }));
        await deployed(stack, service, manifestOf({ service, tag: 'v3' }));
        const { serviceArn = '' } = await requireEcsService(stack, service);
        const tags = await tagsOf(stack, serviceArn);
        const releases = tags['wonderland:releases'] ?? '';
        const write = (value: string) =>
          awsOf(stack).ecs.send(
            new TagResourceCommand({ resourceArn: serviceArn, tags: [{ key: 'wonderland:releases', value }] }),
          );
        await write(releases.replace(secondId, '1466583476'));
        await refuses(service, ['rollback', service], {
          exit: 6,
          stderr: new RegExp(
            `^Error: The manifest of the release ${service}/1466583476 is not known any more\\nHint: .*${firstId}$`,
            'm',
          ),
        });

        await write(releases.replace(`${secondId}:2`, '1466583476:3'));
        const back = await succeeds(['rollback', service]);
        assert.match(back.stderr, /^Warning: amnesia\/1466583476 ran the revision that runs now; .* is passed over$/m);
        assert.match(back.stdout, new RegExp(`Going back to the release ${service}/${firstId}\\n`));
      },
    }),

    'rollback is refused, with the reason, when there is nothing to go back to': async () => {
      const service = 'beginner';
      await refuses(service, ['rollback', service], { exit: 5, stderr: /^Error: There is no service beginner$/m });
      const id = await deployed(stack, service, manifestOf({ service }));
      await refuses(service, ['rollback', service], {
        exit: 6,
        stderr: /^Error: There is nothing to go back to: service-beginner:1 is the only release/m,
      });
      await refuses(service, ['rollback', service, '--to', '1466583476'], {
        exit: 6,
        stderr: new RegExp(`no release to go back to\\nHint: Those that passed: ${id}$`, 'm'),
      });
      await assertServes(stack, domainOf(service), 'v1');
    },

    'scale changes the number of tasks and nothing else, and its undo changes it back': async () => {
      const service = 'ladder';
      await deployed(stack, service, manifestOf({ service, env: { NUMBER: '1' } }));
      const after = await journalEnd(stack);
      const up = await succeeds(['scale', service, '2']);
      assert.deepEqual(undoIn(up), ['scale', service, '1']);
      await assertRuns(service, { tag: 'v1', scale: 2, number: '1' });
      const calls = countCalls(await mutationsOf(stack, service, after));
      assert.deepEqual([calls.UpdateService, calls.RegisterTaskDefinition], [1, undefined]);
      const again = await succeeds(['scale', service, '2']);
      assert.deepEqual(undoIn(again), [], 'nothing had to change, so there is nothing to undo');

      const none = await succeeds(['scale', service, '0']);
      assert.deepEqual(undoIn(none), ['scale', service, '2']);
      assert.equal((await statusOf(service)).desiredScale, 0);
      assert.equal((await visit(stack, domainOf(service))).status, 503);
      await succeeds(undoIn(none));
      await assertRuns(service, { tag: 'v1', scale: 2, number: '1' });
    },

    'restart replaces every task by one of the same release, at the scale that was set': async () => {
      const service = 'phoenix';
      await deployed(stack, service, manifestOf({ service, env: { NUMBER: '1' } }));
      await succeeds(['scale', service, '2']);
      const { serviceName = '' } = await requireEcsService(stack, service);
      const old = await tasksOf(serviceName);
      await succeeds(['restart', service]);
      const now = await tasksOf(serviceName);
      assert.deepEqual([old.length, now.length], [2, 2]);
      assert.ok(
        now.every((arn) => !old.includes(arn)),
        'a task from before still runs',
      );
      await assertRuns(service, { tag: 'v1', scale: 2, number: '1' });
    },

    'a deployment makes a deleted ECS service again, though DescribeServices shows the one before for a while':
      async () => {
        const service = 'ghost';
        const manifest = manifestOf({ service });
        await deployed(stack, service, manifest);
        const { serviceName = '' } = await requireEcsService(stack, service);
        const stale = { service: 'ecs', operation: 'DescribeServices', resource: serviceName, seconds: 40 } as const;
        await stack.fault({ ...stale, kind: 'stale-read', count: 1_000 });
        await awsOf(stack).ecs.send(new DeleteServiceCommand({ cluster: CLUSTER, service: serviceName, force: true }));
        const result = await stack.wl(['deploy', service, '--file', writeManifest(stack, manifest)]);
        assertExit(result, 0);
        await assertServes(stack, domainOf(service), 'v1');
      },

    'a restart that is cancelled leaves the release serving, and ends so': async () => {
      const service = 'dodo';
      const manifest = manifestOf({ service, tag: 'v2-slowstart40', graceSeconds: 7200 });
      await deployed(stack, service, manifest);
      const after = await journalEnd(stack);
      const restart = stack.wl(['restart', service]);
      await untilRolling(stack, service, after);
      await succeeds(['cancel', service]);
      const result = await restart;
      assertExit(result, 7);
      assert.match(result.stderr, /^Error: dodo\/\d{10} was cancelled by werkzeugschmiede: dodo:1 serves again\.$/m);
      await assertServes(stack, domainOf(service), 'v2-slowstart40');
    },

    'a worker without an endpoint goes back to what ran, from a crash and from a cancel': async () => {
      const service = 'mole';
      const manifest = (want: Partial<ManifestWant>) =>
        manifestOf({ service, endpoint: false, repository: 'worker', ...want });
      await deployed(stack, service, manifest({}));
      const file = writeManifest(stack, manifest({ tag: 'v2-crash' }));
      const crashed = await stack.wl(['deploy', service, '--file', file]);
      assertExit(crashed, 7);
      assert.match(crashed.stderr, /failed and was rolled back: mole:1 serves again$/m);

      const after = await journalEnd(stack);
      const id = await post(stack, service, { manifest: manifest({ tag: 'v2-never', scale: 2 }) });
      await untilRolling(stack, service, after);
      await succeeds(['cancel', service]);
      assert.equal((await verdictOf(stack, service, id)).code, 'cancelled');
      const { desiredCount, taskDefinition } = await requireEcsService(stack, service);
      assert.deepEqual([desiredCount, taskDefinition?.split('/').at(-1)], [1, 'service-mole:1']);
    },

    'delete leaves nothing, may be repeated, and frees the name for another team': async () => {
      const service = 'mayfly';
      await deployed(stack, service, manifestOf({ service }));
      await deployed(stack, service, manifestOf({ service, tag: 'v2' }));
      const unasked = await stack.wl(['delete', service]);
      assertExit(unasked, 2);
      await assertServes(stack, domainOf(service), 'v2');

      const gone = await succeeds(['delete', service, '--yes']);
      assert.match(gone.stdout, new RegExp(` Deleted ${service}\\n$`));
      await assertGone(service);
      const after = await journalEnd(stack);
      await succeeds(['delete', service, '--yes']);
      const { DeleteLoadBalancer, DeleteService } = countCalls(await mutationsOf(stack, service, after));
      assert.deepEqual([DeleteLoadBalancer, DeleteService], [undefined, undefined]);
      await assertGone(service);
      const told = await succeeds(['follow', `${service}/${idIn(gone)}`]);
      assert.equal(told.stdout, gone.stdout, 'its verdict can be read when it is gone');

      const { holzwerkstatt } = stack.client.tokens;
      const file = writeManifest(stack, manifestOf({ service, tag: 'v3' }));
      assertExit(await stack.wl(['deploy', service, '-f', file, '--token', holzwerkstatt]), 0);
      await assertServes(stack, domainOf(service), 'v3');
      assertExit(await stack.wl(['delete', service, '--yes']), 4);
    },

    'delete takes away what is left when the load balancer was deleted by hand': async () => {
      const service = 'halfdone';
      await deployed(stack, service, manifestOf({ service }));
      const { serviceName = '' } = await requireEcsService(stack, service);
      await awsOf(stack).elb.send(new DeleteLoadBalancerCommand({ LoadBalancerName: serviceName }));
      await succeeds(['delete', service, '--yes']);
      await assertGone(service);
    },

    'delete takes away what is left when the ECS service was deleted by hand': async () => {
      const service = 'hollow';
      await deployed(stack, service, manifestOf({ service }));
      const { serviceName = '' } = await requireEcsService(stack, service);
      await awsOf(stack).ecs.send(new DeleteServiceCommand({ cluster: CLUSTER, service: serviceName, force: true }));
      await succeeds(['delete', service, '--yes']);
      await assertGone(service);
    },

    '--on-conflict fail gives up at once, and supersede has the running change put back first': async () => {
      const service = 'impatient';
      const running = await rolling(service);
      await refuses(service, ['scale', service, '2', '--on-conflict', 'fail'], {
        exit: 6,
        stderr:
          /^Error: Another change of the service is running, and scale impatient\/\d{10} by \w+ was told not to wait$/m,
      });
      assert.equal((await view(stack, service, running)).endedAt, undefined);

      const file = writeManifest(stack, manifestOf({ service, tag: 'v3' }));
      const next = await succeeds(['deploy', service, '-f', file, '--on-conflict', 'supersede']);
      const verdict = await verdictOf(stack, service, running);
      assert.deepEqual(
        [verdict.code, verdict.cancelledBy, verdict.message],
        [
          'cancelled',
          `deploy ${service}/${idIn(next)} by ${ACTOR}`,
          `${service}/${running} was cancelled by deploy ${service}/${idIn(next)} by ${ACTOR}: ${service}:1 serves again.`,
        ],
      );
      const [stopped, started] = [await view(stack, service, running), await statusOf(service)];
      assert.ok(stopped.endedAt);
      assert.equal(started.currentDeployment, idIn(next));
      await assertServes(stack, domainOf(service), 'v3');
    },

    'status shows what runs and what waits; cancel --pending cancels that one only': async () => {
      const service = 'patient';
      const running = await rolling(service);
      await refuses(service, ['cancel', service, '--pending'], {
        exit: 5,
        stderr: /^Error: No change of patient waits for its turn$/m,
      });
      const { stdout: reference } = await succeeds(['scale', service, '2', '--detach']);
      const pending = reference.trim();
      await untilOpen(service, 2);
      const { stdout } = await succeeds(['status', service]);
      assert.match(
        stdout,
        new RegExp(
          `\\nIn progress: ${service}/${running} \\(deploy, [a-z-]+, by ${ACTOR} since .+\\)\\nPending: ${pending} \\(scale, waiting for its turn, by ${ACTOR} since .+\\)\\n$`,
        ),
      );
      assert.deepEqual(
        (await statusOf(service)).changes.map((change) => [`${service}/${change.id}`, change.kind, change.pending]),
        [
          [pending, 'scale', true],
          [`${service}/${running}`, 'deploy', false],
        ],
      );

      const cancelled = await succeeds(['cancel', service, '--pending']);
      assert.equal(cancelled.stdout, `Cancelling ${pending}\n`);
      const told = await stack.wl(['follow', pending]);
      assertExit(told, 7);
      assert.match(told.stderr, new RegExp(`${pending} was cancelled by ${ACTOR}: Nothing was changed\\.`));
      assert.equal((await view(stack, service, running)).endedAt, undefined, 'the running one goes on');

      assert.equal((await succeeds(['cancel', service])).stdout, `Cancelling ${service}/${running}\n`);
      assert.equal((await verdictOf(stack, service, running)).code, 'cancelled');
      assert.equal((await requireEcsService(stack, service)).desiredCount, 1);
      await assertServes(stack, domainOf(service), 'v1');
    },
  });
});

const NOTHING = { balancers: [], records: [], healthChecks: [], topics: [], dashboards: [] };
