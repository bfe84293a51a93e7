import assert from 'node:assert/strict';
import { eventually } from '../setup/eventually.ts';
import { UpdateServiceCommand } from '@aws-sdk/client-ecs';
import { serviceLockId } from '../../src/domain/ids.ts';
import { run, type Result } from '../setup/process.ts';
import { pythonTool } from '../setup/python.ts';
import { sharedStack, type Stack } from '../setup/stack.ts';
import { ask, deployed } from './support/api.ts';
import {
  awsOf,
  balancersOf,
  CLUSTER,
  countCalls,
  ecsServiceOf,
  journalEnd,
  mutationsOf,
  recordsOf,
  requireEcsService,
  revisionStatus,
  tagsOf,
  untilRolling,
} from './support/aws.ts';
import { pointElsewhere } from './support/by-hand.ts';
import { assertExit } from './support/exit.ts';
import { assertServes } from './support/ingress.ts';
import { domainOf, manifestOf, writeManifest, type ManifestWant } from './support/manifest.ts';
import { sideBySide } from './support/side-by-side.ts';
import { withTemporal } from './support/temporal.ts';

const FULL = process.env.WL_TEST_FULL === '1';
const aws = pythonTool('aws');

/** Long enough for a test to step in: tasks of this image run at once and answer after three minutes. */
const SLOW = 'v2-slowstart1800';

describe('A verdict', () => {
  let stack: Stack;
  const prepare = async () => {
    stack = await sharedStack();
  };

  const deploy = (want: ManifestWant, args: string[] = []): Promise<Result> =>
    stack.wl(['deploy', want.service, '-f', writeManifest(stack, manifestOf(want)), ...args]);

  /** Revision 1 serves as it did before, revision 2 is gone. */
  async function assertOldServes(service: string): Promise<void> {
    await assertServes(stack, domainOf(service), 'v1');
    const { taskDefinition, deployments } = await requireEcsService(stack, service);
    assert.ok(taskDefinition?.endsWith(`/service-${service}:1`), taskDefinition);
    // ECS may still be replacing tasks of revision 1 by others of it.
    for (const d of deployments?.filter(({ runningCount }) => runningCount !== 0) ?? [])
      assert.equal(d.taskDefinition, taskDefinition);
    assert.equal(await revisionStatus(stack, service, 1), 'ACTIVE');
    assert.equal(await revisionStatus(stack, service, 2), 'INACTIVE');
  }

  /** A rollout that fails by itself. */
  async function failsAndGoesBack(want: ManifestWant, cause: RegExp): Promise<void> {
    const { service } = want;
    await deployed(stack, service, manifestOf({ service, scale: want.scale ?? 1 }));
    const after = await journalEnd(stack);
    const result = await deploy(want);
    assertExit(result, 7);
    const { stdout, stderr } = result;
    assert.match(
      stderr,
      new RegExp(`^Error: ${service}/\\d{10} failed and was rolled back: ${service}:1 serves again$`, 'm'),
    );
    assert.match(stderr, cause);
    assert.match(stderr, /^Hint: ./m);
    assert.match(stdout, / Rolling back to \w+:1\n/);
    assert.doesNotMatch(stdout, /successful/);
    await assertOldServes(service);
    const calls = countCalls(await mutationsOf(stack, service, after));
    assert.deepEqual(
      {
        registered: calls.RegisterTaskDefinition,
        updated: calls.UpdateService,
        dropped: calls.DeregisterTaskDefinition,
      },
      { registered: 1, updated: 2, dropped: 1 },
    );
    const tags = await tagsOf(stack, (await requireEcsService(stack, service)).serviceArn ?? '');
    assert.match(tags['wonderland:releases'] ?? '', /^\d{10}:1$/);
  }

  /** A first deployment that fails by itself: it leaves nothing, and the record as it was. */
  async function failsAndRemoves(want: ManifestWant, cause: RegExp, args: string[] = []): Promise<void> {
    const { service } = want;
    const records = await recordsOf(stack, domainOf(service));
    const result = await deploy(want, args);
    assertExit(result, 7);
    const { stdout, stderr } = result;
    assert.match(stderr, /failed and was rolled back: nothing was running before/);
    assert.match(stderr, cause);
    assert.match(stdout, / Removed; nothing was running before\n/);
    assert.deepEqual(await balancersOf(stack, service), []);
    assert.deepEqual(await recordsOf(stack, domainOf(service)), records);
    assert.equal(await revisionStatus(stack, service, 1), 'INACTIVE');
    assert.notEqual((await ecsServiceOf(stack, service))?.status, 'ACTIVE');
    // Whoever asks within a second of another shares the answer.
    await eventually(`${service} is not listed`, async () => {
      const { body } = await ask<{ services: { service: string }[] }>(stack, '/v1/services');
      return !body.services.some((one) => one.service === service);
    });
  }

  /** A rollout of a slow image, in which somebody steps in while it is under way. */
  async function steppedIn(
    service: string,
    stepIn: (rollout: { name: string; id: string }) => Promise<unknown>,
  ): Promise<Result> {
    await deployed(stack, service, manifestOf({ service }));
    const after = await journalEnd(stack);
    const ended = deploy({ service, tag: SLOW, graceSeconds: 7200 });
    const { resource: name = '' } = await untilRolling(stack, service, after);
    const registered = (await mutationsOf(stack, service, after)).find((e) => e.operation === 'RegisterTaskDefinition');
    const { tags = [] } = (registered?.parameters ?? {}) as { tags?: { key: string; value: string }[] };
    const id = tags.find(({ key }) => key === 'wonderland:deployment')?.value;
    assert.ok(id);
    await stepIn({ name, id });
    return ended;
  }

  sideBySide(prepare, {
    'of an image that crashes after its start': () =>
      failsAndGoesBack(
        { service: 'crashing', tag: 'v2-crash-exit42', scale: 2 },
        /^Cause: \d+ tasks stopped for one reason: Essential container in task exited; container web exited with code 42$/m,
      ),
    'of an image whose health path answers 500': () =>
      failsAndGoesBack(
        { service: 'sick', tag: 'v2-unhealthy', timeout: 40 },
        /^Cause: .*(ELB health checks|OutOfService)/m,
      ),
    'of an image that never starts': () =>
      failsAndGoesBack(
        { service: 'sleepy', tag: 'v2-never', timeout: 8 },
        /^Cause: The rolling update did not complete within 8 s: 1 of 1 tasks never started \(still PENDING\)$/m,
      ),
    'of a first deployment that crashes: it removes what it made': () =>
      failsAndRemoves({ service: 'stillborn', tag: 'v1-crash' }, /^Cause: .*exited with code 1$/m),
    ...(FULL && {
      'of a first deployment that fails before it takes its domain over: whoever has it never loses it': async () => {
        const service = 'intruder';
        await pointElsewhere(stack, service);
        const after = await journalEnd(stack);
        await failsAndRemoves({ service, tag: 'v1-crash' }, /^Cause: .*exited with code 1$/m, ['--take-over-domain']);
        assert.equal(countCalls(await mutationsOf(stack, service, after)).ChangeResourceRecordSets, undefined);
        assert.equal((await recordsOf(stack, domainOf(service)))[0]?.Type, 'CNAME');
      },
      'of a first deployment whose health path answers 500: it removes what it made': () =>
        failsAndRemoves(
          { service: 'weakborn', tag: 'v1-unhealthy', timeout: 40 },
          /^Cause: .*(ELB health checks|OutOfService)/m,
        ),
      'of a first deployment that never starts: it removes what it made': () =>
        failsAndRemoves(
          { service: 'unborn', tag: 'v1-never', timeout: 8 },
          /^Cause: .*never started \(still PENDING\)$/m,
        ),
    }),

    ...(aws !== undefined && {
      'of a second update-service by awscli in mid-rollout': async () => {
        const service = 'clied';
        const result = await steppedIn(service, async ({ name }) => {
          const args = ['ecs', 'update-service', '--cluster', CLUSTER, '--service', name, '--force-new-deployment'];
          const answer = await run(aws, args, { env: stack.env });
          assertExit(answer, 0);
        });
        assertExit(result, 7);
        assert.match(result.stderr, /^Cause: Somebody else updated the ECS service during the rollout/m);
        await assertOldServes(service);
      },
    }),

    ...((FULL || aws === undefined) && {
      'of a second UpdateService by another tool in mid-rollout': async () => {
        const service = 'meddled';
        const result = await steppedIn(service, ({ name }) =>
          awsOf(stack).ecs.send(
            new UpdateServiceCommand({ cluster: CLUSTER, service: name, forceNewDeployment: true }),
          ),
        );
        assertExit(result, 7);
        assert.match(
          result.stderr,
          /^Cause: Somebody else updated the ECS service during the rollout: its PRIMARY deployment is ecs-svc\/\d+ with service-meddled:2, not ours/m,
        );
        await assertOldServes(service);
      },
    }),
    'of a service put back to its old revision by hand in mid-rollout': async () => {
      const service = 'reverted';
      const result = await steppedIn(service, ({ name }) =>
        awsOf(stack).ecs.send(
          new UpdateServiceCommand({ cluster: CLUSTER, service: name, taskDefinition: `service-${service}:1` }),
        ),
      );
      assertExit(result, 7);
      assert.match(
        result.stderr,
        // Where the answer to our own call was lost, the one who repeats it meets the stranger.
        /^Cause: Somebody else updated the ECS service (during the rollout: its PRIMARY deployment is ecs-svc\/\d+ with service-reverted:1, not ours|reverted-\d+ meanwhile: its PRIMARY)/m,
      );
      await assertOldServes(service);
    },
    'of a rollout that a person cancels': async () => {
      const service = 'stopped';
      const result = await steppedIn(service, async ({ id }) => {
        const asked = await stack.wl(['cancel', service]);
        assertExit(asked, 0);
        assert.equal(asked.stdout, `Cancelling ${service}/${id}\n`);
      });
      assertExit(result, 7);
      assert.match(
        result.stderr,
        /^Error: stopped\/\d{10} was cancelled by werkzeugschmiede: stopped:1 serves again\.$/m,
      );
      assert.match(result.stdout, / Rolled back: stopped:1 serves again\n$/);
      await assertOldServes(service);
    },
    'of a rollout cancelled in Temporal itself': async () => {
      const service = 'halted';
      const result = await steppedIn(service, ({ id }) =>
        withTemporal(stack, (temporal) => temporal.workflow.getHandle(`deploy/${service}/${id}`).cancel()),
      );
      assertExit(result, 7);
      assert.match(
        result.stderr,
        /^Error: halted\/\d{10} was cancelled by somebody in Temporal: halted:1 serves again\.$/m,
      );
      await assertOldServes(service);
    },
    'of a rollout whose lock is ended by hand: nothing more is written, and the next deployment mends': async () => {
      const service = 'robbed';
      let end = 0;
      const result = await steppedIn(service, async () => {
        await withTemporal(stack, (temporal) => temporal.workflow.getHandle(serviceLockId(service)).terminate());
        end = await journalEnd(stack);
      });
      assertExit(result, 8);
      assert.match(result.stderr, /^Error: The change's lock was ended by hand: nothing more was written/m);
      assert.deepEqual(await mutationsOf(stack, service, end), []);
      const next = await deploy({ service, tag: 'v3' });
      assertExit(next, 0);
      await assertServes(stack, domainOf(service), 'v3');
      assert.equal((await requireEcsService(stack, service)).deployments?.length, 1);
    },

    'of what preflight refuses: nothing is touched': async () => {
      const service = 'refused';
      await deployed(stack, service, manifestOf({ service }));
      const after = await journalEnd(stack);

      const tooMany = await deploy({ service, tag: 'v2', scale: 5 });
      assertExit(tooMany, 9);
      assert.match(
        tooMany.stderr,
        /^Error: Cluster crims has no room for 5 tasks of 32 CPU units and 64 MiB: its 4 instances take 4 of them even empty, one task per instance \(fixed host port\)/m,
      );

      const missing = await deploy({ service, tag: 'missing' });
      assertExit(missing, 3);
      assert.match(missing.stderr, /^Error: The registry registry\.example\.com has no image web:missing$/m);

      assert.deepEqual(await mutationsOf(stack, service, after), []);
      await assertServes(stack, domainOf(service), 'v1');
    },
    'of a first deployment that preflight refuses: nothing is made': async () => {
      const service = 'crowd';
      const tooMany = await deploy({ service, scale: 5 }, ['--output', 'json']);
      assertExit(tooMany, 9);
      const { error } = JSON.parse(tooMany.stdout) as { error: { code: string; message: string; hint: string } };
      assert.equal(error.code, 'capacity');
      assert.match(error.hint, /scale/);
      const missing = await deploy({ service, tag: 'missing' }, ['--output', 'json']);
      assertExit(missing, 3);
      assert.equal((JSON.parse(missing.stdout) as { error: { code: string } }).error.code, 'image_not_found');
      assert.deepEqual(await mutationsOf(stack, service), []);
    },
    ...(FULL && {
      'of an update that takes a domain over: whoever has it is served until the gates have passed': async () => {
        const service = 'drifter';
        const domain = domainOf('adrift');
        await deployed(stack, service, manifestOf({ service }));
        await pointElsewhere(stack, 'adrift');
        const changes = async () =>
          (await stack.journal({ operation: 'ChangeResourceRecordSets' }))
            .map(({ parameters }) => JSON.stringify(parameters))
            .filter((text) => text.includes(domain) && !text.includes('"CREATE"'));
        const take = (tag: string) => deploy({ service, tag, domain }, ['--take-over-domain']);
        assertExit(await take('v2-crash'), 7);
        assert.deepEqual(await changes(), []);
        await assertServes(stack, domainOf(service), 'v1');

        const taken = await take('v3');
        assertExit(taken, 0);
        assert.equal((await changes()).length, 1);
        await assertServes(stack, domain, 'v3');
        assert.deepEqual(await recordsOf(stack, domainOf(service)), []);
      },
    }),
    'of a domain that points elsewhere: refused, unless it is taken over': async () => {
      const service = 'mover';
      const Name = domainOf(service);
      await pointElsewhere(stack, service);
      const after = await journalEnd(stack);
      const refused = await deploy({ service });
      assertExit(refused, 6);
      assert.match(
        refused.stderr,
        /^Error: mover\.example\.com already points elsewhere: to old\.elsewhere\.test \(record type CNAME\)$/m,
      );
      assert.match(refused.stderr, /^Hint: .*--take-over-domain/m);
      assert.deepEqual(await mutationsOf(stack, service, after), []);

      const taken = await deploy({ service }, ['--take-over-domain']);
      assertExit(taken, 0);
      const records = await recordsOf(stack, Name);
      assert.deepEqual(
        records.map(({ Type }) => Type),
        ['A'],
      );
      const [balancer = ''] = await balancersOf(stack, service);
      assert.ok(records[0]?.AliasTarget?.DNSName?.startsWith(`dualstack.${balancer}-`));
      const batches = (await mutationsOf(stack, service, after)).filter(
        (e) => e.operation === 'ChangeResourceRecordSets',
      );
      assert.equal(batches.length, 1, 'the CNAME and the alias change in one batch');
      const lines = taken.stdout.split('\n').map((line) => line.replace(/^\S+ /, ''));
      const [passed, switched] = ['Waiting for ELB to have', 'Letting mover.example.com point to'].map((beginning) =>
        lines.findIndex((line) => line.startsWith(beginning)),
      );
      assert.ok(
        passed !== undefined && switched !== undefined && passed < switched,
        'nobody is sent to what is not up',
      );
      await assertServes(stack, Name, 'v1');
      const byOther = await deploy({ service: 'latecomer', domain: Name });
      assertExit(byOther, 6);
      assert.match(byOther.stderr, /already points elsewhere: to service mover /);
    },
  });

  if (aws === undefined)
    it.skip('of a second update-service by awscli in mid-rollout (the Python tools could not be installed)');
});
