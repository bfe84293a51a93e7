/** Instances as the API shows them. */
import type { Params } from '../../engine/contract.ts';
import { showTags } from '../tag-set.ts';
import { tagFilterValues } from './filters.ts';
import { INSTANCE_TYPES } from './instance-types.ts';
import { describeState, STATE_CODES, type Instance } from './model.ts';
import { VPC_ID, zoneId } from './vpc.ts';

/** Until its status checks have run for the first time an instance is `initializing`. */
const STATUS_CHECK_MILLISECONDS = 120_000;

const GROUP_NAME = 'default';

const privateDnsName = ({ privateIpAddress }: Instance): string =>
  `ip-${privateIpAddress.replaceAll('.', '-')}.eu-west-1.compute.internal`;

const placement = ({ availabilityZone }: Instance): Params => ({
  AvailabilityZone: availabilityZone,
  AvailabilityZoneId: zoneId(availabilityZone),
  GroupName: '',
  Tenancy: 'default',
});

const describeInstance = (instance: Instance): Params => {
  const isGone = instance.state === 'terminated';
  const groups = instance.securityGroupIds.map((GroupId) => ({ GroupId, GroupName: GROUP_NAME }));
  return {
    InstanceId: instance.instanceId,
    ImageId: instance.imageId,
    State: describeState(instance.state),
    StateReason: instance.stateReason && { Code: instance.stateReason.code, Message: instance.stateReason.message },
    StateTransitionReason: instance.transitionReason,
    AmiLaunchIndex: instance.launchIndex,
    InstanceType: instance.instanceType,
    KeyName: instance.keyName,
    LaunchTime: new Date(instance.launchedAt),
    Placement: placement(instance),
    Monitoring: { State: 'disabled' },
    Architecture: INSTANCE_TYPES.get(instance.instanceType)?.architecture ?? 'x86_64',
    Hypervisor: 'xen',
    RootDeviceType: 'ebs',
    RootDeviceName: '/dev/xvda',
    VirtualizationType: 'hvm',
    EnaSupport: true,
    EbsOptimized: false,
    ClientToken: instance.clientToken ?? '',
    IamInstanceProfile: instance.instanceProfileArn === undefined ? undefined : { Arn: instance.instanceProfileArn },
    Tags: showTags(instance.tags),
    PublicDnsName: '',
    PrivateDnsName: isGone ? '' : privateDnsName(instance),
    // A terminated instance has left its network.
    ...(isGone
      ? { SecurityGroups: [] }
      : {
          SubnetId: instance.subnetId,
          VpcId: VPC_ID,
          PrivateIpAddress: instance.privateIpAddress,
          SecurityGroups: groups,
        }),
  };
};

/** All of them were launched by one request. */
export const describeReservation = (account: string, instances: readonly Instance[]): Params => ({
  ReservationId: instances[0]?.reservationId,
  OwnerId: account,
  Groups: [],
  Instances: instances.map(describeInstance),
});

/** What an instance has under the name of a filter; undefined when there is no such filter. */
export const instanceFilterValues = (instance: Instance, name: string): string[] | undefined => {
  const inVpc = (value: string): string[] => (instance.state === 'terminated' ? [] : [value]);
  switch (name) {
    case 'instance-id':
      return [instance.instanceId];
    case 'instance-state-name':
      return [instance.state];
    case 'instance-state-code':
      return [String(STATE_CODES[instance.state])];
    case 'instance-type':
      return [instance.instanceType];
    case 'image-id':
      return [instance.imageId];
    case 'availability-zone':
      return [instance.availabilityZone];
    case 'availability-zone-id':
      return [zoneId(instance.availabilityZone)];
    case 'private-ip-address':
    case 'network-interface.addresses.private-ip-address':
      return inVpc(instance.privateIpAddress);
    case 'private-dns-name':
      return inVpc(privateDnsName(instance));
    case 'subnet-id':
      return inVpc(instance.subnetId);
    case 'vpc-id':
      return inVpc(VPC_ID);
    case 'instance.group-id':
      return instance.securityGroupIds;
    case 'reservation-id':
      return [instance.reservationId];
    case 'client-token':
      return instance.clientToken === undefined ? [] : [instance.clientToken];
    case 'key-name':
      return instance.keyName === undefined ? [] : [instance.keyName];
    case 'iam-instance-profile.arn':
      return instance.instanceProfileArn === undefined ? [] : [instance.instanceProfileArn];
    case 'launch-time':
      return [new Date(instance.launchedAt).toISOString()];
    case 'architecture':
      return [INSTANCE_TYPES.get(instance.instanceType)?.architecture ?? 'x86_64'];
    case 'tenancy':
      return ['default'];
    case 'root-device-type':
      return ['ebs'];
    default:
      return tagFilterValues(instance.tags, name);
  }
};

/** As the status checks see it: `ok` from two minutes after it began to run. */
export const statusOf = (instance: Instance, now: number): string => {
  if (instance.state !== 'running') return 'not-applicable';
  return now - (instance.runningSince ?? now) < STATUS_CHECK_MILLISECONDS ? 'initializing' : 'ok';
};

export const describeStatus = (instance: Instance, now: number): Params => {
  const status = statusOf(instance, now);
  const check = status === 'ok' ? 'passed' : status;
  const summary = {
    Status: status,
    Details: status === 'not-applicable' ? [] : [{ Name: 'reachability', Status: check }],
  };
  return {
    InstanceId: instance.instanceId,
    AvailabilityZone: instance.availabilityZone,
    AvailabilityZoneId: zoneId(instance.availabilityZone),
    InstanceState: describeState(instance.state),
    InstanceStatus: summary,
    SystemStatus: summary,
    Events: [],
  };
};
