/** The service a scenario makes when it is given none: behind a load balancer of its own, with a host port of its own. */
import { containerInstances, usedPorts } from '../admin/world/find.ts';
import { registerCopy } from '../admin/world/changes.ts';
import type { Surroundings } from '../admin/world/event.ts';
import type { Params } from '../engine/contract.ts';
import type { OwnService, StageHands } from './scenario.ts';

/** How the journal calls what scenarios do as a deployer would. */
export const DEPLOYER = 'scenario';
const FIRST_PORT = 20_000;
const CONTAINER = 'app';
const CONTAINER_PORT = 80;

/** No instance has it, and no balancer sends there. */
const freePort = async ({ hand }: Surroundings, cluster: string): Promise<number> => {
  const instances = await containerInstances(hand, cluster);
  const { LoadBalancerDescriptions } = await hand.look('elasticloadbalancing', 'DescribeLoadBalancers', {});
  const listeners = (LoadBalancerDescriptions as Params[]).flatMap((one) => one.ListenerDescriptions as Params[]);
  const taken = new Set([
    ...instances.flatMap(usedPorts),
    ...listeners.map(({ Listener }) => Number((Listener as Params).InstancePort)),
  ]);
  let port = FIRST_PORT;
  while (taken.has(port)) port += 1;
  return port;
};

/** Zones of the cluster's machines. */
const zonesOf = ({ world }: Surroundings): string[] =>
  [...new Set(world.machines.list().map(({ availabilityZone }) => availabilityZone))].toSorted();

const makeBalancer = async (hands: StageHands, port: number): Promise<void> => {
  const { hand, run } = hands;
  const act = (operation: string, params: Params) =>
    hand.act('elasticloadbalancing', operation, { LoadBalancerName: run.service, ...params }, DEPLOYER);
  const Listener = { Protocol: 'HTTP', LoadBalancerPort: 80, InstanceProtocol: 'HTTP', InstancePort: port };
  await act('CreateLoadBalancer', { Listeners: [Listener], AvailabilityZones: zonesOf(hands) });
  hands.undoBy('delete-load-balancer', { loadBalancer: run.service });
  const times = { Interval: 10, Timeout: 5, HealthyThreshold: 2, UnhealthyThreshold: 2 };
  await act('ConfigureHealthCheck', { HealthCheck: { Target: `HTTP:${port}/health`, ...times } });
  const ConnectionDraining = { Enabled: true, Timeout: 180 };
  const LoadBalancerAttributes = { ConnectionDraining, CrossZoneLoadBalancing: { Enabled: true } };
  await act('ModifyLoadBalancerAttributes', { LoadBalancerAttributes });
};

export const makeService = async (hands: StageHands, own: OwnService): Promise<void> => {
  const { hand, run } = hands;
  const port = await freePort(hands, run.cluster);
  await makeBalancer(hands, port);
  const container = {
    name: CONTAINER,
    image: 'registry.example.com/app:v1',
    cpu: 32,
    memory: own.memory,
    essential: true,
    portMappings: [{ containerPort: CONTAINER_PORT, hostPort: port }],
  };
  const revision = { family: `service-${run.service}`, containerDefinitions: [container] };
  const registered = await hand.act('ecs', 'RegisterTaskDefinition', revision, DEPLOYER);
  const taskDefinition = String((registered.taskDefinition as Params).taskDefinitionArn);
  hands.undoBy('deregister-revision', { taskDefinition });
  await hand.act(
    'ecs',
    'CreateService',
    {
      cluster: run.cluster,
      serviceName: run.service,
      taskDefinition,
      desiredCount: own.tasks,
      healthCheckGracePeriodSeconds: own.graceSeconds,
      deploymentConfiguration: { minimumHealthyPercent: own.minimumHealthyPercent, maximumPercent: 200 },
      loadBalancers: [{ loadBalancerName: run.service, containerName: CONTAINER, containerPort: CONTAINER_PORT }],
    },
    DEPLOYER,
  );
  hands.undoBy('delete-service', { service: run.service, cluster: run.cluster });
};

/** `v1.0.3` → `v1.0.3-next`: an image of the same repository that behaves like its tag without the ending. */
const nextImage = ({ images }: Surroundings, image: string): string => {
  const name = images.parse(image);
  const tag = name?.tag ?? 'v1';
  const [path = ''] = image.split('@');
  return `${path.replace(/:[\w][\w.-]*$/, '')}:${tag}-next`;
};

/** Registers a revision with another image and updates the service, as a deployer does. */
export const deployNext = async (hands: StageHands, more: Params = {}): Promise<void> => {
  const { hand, run } = hands;
  const before = String((await hands.service()).taskDefinition);
  const answer = await hand.look('ecs', 'DescribeTaskDefinition', { taskDefinition: before });
  const [first] = (answer.taskDefinition as Params).containerDefinitions as Params[];
  const taskDefinition = await registerCopy(hand, before, nextImage(hands, String(first?.image)), DEPLOYER);
  if (run.isOwn) run.undo.unshift({ event: 'deregister-revision', with: { taskDefinition } });
  const params = { cluster: run.cluster, service: run.service, taskDefinition, ...more };
  await hand.act('ecs', 'UpdateService', params, DEPLOYER);
};
