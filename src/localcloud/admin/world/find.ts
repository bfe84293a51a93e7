/** Finds what events and scenarios are about, through the calls anybody has. */
import type { Params } from '../../engine/contract.ts';
import type { Hand } from '../hand.ts';
import { AdminError } from '../route.ts';

export const CLUSTER = 'crims';

const nameOf = (arn: string): string => arn.split('/').at(-1) ?? arn;

/** Follows `nextToken` to the end. */
const listAll = async (hand: Hand, operation: string, params: Params, member: string): Promise<string[]> => {
  const all: string[] = [];
  let nextToken: string | undefined;
  do {
    const page = await hand.look('ecs', operation, { ...params, ...(nextToken === undefined ? {} : { nextToken }) });
    all.push(...(page[member] as string[]));
    nextToken = page.nextToken as string | undefined;
  } while (nextToken !== undefined);
  return all;
};

const serviceNames = async (hand: Hand, cluster: string): Promise<string[]> =>
  (await listAll(hand, 'ListServices', { cluster }, 'serviceArns')).map(nameOf);

/** Undefined when it is not there or INACTIVE. */
const tryService = async (hand: Hand, cluster: string, name: string): Promise<Params | undefined> => {
  const { services } = await hand.look('ecs', 'DescribeServices', { cluster, services: [name], include: ['TAGS'] });
  const [service] = services as Params[];
  return service === undefined || service.status === 'INACTIVE' ? undefined : service;
};

/**
 * A service by its name, or by the name its incarnations share: `shop` finds the newest `shop-1466583476`.
 * @throws AdminError 404
 */
export const findService = async (hand: Hand, cluster: string, name: string): Promise<Params> => {
  const exact = await tryService(hand, cluster, name);
  if (exact !== undefined) return exact;
  const isIncarnation = (one: string): boolean =>
    one.startsWith(`${name}-`) && /^\d+$/.test(one.slice(name.length + 1));
  const newest = (await serviceNames(hand, cluster)).filter(isIncarnation).toSorted().at(-1);
  const found = newest === undefined ? undefined : await tryService(hand, cluster, newest);
  if (found !== undefined) return found;
  throw new AdminError(404, `there is no service ${name} in the cluster ${cluster}`);
};

/** @throws AdminError 409 when the service has none */
export const balancerOf = (service: Params): string => {
  const [balancer] = (service.loadBalancers ?? []) as Params[];
  if (balancer?.loadBalancerName !== undefined) return String(balancer.loadBalancerName);
  throw new AdminError(409, `the service ${String(service.serviceName)} has no load balancer`);
};

/** @throws AdminError 404 in the words of the service when there is none */
export const findBalancer = async (hand: Hand, name: string): Promise<Params> => {
  const answer = await hand.look('elasticloadbalancing', 'DescribeLoadBalancers', { LoadBalancerNames: [name] });
  return (answer.LoadBalancerDescriptions as Params[])[0] ?? {};
};

export const findDefinition = async (hand: Hand, taskDefinition: string): Promise<Params> =>
  (await hand.look('ecs', 'DescribeTaskDefinition', { taskDefinition })).taskDefinition as Params;

/** Tasks of a service that are to run. */
export const tasksOf = async (hand: Hand, cluster: string, serviceName: string): Promise<Params[]> => {
  const tasks = await listAll(hand, 'ListTasks', { cluster, serviceName }, 'taskArns');
  return describeTasks(hand, cluster, tasks);
};

/** Tasks that have stopped, or are about to. */
export const stoppedTasksOf = async (hand: Hand, cluster: string, serviceName: string): Promise<Params[]> => {
  const tasks = await listAll(hand, 'ListTasks', { cluster, serviceName, desiredStatus: 'STOPPED' }, 'taskArns');
  return describeTasks(hand, cluster, tasks);
};

const describeTasks = async (hand: Hand, cluster: string, arns: string[]): Promise<Params[]> => {
  const tasks: Params[] = [];
  for (let at = 0; at < arns.length; at += 100) {
    const answer = await hand.look('ecs', 'DescribeTasks', { cluster, tasks: arns.slice(at, at + 100) });
    tasks.push(...(answer.tasks as Params[]));
  }
  return tasks;
};

/** ACTIVE and DRAINING ones. */
export const containerInstances = async (hand: Hand, cluster: string): Promise<Params[]> => {
  const arns = await listAll(hand, 'ListContainerInstances', { cluster }, 'containerInstanceArns');
  const instances: Params[] = [];
  for (let at = 0; at < arns.length; at += 100) {
    const asked = { cluster, containerInstances: arns.slice(at, at + 100) };
    const answer = await hand.look('ecs', 'DescribeContainerInstances', asked);
    instances.push(...(answer.containerInstances as Params[]));
  }
  return instances;
};

/** CPU units, MiB, or used ports of an instance. */
export const remaining = (instance: Params, name: 'CPU' | 'MEMORY'): number => {
  const resource = (instance.remainingResources as Params[]).find((one) => one.name === name);
  return Number(resource?.integerValue ?? 0);
};
export const usedPorts = (instance: Params): number[] => {
  const resource = (instance.remainingResources as Params[]).find(({ name }) => name === 'PORTS');
  return ((resource?.stringSetValue ?? []) as string[]).map(Number);
};
export const zoneOf = (instance: Params): string => {
  const zone = (instance.attributes as Params[]).find(({ name }) => name === 'ecs.availability-zone');
  return String(zone?.value ?? '');
};
