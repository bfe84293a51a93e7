import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { Params } from '../../src/localcloud/engine/contract.ts';
import type { Service, Task } from '../../src/localcloud/services/ecs/model.ts';
import { limitsOf } from '../../src/localcloud/services/ecs/rollout.ts';
import { startEcs, type Ecs } from './support/ecs-alone.ts';

const isFull = process.env.WL_TEST_FULL === '1';

const CALLS = ['create', 'create', 'deploy', 'deploy', 'scale', 'percentages', 'delete', 'run', 'stop'] as const;
const INSTANCES = ['drain', 'activate', 'deregister', 'register'] as const;
const WORLD = ['crash', 'stop machine', 'start machine', 'terminate', 'disconnect', 'connect'] as const;
const kinds = [...CALLS, ...INSTANCES, ...WORLD, ...Array.from({ length: 9 }, () => 'wait' as const)];

/** What may happen, to the services and to the world around them; each kind takes of it what it needs. */
const anyEvent = fc.record({
  kind: fc.constantFrom(...kinds),
  name: fc.constantFrom('a', 'b', 'c'),
  pick: fc.nat(50),
  desired: fc.nat(5),
  tag: fc.constantFrom('v1', 'v2', 'v3-crash20', 'missing', 'v4-never'),
  cpu: fc.constantFrom(64, 512, 1024),
  memory: fc.constantFrom(128, 3000),
  hostPort: fc.constantFrom(0, 11_000, 11_001),
  percentages: fc.record({
    minimumHealthyPercent: fc.constantFrom(0, 34, 50, 100),
    maximumPercent: fc.constantFrom(100, 150, 200),
  }),
  strategy: fc.constantFrom<Params[]>([], [{ type: 'random' }], [{ type: 'binpack', field: 'memory' }]),
  isBalanced: fc.boolean(),
  seconds: fc.integer({ min: 1, max: 60 }),
});
type Event = typeof anyEvent extends fc.Arbitrary<infer T> ? T : never;

const isLive = ({ lastStatus }: Task): boolean => lastStatus !== 'STOPPED';
const isHealthy = ({ lastStatus, desiredStatus, wasHealthy }: Task): boolean =>
  lastStatus === 'RUNNING' && desiredStatus === 'RUNNING' && wasHealthy;

const register = async (ecs: Ecs, event: Pick<Event, 'tag' | 'cpu' | 'memory' | 'hostPort'>): Promise<string> => {
  const { tag, cpu, memory, hostPort } = event;
  const portMappings = [{ containerPort: 80, hostPort }];
  const containerDefinitions = [{ name: 'web', image: `web:${tag}`, cpu, memory, portMappings }];
  const { taskDefinition } = await ecs.call('RegisterTaskDefinition', { family: 'web', containerDefinitions });
  return String(taskDefinition.taskDefinitionArn);
};

/** What is refused is refused: only that the cloud does not fail matters here. */
const attempt = async (call: Promise<unknown>): Promise<void> => {
  await call.catch((error: { status?: number; message: string }) => assert.equal(error.status, 400, error.message));
};

const happen = async (ecs: Ecs, event: Event): Promise<void> => {
  const { kind, name, pick, desired } = event;
  const { tasks, instances } = ecs.state();
  const live = tasks.filter(isLive);
  const task = live[pick % Math.max(1, live.length)];
  const instance = instances[pick % instances.length];
  const machineId = ecs.machineIds[pick % ecs.machineIds.length] ?? '';
  const setState = (status: string) =>
    ecs.call('UpdateContainerInstancesState', { containerInstances: [instance?.arn], status });
  const update = (more: Params) => ecs.call('UpdateService', { service: name, ...more });
  const create = async (): Promise<unknown> => {
    const balancer = { loadBalancerName: name, containerName: 'web', containerPort: 80 };
    return ecs.call('CreateService', {
      serviceName: name,
      taskDefinition: await register(ecs, event),
      desiredCount: desired,
      deploymentConfiguration: event.percentages,
      placementStrategy: event.strategy,
      ...(event.isBalanced && { loadBalancers: [balancer] }),
    });
  };
  const acts: Record<Event['kind'], () => unknown> = {
    create: () => attempt(create()),
    deploy: async () => attempt(update({ taskDefinition: await register(ecs, event) })),
    scale: () => attempt(update({ desiredCount: desired })),
    percentages: () => attempt(update({ deploymentConfiguration: event.percentages })),
    delete: () => attempt(ecs.call('DeleteService', { service: name, force: true })),
    run: async () =>
      attempt(ecs.call('RunTask', { taskDefinition: await register(ecs, event), count: 1 + (pick % 4) })),
    stop: () => task && attempt(ecs.call('StopTask', { task: task.arn })),
    drain: () => attempt(setState('DRAINING')),
    activate: () => attempt(setState('ACTIVE')),
    deregister: () =>
      attempt(ecs.call('DeregisterContainerInstance', { containerInstance: instance?.arn, force: true })),
    register: () =>
      attempt(
        ecs.call('RegisterContainerInstance', {
          instanceIdentityDocument: JSON.stringify({ instanceId: machineId }),
        }),
      ),
    crash: () => task && ecs.ecs.crash(task.arn, 1),
    'stop machine': () => ecs.setMachine(machineId, 'stopped'),
    'start machine': () => ecs.setMachine(machineId, 'running'),
    terminate: () => ecs.setMachine(machineId, 'terminated'),
    disconnect: () => ecs.ecs.setAgentConnected(machineId, false),
    connect: () => ecs.ecs.setAgentConnected(machineId, true),
    wait: () => undefined,
  };
  await acts[kind]();
};

/** No instance gives more than it has, and no port twice. */
const checkRoom = async (ecs: Ecs): Promise<void> => {
  const { tasks, instances } = ecs.state();
  for (const instance of instances) {
    const here = tasks.filter((task) => isLive(task) && task.containerInstance === instance.arn);
    const cpu = here.reduce((total, task) => total + task.cpu, 0);
    const memory = here.reduce((total, task) => total + task.memory, 0);
    const ports = here.flatMap(({ containers }) =>
      containers.flatMap(({ bindings }) => bindings.map((b) => b.hostPort)),
    );
    assert.ok(cpu <= instance.cpu && memory <= instance.memory, `${instance.ec2InstanceId}: ${cpu} CPU, ${memory} MiB`);
    assert.equal(new Set([...ports, ...instance.reservedPorts]).size, ports.length + instance.reservedPorts.length);
    const { containerInstances } = await ecs.call('DescribeContainerInstances', { containerInstances: [instance.arn] });
    const [left] = containerInstances as { remainingResources: Params[] }[];
    const remaining = Object.fromEntries(
      (left?.remainingResources ?? []).map((one) => [one.name as string, one.integerValue as number]),
    );
    assert.deepEqual([remaining.CPU, remaining.MEMORY], [instance.cpu - cpu, instance.memory - memory]);
  }
};

/** The scheduler stopped no healthy task that the minimum needed. `before`: healthy tasks a moment ago. */
const checkMinimum = (service: Service, tasks: readonly Task[], before: ReadonlySet<Task>): void => {
  const mine = tasks.filter((task) => task.service === service.name);
  const stopped = [...before].filter(
    (task) =>
      task.service === service.name &&
      task.desiredStatus === 'STOPPED' &&
      task.stopCode === 'ServiceSchedulerInitiated',
  );
  if (stopped.length === 0 || service.status !== 'ACTIVE') return;
  const lost = [...before].filter(
    (task) => task.service === service.name && !isHealthy(task) && !stopped.includes(task),
  );
  const { lower } = limitsOf(service.desiredCount, service.deploymentConfiguration);
  const left = mine.filter(isHealthy).length + lost.length;
  assert.ok(left >= Math.min(lower, service.desiredCount), `${service.name}: ${left} of ${lower} were left`);
};

/** Lets time pass, second by second. */
const pass = async (ecs: Ecs, seconds: number): Promise<void> => {
  for (let i = 0; i < seconds; i += 1) {
    const before = new Set(ecs.state().tasks.filter(isHealthy));
    await ecs.advance(1);
    const { services, tasks } = ecs.state();
    for (const service of services) checkMinimum(service, tasks, before);
  }
};

describe('the ECS scheduler, whatever happens', function () {
  this.timeout(isFull ? 600_000 : 30_000);

  it('never gives what it does not have, nor takes what the minimum needs', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(anyEvent, { minLength: 10, maxLength: 40 }), fc.nat(), async (events, seed) => {
        const ecs = await startEcs({ seed });
        try {
          for (const event of events) {
            await happen(ecs, event);
            await pass(ecs, event.kind === 'wait' ? event.seconds : 1);
            await checkRoom(ecs);
          }
          assert.deepEqual(ecs.errors, []);
        } finally {
          await ecs.stop();
        }
      }),
      { numRuns: isFull ? 2000 : 15 },
    );
  });

  it('brings a healthy image out in a bounded number of looks wherever there is room', async () => {
    const anyRollout = fc.record({
      desired: fc.integer({ min: 1, max: 6 }),
      minimumHealthyPercent: fc.integer({ min: 0, max: 100 }),
      maximumPercent: fc.integer({ min: 100, max: 200 }),
      hostPort: fc.constantFrom(0, 11_000),
      isBalanced: fc.boolean(),
      strategy: fc.constantFrom<Params[]>([], [{ type: 'random' }], [{ type: 'binpack', field: 'cpu' }]),
      seed: fc.nat(),
    });
    await fc.assert(
      fc.asyncProperty(anyRollout, async ({ desired, seed, hostPort, isBalanced, strategy, ...percentages }) => {
        const { lower, upper } = limitsOf(desired, percentages);
        fc.pre(lower < desired || upper > desired);
        // A fixed host port needs an instance for each task of old and new together.
        fc.pre(!(isBalanced && hostPort === 0));
        const ecs = await startEcs({ seed, machines: 12 });
        const definition = (tag: Event['tag']) => register(ecs, { tag, cpu: 64, memory: 128, hostPort });
        const balancer = { loadBalancerName: 'a', containerName: 'web', containerPort: 80 };
        const created = {
          serviceName: 'a',
          desiredCount: desired,
          deploymentConfiguration: percentages,
          placementStrategy: strategy,
          ...(isBalanced && { loadBalancers: [balancer] }),
        };
        const isDone = (): boolean => ecs.state().services[0]?.steadySince !== undefined;
        const settle = async (what: string): Promise<void> => {
          const looks = 10 + 8 * desired;
          for (let i = 0; i < looks && !isDone(); i += 1) await pass(ecs, 10);
          assert.ok(isDone(), `${what} takes more than ${looks} looks`);
        };
        try {
          await ecs.call('CreateService', { ...created, taskDefinition: await definition('v1') });
          await settle('the creation');
          await ecs.call('UpdateService', { service: 'a', taskDefinition: await definition('v2') });
          await settle('the update');
          const running = ecs.state().tasks.filter(isLive);
          assert.equal(running.length, desired);
          assert.ok(running.every(({ taskDefinition }) => taskDefinition.endsWith('web:2')));
        } finally {
          await ecs.stop();
        }
      }),
      { numRuns: isFull ? 1000 : 12 },
    );
  });
});
