import { findService, stoppedTasksOf, tasksOf } from '../admin/world/find.ts';
import type { Surroundings } from '../admin/world/event.ts';
import type { Params } from '../engine/contract.ts';
import { millisecondsOf, type Run, type View } from './scenario.ts';

const healthAt = async ({ hand }: Surroundings, service: Params): Promise<Params[]> => {
  const [balancer] = (service.loadBalancers ?? []) as Params[];
  const name: unknown = balancer?.loadBalancerName;
  if (name === undefined) return [];
  const { LoadBalancerDescriptions } = await hand.look('elasticloadbalancing', 'DescribeLoadBalancers', {});
  // Somebody may have deleted it.
  if (!(LoadBalancerDescriptions as Params[]).some(({ LoadBalancerName }) => LoadBalancerName === name)) return [];
  const answer = await hand.look('elasticloadbalancing', 'DescribeInstanceHealth', { LoadBalancerName: name });
  return answer.InstanceStates as Params[];
};

/** A deleted service is still described for a while. */
const describeService = async ({ hand }: Surroundings, { cluster, service, deployed }: Run): Promise<Params> => {
  const name = deployed ?? service;
  const { services } = await hand.look('ecs', 'DescribeServices', { cluster, services: [name] });
  return (services as Params[])[0] ?? findService(hand, cluster, name);
};

/** Looks at everything a sign may be about. */
export const look = async (run: Run, hands: Surroundings): Promise<View> => {
  const service = await describeService(hands, run);
  const name = String(service.serviceName);
  const window = ((service.events ?? []) as Params[])
    .map(({ createdAt, message }) => ({
      at: millisecondsOf(createdAt),
      message: String(message).replace(`(service ${name}) `, ''),
    }))
    .reverse();
  const all = [
    ...(await tasksOf(hands.hand, run.cluster, name)),
    ...(await stoppedTasksOf(hands.hand, run.cluster, name)),
  ];
  return {
    run,
    service,
    primary: ((service.deployments ?? []) as Params[]).find(({ status }) => status === 'PRIMARY'),
    events: window.filter(({ at }) => at >= run.startedAt).map(({ message }) => message),
    window,
    tasks: all.filter(({ lastStatus }) => lastStatus !== 'STOPPED'),
    stopped: all.filter(
      ({ lastStatus, stoppedAt }) => lastStatus === 'STOPPED' && millisecondsOf(stoppedAt) >= run.startedAt,
    ),
    health: await healthAt(hands, service),
    hands,
  };
};
