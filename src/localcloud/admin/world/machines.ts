import { happening, worldEvent, type Surroundings } from './event.ts';
import { AdminError } from '../route.ts';

const INSTANCE = { instanceId: { type: 'text', what: 'EC2 instance id' } } as const;
const ZONE = { zone: { type: 'text', what: 'availability zone, as eu-west-1a' } } as const;

const act = ({ hand }: Surroundings, operation: string, instanceId: string) =>
  hand.act('ec2', operation, { InstanceIds: [instanceId] });

const setAgent = ({ world }: Surroundings, instanceId: string, isConnected: boolean): void => {
  if (!world.ecs.setAgentConnected(instanceId, isConnected))
    throw new AdminError(404, `there is no container instance on ${instanceId}`);
};

export const machineEvents = [
  worldEvent({
    name: 'terminate-instance',
    what: 'An instance is terminated; its Auto Scaling group makes another.',
    members: INSTANCE,
    run: async ({ instanceId }, surroundings) => {
      await act(surroundings, 'TerminateInstances', instanceId);
      return { did: `terminated ${instanceId}` };
    },
  }),
  worldEvent({
    name: 'stop-instance',
    what: 'An instance is stopped: its tasks are lost. An Auto Scaling group replaces it.',
    members: INSTANCE,
    run: async ({ instanceId }, surroundings) => {
      await act(surroundings, 'StopInstances', instanceId);
      return { did: `stopped ${instanceId}`, undo: [happening('start-instance', { instanceId })] };
    },
  }),
  worldEvent({
    name: 'start-instance',
    what: 'A stopped instance is started again.',
    members: INSTANCE,
    run: async ({ instanceId }, surroundings) => {
      await act(surroundings, 'StartInstances', instanceId);
      return { did: `started ${instanceId}` };
    },
  }),
  worldEvent({
    name: 'crash-instance',
    what: 'The hardware below an instance fails: it stops at once. An Auto Scaling group replaces it.',
    members: INSTANCE,
    run: ({ instanceId }, { world }) => {
      if (!world.machines.crash(instanceId)) throw new AdminError(409, `${instanceId} is no instance that runs`);
      return { did: `crashed ${instanceId}`, undo: [happening('start-instance', { instanceId })] };
    },
  }),
  worldEvent({
    name: 'disconnect-agent',
    what: 'The ECS agent of an instance loses its connection; what runs there runs on.',
    members: INSTANCE,
    run: ({ instanceId }, surroundings) => {
      setAgent(surroundings, instanceId, false);
      return { did: `disconnected the agent of ${instanceId}`, undo: [happening('reconnect-agent', { instanceId })] };
    },
  }),
  worldEvent({
    name: 'reconnect-agent',
    what: 'It is back.',
    members: INSTANCE,
    run: ({ instanceId }, surroundings) => {
      setAgent(surroundings, instanceId, true);
      return { did: `reconnected the agent of ${instanceId}` };
    },
  }),
  worldEvent({
    name: 'lose-zone',
    what: 'Every instance of a zone stops at once, and nothing can be launched there.',
    members: ZONE,
    run: ({ zone }, { world }) => {
      if (!world.machines.loseZone(zone)) throw new AdminError(404, `there is no zone ${zone}`);
      return { did: `lost ${zone}`, undo: [happening('restore-zone', { zone })] };
    },
  }),
  worldEvent({
    name: 'restore-zone',
    what: 'The zone can be used again; its instances stay stopped.',
    members: ZONE,
    run: ({ zone }, { world }) => {
      if (!world.machines.restoreZone(zone)) throw new AdminError(409, `${zone} is not lost`);
      return { did: `restored ${zone}` };
    },
  }),
];
