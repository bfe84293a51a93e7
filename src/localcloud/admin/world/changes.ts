/** Things that somebody else changes. */
import type { Params } from '../../engine/contract.ts';
import type { Hand } from '../hand.ts';
import { AdminError } from '../route.ts';
import { happening, worldEvent } from './event.ts';
import { CLUSTER, containerInstances, findBalancer, findDefinition, findService } from './find.ts';

const SERVICE = {
  service: { type: 'text', what: 'ECS service, or the name its incarnations share' },
  cluster: { type: 'text', what: CLUSTER, isOptional: true },
} as const;
const BALANCER_ZONE = {
  loadBalancer: { type: 'text', what: 'name of the load balancer' },
  zone: { type: 'text', what: 'availability zone, as eu-west-1a' },
} as const;

/** Members of a revision that RegisterTaskDefinition takes. */
const REGISTERED = [
  'family',
  'taskRoleArn',
  'executionRoleArn',
  'networkMode',
  'containerDefinitions',
  'volumes',
  'placementConstraints',
  'requiresCompatibilities',
  'cpu',
  'memory',
] as const;

/** Registers the same revision with another image in its first container; answers the ARN. */
export const registerCopy = async (
  hand: Hand,
  taskDefinition: string,
  image: string,
  principal?: string,
): Promise<string> => {
  const definition = await findDefinition(hand, taskDefinition);
  const kept = Object.fromEntries(
    REGISTERED.flatMap((name) => (definition[name] === undefined ? [] : [[name, definition[name] as unknown]])),
  );
  const [first, ...others] = definition.containerDefinitions as Params[];
  const params = { ...kept, containerDefinitions: [{ ...first, image }, ...others] };
  const answer = await hand.act('ecs', 'RegisterTaskDefinition', params, principal);
  return String((answer.taskDefinition as Params).taskDefinitionArn);
};

/** Subnets of a zone; empty for a balancer without subnets. */
const subnetsIn = async (hand: Hand, zone: string): Promise<string[]> => {
  const Filters = [{ Name: 'availability-zone', Values: [zone] }];
  const { Subnets } = await hand.look('ec2', 'DescribeSubnets', { Filters });
  return (Subnets as Params[]).map(({ SubnetId }) => String(SubnetId));
};

const turnZone = async (hand: Hand, name: string, zone: string, isOn: boolean): Promise<void> => {
  const { Subnets = [] } = await findBalancer(hand, name);
  const attached = Subnets as string[];
  if (attached.length === 0) {
    const operation = isOn ? 'EnableAvailabilityZonesForLoadBalancer' : 'DisableAvailabilityZonesForLoadBalancer';
    await hand.act('elasticloadbalancing', operation, { LoadBalancerName: name, AvailabilityZones: [zone] });
    return;
  }
  const inZone = await subnetsIn(hand, zone);
  const chosen = isOn ? inZone.slice(0, 1) : inZone.filter((subnet) => attached.includes(subnet));
  if (chosen.length === 0) throw new AdminError(404, `there is no subnet in ${zone} that could be meant`);
  const operation = isOn ? 'AttachLoadBalancerToSubnets' : 'DetachLoadBalancerFromSubnets';
  await hand.act('elasticloadbalancing', operation, { LoadBalancerName: name, Subnets: chosen });
};

export const changeEvents = [
  worldEvent({
    name: 'change-desired-count',
    what: 'Somebody, or an autoscaler, changes how many tasks a service is to have.',
    members: { ...SERVICE, desiredCount: { type: 'number', what: 'tasks' } },
    run: async ({ service, cluster = CLUSTER, desiredCount }, { hand }) => {
      const { serviceName, desiredCount: before } = await findService(hand, cluster, service);
      await hand.act('ecs', 'UpdateService', { cluster, service: serviceName as string, desiredCount });
      const back = { service: serviceName as string, cluster, desiredCount: Number(before) };
      return {
        did: `${String(serviceName)} is to have ${desiredCount} tasks instead of ${String(before)}`,
        undo: [happening('change-desired-count', back)],
      };
    },
  }),
  worldEvent({
    name: 'flap-desired-count',
    what: 'Two autoscalers fight: the number of tasks goes up by one and down again, on and on.',
    members: { ...SERVICE, everySeconds: { type: 'number', least: 1, what: 'cloud seconds' } },
    run: async ({ service, cluster = CLUSTER, everySeconds }, { hand, recurring, world }) => {
      const { serviceName, desiredCount } = await findService(hand, cluster, service);
      const name = String(serviceName);
      const room = (await containerInstances(hand, cluster)).filter(({ status }) => status === 'ACTIVE').length;
      const desired = Number(desiredCount);
      const counts = [room > desired ? desired + 1 : Math.max(0, desired - 1), desired];
      const { account } = world.engine;
      await recurring.begin({ account, kind: 'count-flap', subject: name, cluster, everySeconds, counts });
      const undo = [
        happening('stop-flapping-count', { service: name }),
        happening('change-desired-count', { service: name, cluster, desiredCount: desired }),
      ];
      return { did: `${name} is to have ${counts.join(', ')}, … tasks`, undo };
    },
  }),
  worldEvent({
    name: 'stop-flapping-count',
    what: 'They have made peace.',
    members: { service: SERVICE.service },
    run: ({ service }, { recurring, world }) => {
      if (!recurring.end(world.engine.account, 'count-flap', service))
        throw new AdminError(404, `nobody flaps the desired count of ${service}`);
      return { did: `the desired count of ${service} stays` };
    },
  }),
  worldEvent({
    name: 'change-grace-period',
    what: 'Somebody changes how long ECS passes over failing health checks after the start of a task.',
    members: { ...SERVICE, seconds: { type: 'number', what: 'cloud seconds' } },
    run: async ({ service, cluster = CLUSTER, seconds }, { hand }) => {
      const { serviceName, healthCheckGracePeriodSeconds: before = 0 } = await findService(hand, cluster, service);
      const change = { cluster, service: serviceName as string, healthCheckGracePeriodSeconds: seconds };
      await hand.act('ecs', 'UpdateService', change);
      const back = { service: serviceName as string, cluster, seconds: Number(before) };
      return {
        did: `the grace period of ${String(serviceName)} is ${seconds} s`,
        undo: [happening('change-grace-period', back)],
      };
    },
  }),
  worldEvent({
    name: 'update-service',
    what: 'Somebody else rolls a service: to another image, to another revision, or anew as it is.',
    members: {
      ...SERVICE,
      image: { type: 'text', what: 'a new revision with this image', isOptional: true },
      taskDefinition: { type: 'text', what: 'this revision', isOptional: true },
    },
    run: async ({ service, cluster = CLUSTER, image, taskDefinition }, { hand }) => {
      const { serviceName, taskDefinition: before } = await findService(hand, cluster, service);
      const wanted = image === undefined ? taskDefinition : await registerCopy(hand, String(before), image);
      const change = wanted === undefined ? { forceNewDeployment: true } : { taskDefinition: wanted };
      await hand.act('ecs', 'UpdateService', { cluster, service: serviceName as string, ...change });
      const back = { service: serviceName as string, cluster, taskDefinition: String(before) };
      return {
        did: `rolled ${String(serviceName)} to ${wanted ?? 'the same revision'}`,
        ...(wanted === undefined ? {} : { undo: [happening('update-service', back)] }),
      };
    },
  }),
  worldEvent({
    name: 'disable-zone',
    what: 'A load balancer loses a zone (its subnet, if it has subnets): instances there never come into service.',
    members: BALANCER_ZONE,
    run: async ({ loadBalancer, zone }, { hand }) => {
      await turnZone(hand, loadBalancer, zone, false);
      return { did: `disabled ${zone} at ${loadBalancer}`, undo: [happening('enable-zone', { loadBalancer, zone })] };
    },
  }),
  worldEvent({
    name: 'enable-zone',
    what: 'It has the zone again.',
    members: BALANCER_ZONE,
    run: async ({ loadBalancer, zone }, { hand }) => {
      await turnZone(hand, loadBalancer, zone, true);
      return { did: `enabled ${zone} at ${loadBalancer}` };
    },
  }),
  worldEvent({
    name: 'change-health-check',
    what: 'Somebody points the health check of a load balancer elsewhere.',
    members: {
      loadBalancer: { type: 'text', what: 'its name' },
      target: { type: 'text', what: 'as HTTP:11000/health' },
    },
    run: async ({ loadBalancer, target }, { hand }) => {
      const HealthCheck = (await findBalancer(hand, loadBalancer)).HealthCheck as Params;
      const change = { LoadBalancerName: loadBalancer, HealthCheck: { ...HealthCheck, Target: target } };
      await hand.act('elasticloadbalancing', 'ConfigureHealthCheck', change);
      const back = { loadBalancer, target: String(HealthCheck.Target) };
      return { did: `${loadBalancer} checks ${target}`, undo: [happening('change-health-check', back)] };
    },
  }),
  worldEvent({
    name: 'hold-requests',
    what: 'Clients hold requests open through a load balancer, ten minutes each, and come back when one ends.',
    members: {
      loadBalancer: { type: 'text', what: 'its name' },
      count: { type: 'number', least: 1, most: 100, what: 'requests' },
    },
    run: async ({ loadBalancer, count }, { hand, recurring, world }) => {
      await findBalancer(hand, loadBalancer);
      const { account } = world.engine;
      await recurring.begin({
        account,
        kind: 'held-requests',
        subject: loadBalancer,
        everySeconds: 5,
        counts: [count],
      });
      const undo = [happening('release-requests', { loadBalancer })];
      return { did: `${count} requests are held open through ${loadBalancer}`, undo };
    },
  }),
  worldEvent({
    name: 'release-requests',
    what: 'They let go.',
    members: { loadBalancer: { type: 'text', what: 'its name' } },
    run: ({ loadBalancer }, { recurring, world }) => {
      if (!recurring.end(world.engine.account, 'held-requests', loadBalancer))
        throw new AdminError(404, `nobody holds requests through ${loadBalancer}`);
      return { did: `no requests are held through ${loadBalancer}` };
    },
  }),
  worldEvent({
    name: 'change-draining',
    what: 'Somebody changes how long a load balancer lets connections drain.',
    members: {
      loadBalancer: { type: 'text', what: 'its name' },
      seconds: { type: 'number', most: 3600, what: '1 to 3600; 0 turns it off' },
    },
    run: async ({ loadBalancer, seconds }, { hand }) => {
      const name = { LoadBalancerName: loadBalancer };
      const answer = await hand.look('elasticloadbalancing', 'DescribeLoadBalancerAttributes', name);
      const before = (answer.LoadBalancerAttributes as Params).ConnectionDraining as Params;
      const ConnectionDraining = seconds === 0 ? { Enabled: false } : { Enabled: true, Timeout: seconds };
      const change = { ...name, LoadBalancerAttributes: { ConnectionDraining } };
      await hand.act('elasticloadbalancing', 'ModifyLoadBalancerAttributes', change);
      const back = { loadBalancer, seconds: before.Enabled === true ? Number(before.Timeout) : 0 };
      return { did: `${loadBalancer} drains for ${seconds} s`, undo: [happening('change-draining', back)] };
    },
  }),
];
