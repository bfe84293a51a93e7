/** EC2, as far as the other services stand on it: the machines of the default cluster and their states. */
import { AwsError, type Machine, type Machines, type Operation, type Params } from '../engine/contract.ts';
import type { Engine, Parts } from '../registration.ts';
import { list, requiredText, texts } from './params.ts';

const DEFAULT_COUNT = 4;
const ZONES = ['eu-west-1a', 'eu-west-1b'] as const;
/** Cloud time from `stopping`, `shutting-down` or `pending` to the state after it. */
const TRANSITION_SECONDS = 10;

export const VPC_ID = 'vpc-0c1a55e5c1a55e500';

/** One subnet per zone. */
export const SUBNETS: Readonly<Record<string, string>> = {
  'subnet-0c1a55e5c1a55e50a': ZONES[0],
  'subnet-0c1a55e5c1a55e50b': ZONES[1],
};

const STATE_CODES: Record<Machine['state'], number> = {
  pending: 0,
  running: 16,
  'shutting-down': 32,
  terminated: 48,
  stopping: 64,
  stopped: 80,
};

interface StoredMachine extends Machine {
  launchedAt: number;
  tags: Record<string, string>;
}

/** The instances, their API, and what the state file keeps of them. */
export const createMachines = (engine: Engine): Parts & { machines: Machines } => {
  let stored: StoredMachine[] = [];
  const listeners: ((machine: Machine) => void)[] = [];
  const changed = (machine: StoredMachine): void => {
    for (const listener of listeners) listener(machine);
    engine.changed();
  };

  const launchDefaults = (): void => {
    stored = Array.from({ length: DEFAULT_COUNT }, (_, i) => ({
      instanceId: `i-${engine.random.hex(8)}`,
      instanceType: 'm5.large',
      availabilityZone: ZONES[i % ZONES.length]!,
      privateIpAddress: `10.0.${i % ZONES.length}.${10 + i}`,
      address: engine.network.allocate('instance'),
      state: 'running',
      launchedAt: engine.clock.now(),
      tags: { Name: `crims-${i + 1}`, 'aws:autoscaling:groupName': 'crims' },
    }));
  };

  const find = (instanceId: string): StoredMachine => {
    const machine = stored.find((candidate) => candidate.instanceId === instanceId);
    if (machine !== undefined) return machine;
    throw new AwsError('InvalidInstanceID.NotFound', `The instance ID '${instanceId}' does not exist`);
  };

  const settle = (machine: StoredMachine): void => {
    const after = { stopping: 'stopped', 'shutting-down': 'terminated', pending: 'running' } as const;
    const from = machine.state;
    if (!(from in after)) return;
    engine.clock.after(TRANSITION_SECONDS * 1000, () => {
      if (machine.state !== from) return;
      machine.state = after[from as keyof typeof after];
      changed(machine);
    });
  };

  /** StopInstances and its kin: `from` names the states the call changes; in all others it changes nothing. */
  const transition =
    (answer: string, to: Machine['state'], from: readonly Machine['state'][]): Operation =>
    (params) => ({
      [answer]: texts(params, 'InstanceIds')
        .map(find)
        .map((machine) => {
          const previous = machine.state;
          if (from.includes(previous)) machine.state = to;
          if (machine.state !== previous) {
            settle(machine);
            changed(machine);
          }
          return {
            InstanceId: machine.instanceId,
            CurrentState: describeState(machine.state),
            PreviousState: describeState(previous),
          };
        }),
    });

  const describeInstances: Operation = (params) => {
    const ids = texts(params, 'InstanceIds');
    const chosen = (ids.length > 0 ? ids.map(find) : stored).filter((machine) =>
      list(params, 'Filters').every((filter) => matches(machine, filter)),
    );
    const Reservations = chosen.map((machine) => ({
      ReservationId: `r-${machine.instanceId.slice(2)}`,
      OwnerId: engine.account,
      Groups: [],
      Instances: [describeInstance(machine)],
    }));
    return { Reservations };
  };

  const byInstance = (params: Params): string | undefined => texts(params, 'InstanceIds').join(',') || undefined;
  return {
    machines: {
      get: (instanceId) => stored.find((machine) => machine.instanceId === instanceId),
      list: () => [...stored],
      onState: (listener) => void listeners.push(listener),
    },
    services: [
      {
        scope: 'ec2',
        model: 'ec2',
        validationCode: 'InvalidParameterValue',
        missingCode: 'MissingParameter',
        throttlingCode: 'RequestLimitExceeded',
        internalCode: 'InternalError',
        operations: {
          DescribeInstances: { run: describeInstances, mutating: false, resource: byInstance },
          StartInstances: {
            run: transition('StartingInstances', 'pending', ['stopped']),
            mutating: true,
            resource: byInstance,
          },
          StopInstances: {
            run: transition('StoppingInstances', 'stopping', ['running', 'pending']),
            mutating: true,
            resource: byInstance,
          },
          TerminateInstances: {
            run: transition('TerminatingInstances', 'shutting-down', ['running', 'pending', 'stopping', 'stopped']),
            mutating: true,
            resource: byInstance,
          },
        },
        persistent: {
          key: 'ec2',
          save: () => stored,
          load: (data) => {
            stored = data as StoredMachine[];
          },
          start: async () => {
            if (stored.length === 0) launchDefaults();
            stored.forEach(settle);
          },
          stop: async () => undefined,
        },
      },
    ],
  };
};

const describeState = (name: Machine['state']): Params => ({ Code: STATE_CODES[name], Name: name });

const describeInstance = (machine: StoredMachine): Params => ({
  InstanceId: machine.instanceId,
  ImageId: 'ami-0c1a55e5c1a55e500',
  State: describeState(machine.state),
  PrivateDnsName: `ip-${machine.privateIpAddress.replaceAll('.', '-')}.eu-west-1.compute.internal`,
  InstanceType: machine.instanceType,
  LaunchTime: new Date(machine.launchedAt),
  Placement: { AvailabilityZone: machine.availabilityZone, GroupName: '', Tenancy: 'default' },
  Monitoring: { State: 'disabled' },
  SubnetId: Object.keys(SUBNETS).find((subnet) => SUBNETS[subnet] === machine.availabilityZone),
  VpcId: VPC_ID,
  PrivateIpAddress: machine.privateIpAddress,
  Architecture: 'x86_64',
  Tags: Object.entries(machine.tags).map(([Key, Value]) => ({ Key, Value })),
});

/** One filter of DescribeInstances; a value may hold `*` and `?`. */
const matches = (machine: StoredMachine, filter: Params): boolean => {
  const name = requiredText(filter, 'Name');
  const patterns = texts(filter, 'Values').map(wildcard);
  return filterValues(machine, name).some((value) => patterns.some((pattern) => pattern.test(value)));
};

const filterValues = (machine: StoredMachine, name: string): string[] => {
  if (name.startsWith('tag:')) {
    const value = machine.tags[name.slice(4)];
    return value === undefined ? [] : [value];
  }
  switch (name) {
    case 'instance-id':
      return [machine.instanceId];
    case 'instance-state-name':
      return [machine.state];
    case 'instance-state-code':
      return [String(STATE_CODES[machine.state])];
    case 'instance-type':
      return [machine.instanceType];
    case 'availability-zone':
      return [machine.availabilityZone];
    case 'private-ip-address':
      return [machine.privateIpAddress];
    case 'vpc-id':
      return [VPC_ID];
    case 'tag-key':
      return Object.keys(machine.tags);
    default:
      throw new AwsError('InvalidParameterValue', `The filter '${name}' is invalid`);
  }
};

const wildcard = (text: string): RegExp =>
  new RegExp(
    `^${text
      .replace(/[.+^${}()|[\]\\]/g, '\\$&')
      .replaceAll('*', '.*')
      .replaceAll('?', '.')}$`,
  );
