import type { Params } from '../../engine/contract.ts';
import { AGENT_VERSION } from './agent.ts';
import { seconds } from '../epoch.ts';
import { tagList } from './describe.ts';
import type { ContainerInstance } from './model.ts';
import type { Store } from './store.ts';

const number = (name: string, integerValue: number): Params => ({
  name,
  type: 'INTEGER',
  doubleValue: 0,
  longValue: 0,
  integerValue,
});
const set = (name: string, values: Iterable<number>): Params => ({
  name,
  type: 'STRINGSET',
  doubleValue: 0,
  longValue: 0,
  integerValue: 0,
  stringSetValue: [...values].map(String),
});

export const describeInstance = (store: Store, instance: ContainerInstance, withTags: boolean): Params => {
  const usage = store.usageOn(instance);
  const tasks = [...store.liveTasksOn(instance)];
  return {
    containerInstanceArn: instance.arn,
    ec2InstanceId: instance.ec2InstanceId,
    version: instance.version,
    versionInfo: { agentVersion: AGENT_VERSION, agentHash: '5f1e7f0b', dockerVersion: 'DockerVersion: 25.0.8' },
    // AWS names the ports that are taken, not those that remain.
    remainingResources: [
      number('CPU', instance.cpu - usage.cpu),
      number('MEMORY', instance.memory - usage.memory),
      set('PORTS', usage.ports),
      set('PORTS_UDP', usage.udpPorts),
    ],
    registeredResources: [
      number('CPU', instance.cpu),
      number('MEMORY', instance.memory),
      set('PORTS', instance.reservedPorts),
      set('PORTS_UDP', []),
    ],
    status: instance.status,
    agentConnected: instance.agentConnected,
    runningTasksCount: tasks.filter(({ lastStatus }) => lastStatus === 'RUNNING').length,
    pendingTasksCount: tasks.filter(({ lastStatus }) => lastStatus === 'PENDING').length,
    attributes: instance.attributes,
    registeredAt: seconds(instance.registeredAt),
    attachments: [],
    tags: withTags ? tagList(instance.tags) : [],
  };
};
