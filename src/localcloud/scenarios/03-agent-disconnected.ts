import { containerInstances } from '../admin/world/find.ts';
import { event, OWN, type Scenario } from './scenario.ts';

export const agentDisconnected: Scenario = {
  number: 3,
  name: 'agent-disconnected',
  title: 'ECS agents are disconnected',
  aws: 'An instance whose agent has lost its connection takes no task. What runs there goes on running and serving, and ECS shows it as it last knew it.',
  seen: [
    '(service S) was unable to place a task because no container instance met all of its requirements. The closest matching (container-instance C) encountered error "AGENT". For more information, see the Troubleshooting section of the Amazon ECS Developer Guide.',
    'agentConnected is false for every container instance; their tasks are RUNNING.',
  ],
  undone: 'The agents connect again.',
  own: { ...OWN, minimumHealthyPercent: 100 },
  steps: [
    {
      what: 'The agents of all instances of the cluster disconnect.',
      when: 'beginning',
      do: async (hands) => {
        const instances = await containerInstances(hands.hand, hands.run.cluster);
        for (const { ec2InstanceId, agentConnected } of instances) {
          if (agentConnected === true) await hands.happen('disconnect-agent', { instanceId: String(ec2InstanceId) });
        }
      },
    },
  ],
  signs: [
    event('no agent takes a task', 'encountered error "AGENT"'),
    {
      what: 'agents are disconnected and the old tasks run',
      isShown: async ({ hands, run, service, tasks }) => {
        const instances = await containerInstances(hands.hand, run.cluster);
        const running = tasks.filter(({ lastStatus }) => lastStatus === 'RUNNING');
        return instances.every((one) => one.agentConnected === false) && running.length >= Number(service.desiredCount);
      },
    },
  ],
};
