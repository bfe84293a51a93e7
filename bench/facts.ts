import { DescribeInstanceHealthCommand, type ElasticLoadBalancingClient } from '@aws-sdk/client-elastic-load-balancing';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Stack } from '../test/setup/stack.ts';

/** A task as the admin endpoint of the local cloud shows it. */
interface Fact {
  /** ECS service. */
  service: string;
  revision: number;
  lastStatus: string;
  /** EC2 instance. */
  instanceId: string;
}

export interface Wanted {
  /** ECS service and ELB alike. */
  incarnation: string;
  revision: number;
  scale: number;
}

const LOOK_EVERY_MILLISECONDS = 100;

/**
 * When a rollout was really done, by the cloud's own facts: all wanted tasks RUNNING with their instances InService,
 * and no other task that is not STOPPED. In milliseconds since the epoch; observed at most 0.1 s late.
 */
export async function reallyDone(stack: Stack, elb: ElasticLoadBalancingClient, wanted: Wanted): Promise<number> {
  const looks = factsOf(stack);
  for (;;) {
    const at = Date.now();
    const mine = (await looks()).filter((task) => task.service === wanted.incarnation && task.lastStatus !== 'STOPPED');
    const ours = mine.filter((task) => task.revision === wanted.revision && task.lastStatus === 'RUNNING');
    if (ours.length === wanted.scale && mine.length === wanted.scale && (await allServe(elb, wanted, ours))) return at;
    await sleep(LOOK_EVERY_MILLISECONDS);
  }
}

async function allServe(elb: ElasticLoadBalancingClient, { incarnation }: Wanted, tasks: Fact[]): Promise<boolean> {
  const { InstanceStates = [] } = await elb.send(new DescribeInstanceHealthCommand({ LoadBalancerName: incarnation }));
  return tasks.every((task) =>
    InstanceStates.some((s) => s.InstanceId === task.instanceId && s.State === 'InService' && s.Description === 'N/A'),
  );
}

let shared: { at: number; answer: Promise<Fact[]> } | undefined;

/** Rollouts that are watched side by side share one look. */
const factsOf = (stack: Stack) => (): Promise<Fact[]> => {
  if (shared === undefined || Date.now() - shared.at >= LOOK_EVERY_MILLISECONDS / 2) {
    const answer = stack.admin<{ tasks: Fact[] }>('GET', 'tasks').then(({ tasks }) => tasks);
    shared = { at: Date.now(), answer };
  }
  return shared.answer;
};
