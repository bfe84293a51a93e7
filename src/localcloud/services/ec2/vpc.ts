/** The default VPC: two zones with a subnet each, and one security group. */

export const ZONES = ['eu-west-1a', 'eu-west-1b'] as const;

export const VPC_ID = 'vpc-0c1a55e5c1a55e500';
export const VPC_CIDR = '10.0.0.0/16';
export const SECURITY_GROUP_ID = 'sg-0c1a55e5c1a55e500';

/** One subnet per zone. */
export const SUBNETS: Readonly<Record<string, string>> = {
  'subnet-0c1a55e5c1a55e50a': ZONES[0],
  'subnet-0c1a55e5c1a55e50b': ZONES[1],
};

/** AWS shows both names of a zone; the id is the same in every account. */
export const zoneId = (zone: string): string => `euw1-az${zone.charCodeAt(zone.length - 1) - 'a'.charCodeAt(0) + 1}`;

export const subnetOf = (zone: string): string | undefined => Object.keys(SUBNETS).find((id) => SUBNETS[id] === zone);

/** Each subnet is a /20 of the VPC's /16. */
export const cidrOf = (subnet: string): string => `10.0.${Object.keys(SUBNETS).indexOf(subnet) * 16}.0/20`;

/** Addresses of a subnet that AWS keeps: network, router, DNS, future, broadcast. */
const RESERVED_ADDRESSES = 5;
export const SUBNET_ADDRESSES = 4096 - RESERVED_ADDRESSES;

/** The `index`-th address of a subnet that may be given out. */
export const addressIn = (subnet: string, index: number): string => {
  const number = 4 + index;
  return `10.0.${Object.keys(SUBNETS).indexOf(subnet) * 16 + Math.floor(number / 256)}.${number % 256}`;
};
