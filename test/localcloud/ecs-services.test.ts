import assert from 'node:assert/strict';
import {
  DeleteServiceCommand,
  ListContainerInstancesCommand,
  ListServicesCommand,
  PutAttributesCommand,
  RunTaskCommand,
  UpdateContainerInstancesStateCommand,
  type CreateServiceCommandInput,
} from '@aws-sdk/client-ecs';
import { startSteppedCloud, type SteppedCloud } from './support/stepped.ts';

describe('services', () => {
  let cloud: SteppedCloud;
  beforeEach(async () => {
    cloud = await startSteppedCloud();
  });
  afterEach(() => cloud.stop());

  const create = async (more: Partial<CreateServiceCommandInput> = {}, container: Record<string, unknown> = {}) =>
    cloud.create('web', await cloud.register('service-web', 'v1', 0, container), more);
  const instances = async (filter?: string): Promise<string[]> => {
    const answer = await cloud.ecs.send(new ListContainerInstancesCommand({ cluster: 'crims', filter }));
    return answer.containerInstanceArns ?? [];
  };
  /** How many tasks each instance has, fewest first. */
  const perInstance = async (): Promise<number[]> => {
    const counts = new Map<string, number>();
    for (const arn of await instances()) counts.set(arn, 0);
    for (const { containerInstanceArn = '' } of await cloud.tasks('web', 'RUNNING')) {
      counts.set(containerInstanceArn, (counts.get(containerInstanceArn) ?? 0) + 1);
    }
    return [...counts.values()].toSorted((a, b) => a - b);
  };
  const refuses = (more: Partial<CreateServiceCommandInput>, message: RegExp | string) =>
    assert.rejects(create(more), { name: 'InvalidParameterException', message });
  const mark = (target: string | undefined, name: string, value: string) =>
    cloud.ecs.send(
      new PutAttributesCommand({
        cluster: 'crims',
        attributes: [{ name, value, targetType: 'container-instance', targetId: target ?? '' }],
      }),
    );

  describe('placement', () => {
    it('spreads over zones, then instances, unless told otherwise', async () => {
      await create({ desiredCount: 6 });
      await cloud.looks(1);
      assert.deepEqual(await perInstance(), [1, 1, 2, 2]);
    });

    it('packs by memory', async () => {
      await create({ desiredCount: 6, placementStrategy: [{ type: 'binpack', field: 'memory' }] });
      await cloud.looks(1);
      assert.deepEqual(await perInstance(), [0, 0, 0, 6]);
    });

    it('packs by CPU within the zones it spreads over', async () => {
      const placementStrategy = [
        { type: 'spread' as const, field: 'attribute:ecs.availability-zone' },
        { type: 'binpack' as const, field: 'CPU' },
      ];
      await create({ desiredCount: 6, placementStrategy });
      await cloud.looks(1);
      assert.deepEqual(await perInstance(), [0, 0, 3, 3]);
    });

    it('spreads over an attribute of the caller', async () => {
      const [first, ...others] = await instances();
      await mark(first, 'rack', 'a');
      for (const other of others) await mark(other, 'rack', 'b');
      await create({ desiredCount: 6, placementStrategy: [{ type: 'spread', field: 'attribute:rack' }] });
      await cloud.looks(1);
      assert.deepEqual(await perInstance(), [1, 1, 1, 3]);
    });

    it('takes any instance at random', async () => {
      await create({ desiredCount: 20, placementStrategy: [{ type: 'random' }] });
      await cloud.looks(1);
      assert.notDeepEqual(await perInstance(), [5, 5, 5, 5]);
    });

    it('keeps to memberOf, says so when nothing is left, and follows when an instance qualifies', async () => {
      await create({
        desiredCount: 1,
        placementConstraints: [{ type: 'memberOf', expression: 'attribute:colour == blue' }],
      });
      await cloud.looks(1);
      const [event] = await cloud.events('web');
      assert.match(
        event ?? '',
        /closest matching \(container-instance \w+\) encountered error "MemberOf placement constraint unsatisfied\."\. For more/,
      );
      const [, second] = await instances();
      await mark(second, 'colour', 'blue');
      assert.deepEqual(await instances('attribute:colour == blue'), [second]);
      await cloud.looks(1);
      assert.deepEqual(
        (await cloud.tasks('web', 'RUNNING')).map(({ containerInstanceArn }) => containerInstanceArn),
        [second],
      );
    });

    it('keeps one task of a distinctInstance service to an instance', async () => {
      await create({ desiredCount: 5, placementConstraints: [{ type: 'distinctInstance' }] });
      await cloud.looks(1);
      assert.deepEqual(await perInstance(), [1, 1, 1, 1]);
      assert.match((await cloud.events('web')).join('\n'), /DistinctInstance placement constraint unsatisfied/);
    });

    it('gives away a hundred ports of an instance by number, those of its agent among them', async () => {
      const fits = async (count: number) => {
        const ports = Array.from({ length: count }, (_, i) => ({ containerPort: 1 + i, hostPort: 11_000 + i }));
        const taskDefinition = await cloud.register(`ports-${count}`, 'v1', 0, { portMappings: ports });
        const { failures = [] } = await cloud.ecs.send(new RunTaskCommand({ cluster: 'crims', taskDefinition }));
        return failures.map(({ reason }) => reason);
      };
      assert.deepEqual(await fits(96), Array<string>(4).fill('RESOURCE:PORTS'));
      assert.deepEqual(await fits(95), []);
    });

    it('places a task where another group is, by the constraint of RunTask', async () => {
      await create({ desiredCount: 1 });
      await cloud.looks(1);
      const [task] = await cloud.tasks('web', 'RUNNING');
      const run = await cloud.ecs.send(
        new RunTaskCommand({
          cluster: 'crims',
          taskDefinition: 'service-web',
          count: 3,
          placementConstraints: [{ type: 'memberOf', expression: 'task:group == service:web' }],
        }),
      );
      assert.deepEqual(
        new Set(run.tasks?.map(({ containerInstanceArn }) => containerInstanceArn)),
        new Set([task?.containerInstanceArn]),
      );
    });

    it('refuses what is no strategy and no expression', async () => {
      const strategy = { type: 'random' as const };
      await refuses({ placementStrategy: Array.from({ length: 6 }, () => strategy) }, /at most 5/);
      await refuses({ placementStrategy: [{ type: 'binpack', field: 'disk' }] }, /binpack/);
      await refuses({ placementStrategy: [{ type: 'spread' }] }, /spread/);
      await refuses(
        { placementConstraints: [{ type: 'memberOf', expression: 'attribute:a ~ b' }] },
        /Invalid expression/,
      );
      await refuses({ placementConstraints: [{ type: 'memberOf' }] }, /Expression is required/);
      await assert.rejects(instances('nonsense'), { name: 'InvalidParameterException' });
    });
  });

  describe('on a DRAINING instance', () => {
    const drain = async (arn: string | undefined) =>
      cloud.ecs.send(
        new UpdateContainerInstancesStateCommand({
          cluster: 'crims',
          containerInstances: [arn ?? ''],
          status: 'DRAINING',
        }),
      );

    it('are replaced before they go, under their percentages; tasks of nobody stay', async () => {
      await create({ desiredCount: 4 });
      await cloud.passUntil(async () => (await cloud.events('web')).at(-1) === 'has reached a steady state.', 'steady');
      await cloud.pass(60);
      const [task] = await cloud.tasks('web', 'RUNNING');
      const arn = task?.containerInstanceArn;
      const run = await cloud.ecs.send(
        new RunTaskCommand({
          cluster: 'crims',
          taskDefinition: 'service-web',
          placementConstraints: [
            { type: 'memberOf', expression: 'task:group == service:web and agentConnected == true' },
          ],
          placementStrategy: [{ type: 'binpack', field: 'memory' }],
        }),
      );
      const standalone = run.tasks?.[0];
      await drain(arn);
      await drain(standalone?.containerInstanceArn);
      await cloud.pass(4);
      const moving = await cloud.describe('web');
      assert.ok((moving.runningCount ?? 0) >= 4, 'the old ones run until the new ones are healthy');
      await cloud.passUntil(async () => {
        const tasks = await cloud.tasks('web', 'RUNNING');
        return tasks.length === 4 && tasks.every(({ containerInstanceArn }) => containerInstanceArn !== arn);
      }, 'the instance to be empty');
      const { tasks: left = [] } = await cloud.admin('GET', 'tasks');
      assert.equal(
        left.find(({ taskArn }: { taskArn: string }) => taskArn === standalone?.taskArn)?.lastStatus,
        'RUNNING',
      );
    });

    it('are stopped at once while they are PENDING', async () => {
      const definition = await cloud.register('service-web', 'v1-never', 0);
      await cloud.create('web', definition, { desiredCount: 4 });
      await cloud.pass(4);
      const [task] = await cloud.tasks('web', 'RUNNING');
      await drain(task?.containerInstanceArn);
      await cloud.pass(4);
      assert.ok((await cloud.events('web')).includes('stopped 1 pending tasks.'));
      const placed = (await cloud.tasks('web', 'RUNNING')).map(({ containerInstanceArn }) => containerInstanceArn);
      assert.ok(placed.length === 4 && !placed.includes(task?.containerInstanceArn));
    });
  });

  describe('of the DAEMON strategy', () => {
    const createDaemon = async (more: Partial<CreateServiceCommandInput> = {}): Promise<void> => {
      const definition = await cloud.register('agent', 'v1', 9100);
      await cloud.create('agent', definition, { schedulingStrategy: 'DAEMON', desiredCount: undefined, ...more });
    };
    const where = async (name: string): Promise<(string | undefined)[]> =>
      (await cloud.tasks(name, 'RUNNING')).map(({ containerInstanceArn }) => containerInstanceArn).toSorted();
    const setStatus = (arn: string | undefined, status: 'ACTIVE' | 'DRAINING') =>
      cloud.ecs.send(
        new UpdateContainerInstancesStateCommand({ cluster: 'crims', containerInstances: [arn ?? ''], status }),
      );

    it('have one task on each instance that qualifies, also when that changes', async () => {
      const [first, second, ...others] = await instances();
      await mark(first, 'watched', 'yes');
      await createDaemon({
        placementConstraints: [{ type: 'memberOf', expression: 'attribute:watched exists' }],
      });
      await cloud.looks(1);
      assert.deepEqual(await where('agent'), [first]);
      await mark(second, 'watched', 'yes');
      await cloud.looks(1);
      assert.deepEqual(await where('agent'), [first, second].toSorted());
      const service = await cloud.describe('agent');
      assert.deepEqual([service.desiredCount, service.schedulingStrategy], [2, 'DAEMON']);
      assert.ok(others.length === 2);
    });

    it('give way to their successors on the same port', async () => {
      await createDaemon();
      await cloud.looks(6);
      await cloud.update('agent', { taskDefinition: await cloud.register('agent', 'v2', 9100) });
      await cloud.looks(6);
      const tasks = await cloud.tasks('agent', 'RUNNING');
      assert.equal(tasks.length, 4);
      assert.ok(tasks.every(({ taskDefinitionArn }) => taskDefinitionArn?.endsWith('agent:2')));
      assert.equal(new Set(await where('agent')).size, 4);
    });

    it('are the last to leave a DRAINING instance', async () => {
      await createDaemon();
      await create({ desiredCount: 4 });
      await cloud.looks(6);
      const [first] = await where('web');
      await setStatus(first, 'DRAINING');
      await cloud.passUntil(async () => {
        assert.ok((await where('agent')).includes(first) || !(await where('web')).includes(first));
        return !(await where('agent')).includes(first);
      }, 'the daemon to leave');
      await setStatus(first, 'ACTIVE');
      await cloud.looks(1);
      assert.equal((await where('agent')).length, 4);
    });

    it('take no count and no strategy', async () => {
      await assert.rejects(createDaemon({ desiredCount: 1 }), {
        message:
          'The daemon scheduling strategy does not support a desired count for services. Remove the desired count value and try again',
      });
      await assert.rejects(
        createDaemon({ placementStrategy: [{ type: 'random' }] }),
        /does not support placement strat/,
      );
    });
  });

  describe('their events', () => {
    it('repeat that all is steady every six hours', async () => {
      await create();
      await cloud.pass(13 * 3600);
      const events = (await cloud.events('web')).filter((event) => event === 'has reached a steady state.');
      assert.equal(events.length, 3);
    });

    it('make a complaint once in six hours', async () => {
      await create({ desiredCount: 1 }, { memory: 100_000 });
      await cloud.pass(7 * 3600);
      const complaints = (await cloud.events('web')).filter((event) => event.startsWith('was unable to place'));
      assert.equal(complaints.length, 2);
      assert.match(complaints[0] ?? '', /has insufficient memory available/);
    });

    it('go no further back than a hundred', async () => {
      await create({ desiredCount: 1 });
      for (let i = 0; i < 105; i += 1) {
        await cloud.update('web', { desiredCount: i % 2 });
        await cloud.looks(1);
      }
      const { events = [] } = await cloud.describe('web');
      assert.equal(events.length, 100);
      const times = events.map(({ createdAt }) => createdAt?.getTime() ?? 0);
      assert.deepEqual(
        times,
        times.toSorted((a, b) => b - a),
        'newest first',
      );
    });
  });

  describe('calls', () => {
    it('CreateService refuses what it cannot do', async () => {
      await refuses({ deploymentController: { type: 'EXTERNAL' } }, /deployment controller ECS only/);
      await refuses({ deploymentConfiguration: { strategy: 'CANARY' } }, /ROLLING only/);
      await refuses(
        {
          loadBalancers: [
            { targetGroupArn: 'arn:aws:elasticloadbalancing:…', containerName: 'web', containerPort: 80 },
          ],
        },
        /classic load balancers only/,
      );
      await refuses({ networkConfiguration: { awsvpcConfiguration: { subnets: ['subnet-1'] } } }, /networkMode/);
      await refuses({ clientToken: 'x'.repeat(37) }, /clientToken/);
      await refuses({ deploymentConfiguration: { maximumPercent: 50 } }, /maximumPercent/);
      await refuses({ healthCheckGracePeriodSeconds: 5 }, /only valid for services configured to use load balancers/);
      await assert.rejects(cloud.create('web', 'nothing:1'), {
        name: 'ClientException',
        message: 'TaskDefinition not found.',
      });
    });

    it('CreateService with a token is the same service again, with other parameters an error', async () => {
      const definition = await cloud.register('service-web', 'v1', 0);
      const one = await cloud.create('web', definition, { clientToken: 'abc' });
      await cloud.looks(1);
      const again = await cloud.create('web', definition, { clientToken: 'abc' });
      assert.equal(again.service?.deployments?.[0]?.id, one.service?.deployments?.[0]?.id);
      await assert.rejects(cloud.create('web', definition, { clientToken: 'abc', desiredCount: 3 }), {
        name: 'InvalidParameterException',
        message: 'Creation of service was not idempotent.',
      });
    });

    it('UpdateService keeps the load balancer it was created with', async () => {
      await cloud.balancer('web', 11_000);
      await cloud.balancer('other', 11_000);
      await cloud.createBehind('web', await cloud.register('service-web', 'v1', 11_000));
      const balancer = (loadBalancerName: string) => [{ loadBalancerName, containerName: 'web', containerPort: 80 }];
      await assert.rejects(cloud.update('web', { loadBalancers: balancer('other') }), {
        name: 'InvalidParameterException',
      });
      const { service } = await cloud.update('web', {
        loadBalancers: balancer('web'),
        healthCheckGracePeriodSeconds: 7,
      });
      assert.equal(service?.deployments?.length, 1);
      assert.equal(service?.healthCheckGracePeriodSeconds, 7);
      const moved = await cloud.register('service-web', 'v1', 11_000, { name: 'app' });
      await assert.rejects(cloud.update('web', { taskDefinition: moved }), {
        name: 'InvalidParameterException',
        message: 'Load balancer container name or port changed in task definition.',
      });
    });

    it('UpdateService of placement, count and percentages begins no deployment; an empty list takes constraints away', async () => {
      await create({ placementConstraints: [{ type: 'distinctInstance' }] });
      const { service } = await cloud.update('web', {
        desiredCount: 3,
        placementConstraints: [],
        placementStrategy: [{ type: 'random' }],
        deploymentConfiguration: { minimumHealthyPercent: 50 },
      });
      assert.equal(service?.deployments?.length, 1);
      assert.deepEqual(service?.placementConstraints, []);
      assert.deepEqual(service?.placementStrategy, [{ type: 'random' }]);
      assert.equal(service?.deploymentConfiguration?.maximumPercent, 200);
    });

    it('ListServices leaves out what is DRAINING or INACTIVE', async () => {
      await create();
      await cloud.looks(1);
      const list = async () =>
        (await cloud.ecs.send(new ListServicesCommand({ cluster: 'crims' }))).serviceArns?.length;
      assert.equal(await list(), 1);
      await cloud.ecs.send(new DeleteServiceCommand({ cluster: 'crims', service: 'web', force: true }));
      assert.equal((await cloud.describe('web')).status, 'DRAINING');
      assert.equal(await list(), 0);
      await cloud.passUntil(async () => (await cloud.describe('web')).status === 'INACTIVE', 'the end');
      await assert.rejects(cloud.update('web', { desiredCount: 1 }), {
        name: 'ServiceNotActiveException',
        message: 'Service was not ACTIVE.',
      });
      await assert.rejects(cloud.update('nobody', { desiredCount: 1 }), {
        name: 'ServiceNotFoundException',
        message: 'Service not found.',
      });
    });

    it('a strict cloud starts so many tasks of a service a minute, and takes so many of it', async () => {
      await cloud.stop();
      cloud = await startSteppedCloud({ strict: true });
      await refuses({ desiredCount: 5001 }, /at most 5000/);
      await create({ desiredCount: 600 }, { cpu: 1, memory: 8 });
      await cloud.pass(30);
      const events = await cloud.events('web');
      assert.match(events[0] ?? '', /^operations are being throttled\. Will try again later\.$/);
      assert.match(events[1] ?? '', /^has started 500 tasks/);
      assert.equal(events.length, 2);
      await cloud.looks(6);
      assert.match((await cloud.events('web'))[2] ?? '', /^has started 100 tasks/);
    });
  });
});
