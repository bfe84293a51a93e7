/** What several scenarios do. */
import { findDefinition } from '../admin/world/find.ts';
import type { Params } from '../engine/contract.ts';
import type { StageHands } from './scenario.ts';

/** Containers of a revision. */
const containersOf = async (hands: StageHands, taskDefinition: unknown): Promise<Params[]> =>
  (await findDefinition(hands.hand, String(taskDefinition))).containerDefinitions as Params[];

/** Images of the revision that is being deployed. */
export const newImages = async (hands: StageHands): Promise<string[]> => {
  const { deployments } = await hands.service();
  const primary = (deployments as Params[]).find(({ status }) => status === 'PRIMARY');
  return (await containersOf(hands, primary?.taskDefinition)).map(({ image }) => String(image));
};

/** Scripts every image of the new revision. A deployment of the same image hits what runs already, too. */
export const scriptNewImages = async (hands: StageHands, behaviour: Record<string, unknown>): Promise<void> => {
  for (const image of await newImages(hands)) await hands.happen('script-image', { image, behaviour });
};

/** Fixed host ports that a task of the service takes. */
export const hostPortsOf = async (hands: StageHands): Promise<number[]> => {
  const containers = await containersOf(hands, (await hands.service()).taskDefinition);
  const mappings = containers.flatMap(({ portMappings }) => (portMappings ?? []) as Params[]);
  return mappings.map(({ hostPort }) => Number(hostPort ?? 0)).filter((port) => port !== 0);
};

/** MiB that a task of the service takes. */
export const memoryOf = async (hands: StageHands): Promise<number> => {
  const { memory, containerDefinitions } = await findDefinition(
    hands.hand,
    String((await hands.service()).taskDefinition),
  );
  if (memory !== undefined) return Number(memory);
  const each = (containerDefinitions as Params[]).map((one) => Number(one.memoryReservation ?? one.memory ?? 0));
  return each.reduce((sum, one) => sum + one, 0);
};

interface Stranger {
  family: string;
  memory: number;
  hostPort?: number;
  count: number;
}

/** Starts tasks that belong to somebody else; the end of the scenario stops them. */
export const runStrangers = async (hands: StageHands, { family, memory, hostPort, count }: Stranger): Promise<void> => {
  const { hand, run } = hands;
  const portMappings = hostPort === undefined ? [] : [{ containerPort: hostPort, hostPort }];
  const container = { name: 'stranger', image: 'worker:v1', cpu: 2, memory, essential: true, portMappings };
  const answer = await hand.act('ecs', 'RegisterTaskDefinition', { family, containerDefinitions: [container] });
  const taskDefinition = String((answer.taskDefinition as Params).taskDefinitionArn);
  hands.undoBy('deregister-revision', { taskDefinition });
  for (let left = count; left > 0; left -= 10) {
    const params = { cluster: run.cluster, taskDefinition, count: Math.min(10, left) };
    const started = await hand.act('ecs', 'RunTask', params);
    for (const { taskArn } of started.tasks as Params[]) hands.undoBy('stop-task', { taskArn: String(taskArn) });
  }
};
