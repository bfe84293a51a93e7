/** Each pitfall on the bare cloud: that what is described really comes, in the words of AWS. */
import assert from 'node:assert/strict';
import { DescribeInstanceHealthCommand } from '@aws-sdk/client-elastic-load-balancing';
import { DescribeContainerInstancesCommand, ListContainerInstancesCommand } from '@aws-sdk/client-ecs';
import { SCENARIOS } from '../../src/localcloud/scenarios/scenarios.ts';
import type { Run } from '../../src/localcloud/scenarios/scenario.ts';
import { createKit, eventually, startTestCloud } from './cloud-kit.ts';
import { startSteppedCloud, type SteppedCloud } from './support/stepped.ts';

const PLACEMENT =
  /^was unable to place a task because no container instance met all of its requirements\. The closest matching \(container-instance [0-9a-f]{32}\) (.+)\. For more information, see the Troubleshooting section of the Amazon ECS Developer Guide\.$/;
const UNHEALTHY = 'Instance has failed at least the UnhealthyThreshold number of health checks consecutively.';
const ZONE = 'Instance is in the EC2 Availability Zone for which LoadBalancer is not configured to route traffic to.';

describe('scenarios', () => {
  let cloud: SteppedCloud;
  beforeEach(async () => {
    cloud = await startSteppedCloud();
  });
  afterEach(() => cloud.stop());

  const runOf = async (name: string): Promise<Run> => {
    const { runs } = await cloud.admin('GET', `scenarios/${name}`);
    assert.equal(runs.length, 1);
    return runs[0];
  };
  const signsOf = (name: string): string[] =>
    SCENARIOS.find((one) => one.name === name)?.signs.map(({ what }) => what) ?? [];
  /** Plays it on a service of its own until every sign was seen; answers the service. */
  const play = async (name: string, seconds = 400): Promise<{ run: Run; service: string }> => {
    const { service } = await cloud.admin('POST', `scenarios/${name}`);
    const run = await cloud.passUntil(
      async () => {
        const one = await runOf(name);
        assert.equal(one.problem, undefined);
        return signsOf(name).every((sign) => one.shown[sign] !== undefined) && one;
      },
      `all signs of ${name}`,
      seconds,
    );
    return { run, service };
  };
  const undo = async (name: string): Promise<void> => {
    const { left } = await cloud.admin('DELETE', `scenarios/${name}`);
    assert.deepEqual(left, []);
    assert.deepEqual((await cloud.admin('GET', 'scenarios')).runs, []);
  };
  const obstaclesOf = async (service: string): Promise<(string | undefined)[]> =>
    (await cloud.events(service)).flatMap((text) => {
      const found = PLACEMENT.exec(text);
      return found === null ? [] : [found[1]];
    });
  const stoppedReasons = async (service: string): Promise<Set<string | undefined>> =>
    new Set((await cloud.tasks(service, 'STOPPED')).map(({ stoppedReason }) => stoppedReason));
  const healthOf = async (service: string): Promise<(string | undefined)[]> => {
    const { InstanceStates } = await cloud.elb.send(new DescribeInstanceHealthCommand({ LoadBalancerName: service }));
    return InstanceStates?.map(({ Description }) => Description) ?? [];
  };
  const instances = async () => {
    const { containerInstanceArns = [] } = await cloud.ecs.send(
      new ListContainerInstancesCommand({ cluster: 'crims' }),
    );
    const { containerInstances = [] } = await cloud.ecs.send(
      new DescribeContainerInstancesCommand({ cluster: 'crims', containerInstances: containerInstanceArns }),
    );
    return containerInstances;
  };
  /** A service of the test's own, steady. */
  const standing = async (name: string): Promise<void> => {
    await cloud.balancer(name, 11_000);
    await cloud.createBehind(name, await cloud.register(`service-${name}`, 'v1', 11_000), {
      deploymentConfiguration: { minimumHealthyPercent: 50, maximumPercent: 200 },
    });
    await cloud.passUntil(
      async () => (await cloud.events(name)).includes('has reached a steady state.'),
      `${name} to be steady`,
    );
  };

  it('no-free-instance: nothing has the port, and nothing moves until it is free again', async () => {
    const { service } = await play('no-free-instance');
    assert.deepEqual(await obstaclesOf(service), ['is already using a port required by your task']);
    const before = await cloud.describe(service);
    assert.deepEqual(
      before.deployments?.map(({ status, runningCount }) => [status, runningCount]),
      [
        ['PRIMARY', 0],
        ['ACTIVE', 2],
      ],
    );
    await undo('no-free-instance');
  });

  it('fragmented-memory: four instances have room together, and none of them alone', async () => {
    const { service } = await play('fragmented-memory');
    assert.deepEqual(await obstaclesOf(service), ['has insufficient memory available']);
    const left = (await instances()).map(
      ({ remainingResources }) => remainingResources?.find(({ name }) => name === 'MEMORY')?.integerValue ?? 0,
    );
    assert.ok(left.every((memory) => memory < 2000));
    assert.ok(left.reduce((sum, memory) => sum + memory, 0) >= 2000);
    await undo('fragmented-memory');
  });

  it('agent-disconnected: what runs goes on, and nothing new starts', async () => {
    const { service } = await play('agent-disconnected');
    assert.deepEqual(await obstaclesOf(service), ['encountered error "AGENT"']);
    assert.ok((await instances()).every(({ agentConnected }) => agentConnected === false));
    assert.equal((await cloud.describe(service)).runningCount, 2);
    await undo('agent-disconnected');
    assert.ok((await instances()).every(({ agentConnected }) => agentConnected === true));
  });

  it('zone-not-enabled: its tasks are killed for ever', async () => {
    const { service } = await play('zone-not-enabled');
    assert.ok((await cloud.events(service)).some((text) => text.endsWith(`due to (reason ${ZONE})`)));
    assert.ok((await stoppedReasons(service)).has(`Task failed ELB health checks in (elb ${service})`));
    await undo('zone-not-enabled');
  });

  it('slow-start-without-grace: replaced again and again, and never throttled', async () => {
    const { service } = await play('slow-start-without-grace');
    await cloud.pass(240);
    const events = await cloud.events(service);
    assert.ok(
      events.filter((text) => text.includes('Amazon ECS replaced 1 tasks due to an unhealthy status.')).length > 2,
    );
    assert.ok(!events.some((text) => text.startsWith('is unable to consistently start tasks')));
    assert.ok((await stoppedReasons(service)).has(`Task failed ELB health checks in (elb ${service})`));
    assert.equal((await cloud.describe(service)).healthCheckGracePeriodSeconds, 0);
    await undo('slow-start-without-grace');
  });

  it('wrong-health-path: runs, listens, and never comes into service', async () => {
    const { run, service } = await play('wrong-health-path');
    const event = (await cloud.events(service)).find((text) => text.endsWith(`due to (reason ${UNHEALTHY})`));
    assert.match(event ?? '', new RegExp(`^\\(instance i-[0-9a-f]+\\) is unhealthy in \\(elb ${service}\\) due to`));
    assert.ok(run.shown['an instance has failed its checks'] !== undefined);
    await undo('wrong-health-path');
  });

  it('crash-after-start: every count is right, every instance InService, and then it exits', async () => {
    const { run, service } = await play('crash-after-start');
    const [fine = 0, exited = 0] = signsOf('crash-after-start').map((sign) => run.shown[sign]);
    assert.ok(fine < exited);
    const stopped = (await cloud.tasks(service, 'STOPPED')).filter(({ startedBy }) => startedBy !== run.primaryBefore);
    assert.deepEqual(
      stopped.map((task) => [task.stopCode, task.stoppedReason, task.containers?.[0]?.exitCode]),
      Array.from({ length: 2 }, () => ['EssentialContainerExited', 'Essential container in task exited', 1]),
    );
    await cloud.pass(300);
    const later = await cloud.tasks(service, 'STOPPED');
    assert.ok(later.filter(({ stopCode }) => stopCode === 'EssentialContainerExited').length >= 6, 'again and again');
    const events = await cloud.events(service);
    assert.ok(!events.some((text) => text.startsWith('is unable to consistently start tasks')));
    await undo('crash-after-start');
  });

  it('image-missing: fails to start, at longer and longer intervals', async () => {
    const { service } = await play('image-missing');
    const [reason] = [...(await stoppedReasons(service))].filter((text) => text?.includes('Pull'));
    assert.match(reason ?? '', /^CannotPullContainerError: .*app:v1-next/);
    await cloud.sawEvent(
      service,
      'is unable to consistently start tasks successfully. For more information, see the Troubleshooting section.',
    );
    await undo('image-missing');
  });

  it('old-steady-state: the last steady state belongs to the release before, and repeats after six hours', async () => {
    const { run, service } = await play('old-steady-state');
    const { events = [], deployments = [] } = await cloud.describe(service);
    const steady = events.find(({ message }) => message === `(service ${service}) has reached a steady state.`);
    assert.ok((steady?.createdAt?.getTime() ?? Infinity) < (run.deployedAt ?? 0));
    assert.deepEqual(
      deployments.map(({ runningCount, pendingCount }) => [runningCount, pendingCount]),
      [
        [0, 2],
        [2, 0],
      ],
    );
    await undo('old-steady-state');
    await standing('quiet');
    await cloud.pass(6 * 3600 + 10);
    const repeated = (await cloud.events('quiet')).filter((text) => text === 'has reached a steady state.');
    assert.equal(repeated.length, 2);
  });

  it('scale-in-during-deployment: it is done with one task fewer', async () => {
    const { service } = await play('scale-in-during-deployment');
    const { desiredCount, deployments = [] } = await cloud.describe(service);
    assert.deepEqual([desiredCount, deployments[0]?.runningCount], [2, 2]);
    assert.ok((await cloud.events(service)).includes(`(deployment ${deployments[0]?.id}) deployment completed.`));
    await undo('scale-in-during-deployment');
  });

  it('desired-count-overwritten: a deployment takes the third task away', async () => {
    const { run, service } = await play('desired-count-overwritten');
    assert.deepEqual([run.facts.manifest, run.facts.autoscaler], [2, 3]);
    assert.equal((await cloud.describe(service)).desiredCount, 2);
    await undo('desired-count-overwritten');
  });

  it('stale-reads: for 15 s DescribeServices does not know of the deployment', async () => {
    await standing('shop');
    await cloud.admin('POST', 'scenarios/stale-reads', { service: 'shop' });
    const [before] = (await cloud.describe('shop')).deployments ?? [];
    const { service } = await cloud.update('shop', { forceNewDeployment: true });
    assert.notEqual(service?.deployments?.[0]?.id, before?.id);
    assert.deepEqual(
      (await cloud.describe('shop')).deployments?.map(({ id }) => id),
      [before?.id],
    );
    await cloud.pass(14);
    assert.equal((await cloud.describe('shop')).deployments?.[0]?.id, before?.id);
    await cloud.pass(2);
    assert.equal((await cloud.describe('shop')).deployments?.[0]?.id, service?.deployments?.[0]?.id);
    assert.deepEqual(Object.keys((await runOf('stale-reads')).shown), signsOf('stale-reads'));
    await undo('stale-reads');
  });

  it('stale-reads: what the scenario itself deploys makes reads stale as well, however seldom they are asked', async () => {
    const seenOf = async (service: string): Promise<(string | undefined)[]> =>
      (await cloud.describe(service)).deployments?.map(({ id }) => id) ?? [];
    const isDeployed = async (): Promise<boolean> => (await runOf('stale-reads')).phase === 'deploying';
    /** Asks every five seconds: nothing is asked between the rule and the change. */
    const watchDeployment = async (service: string): Promise<void> => {
      for (let passed = 0; passed < 300 && !(await isDeployed()); passed += 5) {
        await seenOf(service);
        await cloud.pass(5);
      }
      const { primaryBefore, shown } = await runOf('stale-reads');
      assert.deepEqual(await seenOf(service), [primaryBefore]);
      assert.deepEqual(Object.keys(shown), signsOf('stale-reads'));
      await cloud.pass(16);
      assert.notEqual((await seenOf(service))[0], primaryBefore);
    };

    const { service } = await cloud.admin('POST', 'scenarios/stale-reads', {});
    await watchDeployment(service);
    await undo('stale-reads');
    await standing('shop');
    await cloud.admin('POST', 'scenarios/stale-reads', { service: 'shop', deploy: true });
    await watchDeployment('shop');
    await undo('stale-reads');
  });

  it('service-deleted: drains, is gone, and says so to whoever updates it', async () => {
    await standing('shop');
    await cloud.admin('POST', 'scenarios/service-deleted', { service: 'shop' });
    assert.equal((await cloud.describe('shop')).status, 'DRAINING');
    await assert.rejects(cloud.create('shop', 'service-shop', { desiredCount: 1 }), {
      name: 'InvalidParameterException',
      message: 'Unable to Start a service that is still Draining.',
    });
    await cloud.passUntil(async () => (await cloud.describe('shop')).status === 'INACTIVE', 'the service to be gone');
    await assert.rejects(cloud.update('shop', { desiredCount: 1 }), {
      name: 'ServiceNotActiveException',
      message: 'Service was not ACTIVE.',
    });
    await cloud.pass(2);
    assert.deepEqual(Object.keys((await runOf('service-deleted')).shown), signsOf('service-deleted'));
    const [entry] = (await cloud.admin('GET', 'journal?operation=DeleteService')).entries;
    assert.deepEqual([entry.principal, entry.resource, entry.outcome], ['world', 'shop', 'ok']);
    await undo('service-deleted');
  });

  it('event-overflow: the window is full, and what was read before is not in it', async () => {
    await standing('shop');
    const [last] = (await cloud.describe('shop')).events ?? [];
    await cloud.admin('POST', 'scenarios/event-overflow', { service: 'shop' });
    await cloud.passUntil(
      async () => Object.keys((await runOf('event-overflow')).shown).length === 2,
      'the window to be full',
      1200,
    );
    const { events = [], desiredCount } = await cloud.describe('shop');
    assert.equal(events.length, 100);
    assert.ok(!events.some(({ id }) => id === last?.id));
    assert.equal(desiredCount, 2);
    assert.deepEqual((await cloud.admin('GET', 'world')).recurring, []);
    await undo('event-overflow');
  });

  it('dns-late: PENDING for five minutes', async () => {
    const { run } = await play('dns-late');
    const [late = 0, insync = 0] = signsOf('dns-late').map((sign) => run.shown[sign]);
    assert.ok(insync - late > 200_000);
    await undo('dns-late');
  });

  it('instance-terminated: the stopped task names its host', async () => {
    const { run, service } = await play('instance-terminated');
    assert.ok((await stoppedReasons(service)).has(`Host EC2 (instance ${run.facts.instanceId}) terminated.`));
    assert.ok(!(await instances()).some(({ ec2InstanceId }) => ec2InstanceId === run.facts.instanceId));
    await undo('instance-terminated');
  });

  it('broken-role: containers run, the balancer does not know them, until the role is whole again', async () => {
    await standing('shop');
    await cloud.admin('POST', 'scenarios/broken-role', { service: 'shop', deploy: true });
    await cloud.pass(60);
    const { events = [], deployments = [] } = await cloud.describe('shop');
    const text =
      '(service shop) IAM permissions policies have been misconfigured or changed, and ECS can no longer maintain your service';
    assert.ok(events.some(({ message }) => message === text));
    assert.deepEqual(
      deployments.map(({ runningCount }) => runningCount),
      [2, 1],
    );
    assert.equal((await healthOf('shop')).length, 2);
    assert.deepEqual(Object.keys((await runOf('broken-role')).shown).toSorted(), signsOf('broken-role').toSorted());
    await undo('broken-role');
    await cloud.passUntil(async () => (await cloud.describe('shop')).deployments?.length === 1, 'the rollout to go on');
    assert.equal((await cloud.tasks('shop', 'RUNNING')).length, 2);
  });

  it('waits for the deployment of a given service, and hits that one alone', async () => {
    await standing('shop');
    await cloud.admin('POST', 'scenarios/image-missing', { service: 'shop' });
    await cloud.update('shop', { desiredCount: 3 });
    await cloud.pass(30);
    assert.equal((await runOf('image-missing')).phase, 'set');
    await cloud.update('shop', { taskDefinition: await cloud.register('service-shop', 'v2', 11_000) });
    await cloud.pass(30);
    assert.equal((await runOf('image-missing')).phase, 'deploying');
    assert.deepEqual((await cloud.admin('GET', 'images')).scripted, [{ repository: 'web', tag: 'v2', exists: false }]);
    await cloud.update('shop', { taskDefinition: await cloud.register('service-shop', 'v3', 11_000) });
    await undo('image-missing');
    assert.deepEqual((await cloud.admin('GET', 'images')).scripted, []);
    await cloud.passUntil(async () => (await cloud.describe('shop')).deployments?.length === 1, 'v3 to run');
  });

  it('waits for a service that is not there yet, whatever its incarnation is called', async () => {
    await cloud.admin('POST', 'scenarios/image-missing', { service: 'shop' });
    const revision = await cloud.register('service-shop', 'v1', 11_000);
    await cloud.create('window-1466583476', revision);
    assert.equal((await runOf('image-missing')).phase, 'set');
    await cloud.create('shop-1466583476', revision);
    await cloud.pass(10);
    const run = await runOf('image-missing');
    assert.deepEqual([run.deployed, run.phase], ['shop-1466583476', 'deploying']);
    assert.ok([...(await stoppedReasons('shop-1466583476'))].every((reason) => reason?.startsWith('CannotPull')));
    await undo('image-missing');
  });

  it('leaves nothing behind', async () => {
    const { service } = await play('broken-role');
    await undo('broken-role');
    await cloud.passUntil(async () => (await cloud.describe(service)).status === 'INACTIVE', 'its service to go');
    assert.deepEqual((await cloud.admin('GET', 'balancers')).balancers, []);
    const { tasks } = await cloud.admin('GET', 'tasks');
    assert.ok(tasks.every(({ lastStatus }: { lastStatus: string }) => lastStatus === 'STOPPED'));
  });

  it('says what is wrong with a call', async () => {
    assert.deepEqual(await cloud.refused('POST', 'scenarios/no-such', {}), {
      status: 404,
      error: `there is no scenario no-such: ${SCENARIOS.map(({ name }) => name).join(', ')}`,
    });
    assert.deepEqual(await cloud.refused('POST', 'scenarios/dns-late', { service: 'ghost' }), {
      status: 404,
      error: 'there is no service ghost in the cluster crims',
    });
    assert.deepEqual(await cloud.refused('POST', 'scenarios/crash-after-start', { service: 'ghost', deploy: true }), {
      status: 404,
      error: 'there is no service ghost in the cluster crims',
    });
    assert.equal((await cloud.refused('POST', 'scenarios/dns-late', { servise: 'x' })).status, 400);
    assert.deepEqual(await cloud.refused('DELETE', 'scenarios/dns-late'), {
      status: 404,
      error: 'dns-late is not played',
    });
    await standing('shop');
    await cloud.admin('POST', 'scenarios/dns-late', { service: 'shop' });
    assert.equal((await cloud.refused('POST', 'scenarios/dns-late', { service: 'shop' })).status, 409);
  });
});

describe('the scenario long-draining', () => {
  it('holds old tasks back, with clients that do not let go, until it is undone', async () => {
    const cloud = await startTestCloud();
    const kit = createKit(cloud.addresses.url);
    try {
      const name = 'long-draining';
      const { service } = await kit.admin('POST', `scenarios/${name}`);
      const signs = SCENARIOS.find((one) => one.name === name)?.signs ?? [];
      await eventually(async () => {
        const { runs } = await kit.admin('GET', `scenarios/${name}`);
        return signs.every(({ what }) => runs[0].shown[what] !== undefined);
      }, 'an instance to drain');
      assert.ok((await kit.tasks(service, 'STOPPED')).every(({ lastStatus }) => lastStatus === 'DEACTIVATING'));
      await kit.admin('DELETE', `scenarios/${name}`);
      await eventually(async () => (await kit.describe(service)).status === 'INACTIVE', 'the old tasks to go');
    } finally {
      kit.close();
      await cloud.stop();
    }
  });
});
