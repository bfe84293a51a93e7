import assert from 'node:assert/strict';
import {
  DescribeTaskDefinitionCommand,
  DescribeTasksCommand,
  DeregisterTaskDefinitionCommand,
  ListServicesCommand,
  ListTagsForResourceCommand,
  ListTaskDefinitionsCommand,
  RegisterTaskDefinitionCommand,
  RunTaskCommand,
  TagResourceCommand,
  UntagResourceCommand,
} from '@aws-sdk/client-ecs';
import type { Cloud } from '../../src/localcloud/cloud.ts';
import { createKit, eventually, startTestCloud, type Kit } from './cloud-kit.ts';

describe('ECS calls made twice', () => {
  let cloud: Cloud;
  let kit: Kit;
  let definition: string;
  before(async () => {
    cloud = await startTestCloud();
    kit = createKit(cloud.addresses.url);
    definition = await kit.register('service-web', 'v1', 11_000);
  });
  after(async () => {
    kit.close();
    await cloud.stop();
  });
  const runTask = (more: Record<string, unknown>) =>
    kit.ecs.send(new RunTaskCommand({ cluster: 'crims', taskDefinition: definition, ...more }));

  it('RunTask with one token starts one task, and refuses the token for anything else', async () => {
    const token = { clientToken: 'once', startedBy: 'somebody' };
    const first = await runTask(token);
    const again = await runTask(token);
    assert.equal(first.tasks?.length, 1);
    assert.equal(again.tasks?.[0]?.taskArn, first.tasks?.[0]?.taskArn);
    await assert.rejects(runTask({ ...token, count: 2 }), (error: { name: string; resourceIds?: string[] }) => {
      assert.equal(error.name, 'ConflictException');
      assert.deepEqual(error.resourceIds, [first.tasks?.[0]?.taskArn]);
      return true;
    });
  });

  it('RunTask answers failures for instances whose port is taken', async () => {
    const { failures = [], tasks = [] } = await runTask({ count: 10, clientToken: 'many' });
    assert.equal(tasks.length, 3, 'the fourth instance has a task already');
    assert.deepEqual(new Set(failures.map(({ reason }) => reason)), new Set(['RESOURCE:PORTS']));
    assert.equal(failures.length, 4);
  });

  it('RunTask in a cluster without instances is an error', async () => {
    await assert.rejects(kit.ecs.send(new RunTaskCommand({ cluster: 'elsewhere', taskDefinition: definition })), {
      name: 'ClusterNotFoundException',
      message: 'Cluster not found.',
    });
  });

  it('CreateService with the same parameters is the same service, with others an error', async () => {
    const idle = await kit.register('service-idle', 'v1', 12_000);
    const first = await kit.create('idle', idle, { desiredCount: 0, clientToken: 'abc' });
    const again = await kit.create('idle', idle, { desiredCount: 0, clientToken: 'abc' });
    assert.equal(again.service?.deployments?.[0]?.id, first.service?.deployments?.[0]?.id);
    await assert.rejects(kit.create('idle', idle, { desiredCount: 1, clientToken: 'abc' }), {
      name: 'InvalidParameterException',
      message: 'Creation of service was not idempotent.',
    });
  });

  it('UpdateService starts a deployment for another revision or by force, for nothing else', async () => {
    const revision = await kit.register('service-update', 'v1', 12_001);
    const created = await kit.create('update', revision, { desiredCount: 0 });
    const id = created.service?.deployments?.[0]?.id;
    const primary = async (more: Record<string, unknown>): Promise<string | undefined> =>
      (await kit.update('update', more)).service?.deployments?.find(({ status }) => status === 'PRIMARY')?.id;
    assert.equal(await primary({ taskDefinition: revision }), id);
    assert.equal(await primary({ desiredCount: 0, deploymentConfiguration: { minimumHealthyPercent: 50 } }), id);
    const forced = await primary({ taskDefinition: revision, forceNewDeployment: true });
    assert.notEqual(forced, id);
    assert.notEqual(await primary({ taskDefinition: revision, forceNewDeployment: true }), forced);
  });

  it('RegisterTaskDefinition makes a revision each time, one at a time for a family', async () => {
    assert.match(await kit.register('twice', 'v1', 12_002), /task-definition\/twice:1$/);
    assert.match(await kit.register('twice', 'v1', 12_002), /task-definition\/twice:2$/);
    const both = await Promise.allSettled([kit.register('twice', 'v1', 12_002), kit.register('twice', 'v1', 12_002)]);
    const refused = both.filter((one): one is PromiseRejectedResult => one.status === 'rejected');
    assert.equal(refused.length, 1);
    assert.match(
      String(refused[0]?.reason),
      /Too many concurrent attempts to create a new revision of the specified family\./,
    );
  });

  it('an INACTIVE revision is described, but takes no service', async () => {
    const arn = await kit.register('retired', 'v1', 12_003);
    for (const _ of [1, 2]) {
      const { taskDefinition } = await kit.ecs.send(new DeregisterTaskDefinitionCommand({ taskDefinition: arn }));
      assert.equal(taskDefinition?.status, 'INACTIVE');
    }
    const described = await kit.ecs.send(new DescribeTaskDefinitionCommand({ taskDefinition: 'retired:1' }));
    assert.equal(described.taskDefinition?.status, 'INACTIVE');
    assert.ok(described.taskDefinition?.deregisteredAt instanceof Date);
    await assert.rejects(kit.create('retired', arn), {
      name: 'ClientException',
      message: 'TaskDefinition is inactive',
    });
    const listed = await kit.ecs.send(new ListTaskDefinitionsCommand({ familyPrefix: 'retired' }));
    assert.deepEqual(listed.taskDefinitionArns, []);
  });

  it('tags come with INCLUDE TAGS, and change one by one', async () => {
    const tags = [{ key: 'wonderland:manifest.0', value: 'H4sI/+a==' }];
    await kit.ecs.send(
      new RegisterTaskDefinitionCommand({
        family: 'tagged',
        containerDefinitions: [{ name: 'app', image: 'app:v1', memory: 32 }],
        tags,
      }),
    );
    const plain = await kit.ecs.send(new DescribeTaskDefinitionCommand({ taskDefinition: 'tagged' }));
    assert.equal(plain.tags, undefined);
    const full = await kit.ecs.send(new DescribeTaskDefinitionCommand({ taskDefinition: 'tagged', include: ['TAGS'] }));
    assert.deepEqual(full.tags, tags);
    const resourceArn = full.taskDefinition?.taskDefinitionArn ?? '';
    await kit.ecs.send(new TagResourceCommand({ resourceArn, tags: [{ key: 'a', value: 'b' }] }));
    await kit.ecs.send(new UntagResourceCommand({ resourceArn, tagKeys: ['wonderland:manifest.0'] }));
    assert.deepEqual((await kit.ecs.send(new ListTagsForResourceCommand({ resourceArn }))).tags, [
      { key: 'a', value: 'b' },
    ]);
  });

  it('a list goes on with its token', async () => {
    for (let i = 0; i < 11; i += 1)
      await kit.create(`page-${i}`, await kit.register('page', 'v1', 12_004), { desiredCount: 0 });
    const arns = new Set<string>();
    let nextToken: string | undefined;
    do {
      const page = await kit.ecs.send(new ListServicesCommand({ cluster: 'crims', nextToken }));
      assert.ok((page.serviceArns?.length ?? 0) <= 10, 'ten at a time unless told otherwise');
      for (const arn of page.serviceArns ?? []) arns.add(arn);
      nextToken = page.nextToken;
    } while (nextToken !== undefined);
    assert.ok(arns.size >= 11);
  });

  it('what does not exist is MISSING, not an error', async () => {
    const { failures } = await kit.ecs.send(new DescribeTasksCommand({ cluster: 'crims', tasks: ['0'.repeat(32)] }));
    assert.equal(failures?.[0]?.reason, 'MISSING');
  });

  describe('with faults', () => {
    afterEach(() => kit.admin('DELETE', 'faults'));

    it('apply-and-lose-answer applies, and the client sees a cut connection', async () => {
      await kit.admin('POST', 'faults', {
        service: 'ecs',
        operation: 'RegisterTaskDefinition',
        resource: 'lossy',
        kind: 'lose-answer',
        count: 1,
      });
      await assert.rejects(kit.register('lossy', 'v1', 12_005), { code: 'ECONNRESET' });
      const { taskDefinition } = await kit.ecs.send(new DescribeTaskDefinitionCommand({ taskDefinition: 'lossy' }));
      assert.equal(taskDefinition?.revision, 1);
      const entries = (await kit.journal('RegisterTaskDefinition')).filter(({ resource }) => resource === 'lossy');
      assert.deepEqual(
        entries.map(({ outcome, mutating }) => [outcome, mutating]),
        [['answer-lost', true]],
      );
    });

    it('error and throttle come before the effect, for so many calls and that resource only', async () => {
      const fault = { service: 'ecs', operation: 'RegisterTaskDefinition', resource: 'faulty' };
      await kit.admin('POST', 'faults', { ...fault, kind: 'throttle', count: 1 });
      await kit.admin('POST', 'faults', { ...fault, kind: 'error', count: 1 });
      await kit.register('sound', 'v1', 12_006);
      await assert.rejects(kit.register('faulty', 'v1', 12_006), {
        name: 'ThrottlingException',
        message: 'Rate exceeded',
      });
      await assert.rejects(kit.register('faulty', 'v1', 12_006), (error: { name: string; $metadata: unknown }) => {
        assert.equal(error.name, 'ServerException');
        assert.equal((error.$metadata as { httpStatusCode: number }).httpStatusCode, 500);
        return true;
      });
      assert.match(await kit.register('faulty', 'v1', 12_006), /faulty:1$/);
      assert.deepEqual((await kit.admin('GET', 'faults')).faults, []);
    });
  });

  it('the journal knows every call, reads too', async () => {
    const { last } = await kit.admin('GET', 'journal');
    await kit.describe('idle');
    const { entries } = await kit.admin('GET', `journal?after=${last}`);
    assert.deepEqual(
      entries.map(({ service, operation, resource, mutating, principal, outcome }: Record<string, unknown>) => ({
        service,
        operation,
        resource,
        mutating,
        principal,
        outcome,
      })),
      [
        {
          service: 'ecs',
          operation: 'DescribeServices',
          resource: 'idle',
          mutating: false,
          principal: 'AKIAWONDERLANDLOCAL1',
          outcome: 'ok',
        },
      ],
    );
    await eventually(async () => (await kit.admin('GET', 'health')).status === 'ok', 'health');
  });
});
