/** The network an account has from the beginning; it cannot be changed. */
import { AwsError, type OperationTable, type Params } from '../../engine/contract.ts';
import type { Engine } from '../../registration.ts';
import { list, texts } from '../params.ts';
import { dryRun } from './dry-run.ts';
import { matchesFilters } from './filters.ts';
import type { Fleet } from './fleet.ts';
import { page } from './paging.ts';
import { cidrOf, SECURITY_GROUP_ID, SUBNET_ADDRESSES, SUBNETS, VPC_CIDR, VPC_ID, ZONES, zoneId } from './vpc.ts';

const PAGE = { byDefault: 1000, least: 5, most: 1000 };

/** A thing as it is shown, and what it has under the names of filters. */
interface Thing {
  shown: Params;
  filterable: Record<string, string>;
}

const choose = (
  things: readonly Thing[],
  params: Params,
  { ids, idFilter, unknown }: { ids: readonly string[]; idFilter: string; unknown: (id: string) => AwsError },
): Params[] => {
  const strange = ids.find((id) => !things.some(({ filterable }) => filterable[idFilter] === id));
  if (strange !== undefined) throw unknown(strange);
  return things
    .filter(({ filterable }) => ids.length === 0 || ids.includes(filterable[idFilter] ?? ''))
    .filter(({ filterable }) =>
      matchesFilters(list(params, 'Filters'), (name) => {
        if (name === 'tag-key' || name.startsWith('tag:')) return [];
        const value = filterable[name];
        return value === undefined ? undefined : [value];
      }),
    )
    .map(({ shown }) => shown);
};

export const vpcOperations = (engine: Engine, fleet: Fleet): OperationTable => {
  const arn = (resource: string): string => `arn:aws:ec2:${engine.region}:${engine.account}:${resource}`;

  const subnets = (): Thing[] =>
    Object.entries(SUBNETS).map(([id, zone]) => {
      const used = fleet.list().filter(({ subnetId, state }) => subnetId === id && state !== 'terminated').length;
      return {
        shown: {
          SubnetId: id,
          SubnetArn: arn(`subnet/${id}`),
          VpcId: VPC_ID,
          OwnerId: engine.account,
          State: 'available',
          AvailabilityZone: zone,
          AvailabilityZoneId: zoneId(zone),
          CidrBlock: cidrOf(id),
          AvailableIpAddressCount: SUBNET_ADDRESSES - used,
          DefaultForAz: true,
          MapPublicIpOnLaunch: false,
          Tags: [],
        },
        filterable: {
          'subnet-id': id,
          'vpc-id': VPC_ID,
          'availability-zone': zone,
          'availability-zone-id': zoneId(zone),
          'cidr-block': cidrOf(id),
          'default-for-az': 'true',
          state: 'available',
          'owner-id': engine.account,
        },
      };
    });
  const vpcs: Thing[] = [
    {
      shown: {
        VpcId: VPC_ID,
        OwnerId: engine.account,
        State: 'available',
        CidrBlock: VPC_CIDR,
        InstanceTenancy: 'default',
        IsDefault: true,
        Tags: [],
      },
      filterable: {
        'vpc-id': VPC_ID,
        cidr: VPC_CIDR,
        'is-default': 'true',
        state: 'available',
        'owner-id': engine.account,
      },
    },
  ];
  const everything = [{ IpProtocol: '-1', IpRanges: [{ CidrIp: '0.0.0.0/0' }] }];
  const itself = { GroupId: SECURITY_GROUP_ID, UserId: engine.account };
  const groups: Thing[] = [
    {
      shown: {
        GroupId: SECURITY_GROUP_ID,
        SecurityGroupArn: arn(`security-group/${SECURITY_GROUP_ID}`),
        GroupName: 'default',
        Description: 'default VPC security group',
        VpcId: VPC_ID,
        OwnerId: engine.account,
        IpPermissions: [{ IpProtocol: '-1', UserIdGroupPairs: [itself] }],
        IpPermissionsEgress: everything,
        Tags: [],
      },
      filterable: {
        'group-id': SECURITY_GROUP_ID,
        'group-name': 'default',
        'vpc-id': VPC_ID,
        'owner-id': engine.account,
      },
    },
  ];
  const zones = (): Thing[] =>
    ZONES.map((zone) => {
      const state = fleet.lostZones().includes(zone) ? 'impaired' : 'available';
      return {
        shown: {
          ZoneName: zone,
          ZoneId: zoneId(zone),
          RegionName: engine.region,
          ZoneType: 'availability-zone',
          GroupName: engine.region,
          NetworkBorderGroup: engine.region,
          OptInStatus: 'opt-in-not-required',
          State: state,
          Messages: [],
        },
        filterable: { 'zone-name': zone, 'zone-id': zoneId(zone), 'region-name': engine.region, state },
      };
    });

  return {
    DescribeSubnets: {
      mutating: false,
      depth: 'fixed',
      note: 'the two of the default VPC',
      run: (params) => {
        dryRun(params);
        const unknown = (id: string) =>
          new AwsError('InvalidSubnetID.NotFound', `The subnet ID '${id}' does not exist`);
        const found = choose(subnets(), params, { ids: texts(params, 'SubnetIds'), idFilter: 'subnet-id', unknown });
        const { items, NextToken } = page(found, params, PAGE);
        return { Subnets: items, NextToken };
      },
    },
    DescribeVpcs: {
      mutating: false,
      depth: 'fixed',
      note: 'the default VPC',
      run: (params) => {
        dryRun(params);
        const unknown = (id: string) => new AwsError('InvalidVpcID.NotFound', `The vpc ID '${id}' does not exist`);
        const found = choose(vpcs, params, { ids: texts(params, 'VpcIds'), idFilter: 'vpc-id', unknown });
        const { items, NextToken } = page(found, params, PAGE);
        return { Vpcs: items, NextToken };
      },
    },
    DescribeSecurityGroups: {
      mutating: false,
      depth: 'fixed',
      note: 'the default group',
      run: (params) => {
        dryRun(params);
        const names = texts(params, 'GroupNames');
        const unknown = (id: string) =>
          new AwsError(
            'InvalidGroup.NotFound',
            id.startsWith('sg-')
              ? `The security group '${id}' does not exist`
              : `The security group '${id}' does not exist in default VPC '${VPC_ID}'`,
          );
        const byId = choose(groups, params, { ids: texts(params, 'GroupIds'), idFilter: 'group-id', unknown });
        const byName = choose(groups, params, { ids: names, idFilter: 'group-name', unknown });
        const { items, NextToken } = page(names.length > 0 ? byName : byId, params, PAGE);
        return { SecurityGroups: items, NextToken };
      },
    },
    DescribeAvailabilityZones: {
      mutating: false,
      depth: 'fixed',
      note: 'eu-west-1a and eu-west-1b; impaired while the admin endpoint has taken one away',
      run: (params) => {
        dryRun(params);
        const unknown = (id: string) => new AwsError('InvalidParameterValue', `Invalid availability zone: [${id}]`);
        const names = choose(zones(), params, { ids: texts(params, 'ZoneNames'), idFilter: 'zone-name', unknown });
        const ids = texts(params, 'ZoneIds');
        const byId = choose(zones(), params, { ids, idFilter: 'zone-id', unknown });
        return { AvailabilityZones: ids.length > 0 ? byId : names };
      },
    },
  };
};
