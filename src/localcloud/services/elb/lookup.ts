/** What all operations of the classic ELB API look up, and the errors of what is not there. */
import type { Machines, Operation, OperationEntry, Params } from '../../engine/contract.ts';
import type { Engine } from '../../registration.ts';
import { SUBNETS } from '../ec2.ts';
import type { Certificates } from '../elb.ts';
import { optionalText, texts } from '../params.ts';
import type { Balancer, BalancerTable, SavedBalancer } from './balancer.ts';
import { certificateNotFound, invalid, invalidInstance, loadBalancerNotFound, subnetNotFound } from './errors.ts';
import { readInstanceIds } from './input.ts';
import type { Listener } from './model.ts';

export interface Context {
  engine: Engine;
  machines: Machines;
  certificates: Certificates;
  table: BalancerTable;
  /** Adds a balancer to the table; it still has to be started. */
  make: (saved: SavedBalancer) => Balancer;
}

export const find = ({ table }: Pick<Context, 'table'>, name: string): Balancer => {
  const balancer = table.get(name);
  if (balancer === undefined) throw loadBalancerNotFound(name);
  return balancer;
};

/** The ids a call names, all of them instances there are. */
export const knownInstances = ({ machines }: Context, params: Params): string[] => {
  const ids = readInstanceIds(params);
  for (const id of ids) if (machines.get(id) === undefined) throw invalidInstance(id);
  return ids;
};

export const checkCertificates = (
  { certificates }: Context,
  listeners: readonly Pick<Listener, 'certificateId'>[],
): void => {
  for (const { certificateId } of listeners) {
    if (certificateId !== undefined && !certificates.isIssued(certificateId)) throw certificateNotFound(certificateId);
  }
};

export const checkZones = ({ engine }: Context, zones: readonly string[]): void => {
  const known = new RegExp(`^${engine.region}[ab]$`);
  const stranger = zones.find((zone) => !known.test(zone));
  if (stranger !== undefined) throw invalid(`Invalid Availability Zone: ${stranger}`);
};

export const zoneOfSubnet = (subnet: string): string => {
  const zone = SUBNETS[subnet];
  if (zone === undefined) throw subnetNotFound(subnet);
  return zone;
};

export const unique = (values: readonly string[]): string[] => [...new Set(values)];

const resource = (params: Params): string | undefined =>
  optionalText(params, 'LoadBalancerName') ?? (texts(params, 'LoadBalancerNames').join(',') || undefined);

export const reading = (run: Operation): OperationEntry => ({ run, mutating: false, resource });
export const writing = (run: Operation): OperationEntry => ({ run, mutating: true, resource });
