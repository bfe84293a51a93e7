import { tasksOf } from '../admin/world/find.ts';
import { containerInstances } from '../admin/world/find.ts';
import type { Params } from '../engine/contract.ts';
import { NOT_YET, OWN, stoppedWith, type Scenario } from './scenario.ts';

export const instanceTerminated: Scenario = {
  number: 17,
  name: 'instance-terminated',
  title: 'An instance is terminated in the middle of a deployment',
  aws: 'Its tasks stop at once, the container instance leaves the cluster, and the scheduler starts others where there is room. That is no fault of the release: the stopped task says so.',
  seen: [
    'Stopped tasks: "Host EC2 (instance i-…) terminated."',
    'One container instance fewer, until the Auto Scaling group has made another.',
  ],
  undone: 'Nothing brings the instance back; its Auto Scaling group makes another.',
  own: OWN,
  steps: [
    {
      what: 'As soon as a new task runs, its instance is terminated.',
      when: 'deployment',
      afterSeconds: 5,
      do: async (hands) => {
        const { serviceName, deployments } = await hands.service();
        const primary = (deployments as Params[]).find(({ status }) => status === 'PRIMARY');
        const tasks = await tasksOf(hands.hand, hands.run.cluster, String(serviceName));
        const task = tasks.find(({ startedBy, lastStatus }) => startedBy === primary?.id && lastStatus === 'RUNNING');
        if (task === undefined) return NOT_YET;
        const instances = await containerInstances(hands.hand, hands.run.cluster);
        const host = instances.find((one) => one.containerInstanceArn === task.containerInstanceArn);
        if (host === undefined) return NOT_YET;
        hands.run.facts.instanceId = String(host.ec2InstanceId);
        await hands.happen('terminate-instance', { instanceId: String(host.ec2InstanceId) });
      },
    },
  ],
  signs: [
    stoppedWith('a new task is lost with its instance', /^Host EC2 \(instance i-[0-9a-f]+\) terminated/),
    {
      what: 'the instance has left the cluster',
      isShown: async ({ hands, run }) =>
        run.facts.instanceId !== undefined &&
        !(await containerInstances(hands.hand, run.cluster)).some(
          ({ ec2InstanceId }) => ec2InstanceId === run.facts.instanceId,
        ),
    },
  ],
};
