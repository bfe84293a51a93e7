import { containerInstances, remaining } from '../admin/world/find.ts';
import type { Params } from '../engine/contract.ts';
import { memoryOf, runStrangers } from './pieces.ts';
import { event, OWN, type Scenario, type StageHands } from './scenario.ts';

const free = async ({ hand, run }: StageHands): Promise<Params[]> => {
  const active = (await containerInstances(hand, run.cluster)).filter(({ status }) => status === 'ACTIVE');
  return active.toSorted((a, b) => remaining(b, 'MEMORY') - remaining(a, 'MEMORY'));
};

export const fragmentedMemory: Scenario = {
  number: 2,
  name: 'fragmented-memory',
  title: 'Memory is enough in all, and nowhere in one piece',
  aws: 'A task is placed on one instance. What is free on all of them together does not count: the sums that the cluster reports look fine, and nothing can be placed.',
  seen: [
    '(service S) was unable to place a task because no container instance met all of its requirements. The closest matching (container-instance C) has insufficient memory available. For more information, see the Troubleshooting section of the Amazon ECS Developer Guide.',
    'The remaining MEMORY of all container instances is more than a task needs.',
  ],
  undone: 'The tasks that fill the instances are stopped.',
  own: { ...OWN, minimumHealthyPercent: 100, memory: 2000 },
  steps: [
    {
      what: 'Tasks of somebody else fill every instance, until half of what a task needs is left on each.',
      when: 'beginning',
      do: async (hands) => {
        const need = await memoryOf(hands);
        let [roomiest] = await free(hands);
        for (let n = 1; roomiest !== undefined && remaining(roomiest, 'MEMORY') >= need; n += 1) {
          const memory = remaining(roomiest, 'MEMORY') - Math.floor(need / 2);
          await runStrangers(hands, { family: `stranger-memory-${n}`, memory, count: 1 });
          [roomiest] = await free(hands);
        }
        const left = (await free(hands)).map((instance) => remaining(instance, 'MEMORY'));
        hands.run.facts.need = need;
        hands.run.facts.left = left.reduce((sum, one) => sum + one, 0);
      },
    },
  ],
  signs: [
    event('no instance has the memory', 'has insufficient memory available'),
    { what: 'all of them together have it', isShown: ({ run }) => Number(run.facts.left) >= Number(run.facts.need) },
  ],
};
