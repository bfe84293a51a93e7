/** Availability Zones a load balancer sends traffic to, by name or by subnet. */
import type { Operation, OperationTable } from '../../engine/contract.ts';
import { texts } from '../params.ts';
import { invalidConfiguration } from './errors.ts';
import { readName } from './input.ts';
import { checkZones, find, unique, writing, zoneOfSubnet, type Context } from './lookup.ts';

export const createZoneOperations = (context: Context): OperationTable => {
  const enable: Operation = (params) => {
    const { settings } = find(context, readName(params));
    const zones = texts(params, 'AvailabilityZones');
    checkZones(context, zones);
    settings.zones = unique([...settings.zones, ...zones]);
    return { AvailabilityZones: settings.zones };
  };

  /** Instances of a zone that is off stay registered; requests in flight to them end by themselves. */
  const disable: Operation = (params) => {
    const { settings } = find(context, readName(params));
    const zones = texts(params, 'AvailabilityZones');
    checkZones(context, zones);
    const left = settings.zones.filter((zone) => !zones.includes(zone));
    if (left.length === 0) {
      throw invalidConfiguration('There must be at least one Availability Zone enabled for a load balancer');
    }
    settings.zones = left;
    return { AvailabilityZones: left };
  };

  const attach: Operation = (params) => {
    const { settings } = find(context, readName(params));
    const added = unique(texts(params, 'Subnets')).filter((subnet) => !settings.subnets.includes(subnet));
    const zones = added.map(zoneOfSubnet);
    const taken = zones.find((zone, i) => zones.indexOf(zone) < i || settings.zones.includes(zone));
    if (taken !== undefined && settings.subnets.length > 0) {
      throw invalidConfiguration(`The load balancer has a subnet in the Availability Zone ${taken} already`);
    }
    settings.subnets = [...settings.subnets, ...added];
    settings.zones = unique([...settings.zones, ...zones]);
    return { Subnets: settings.subnets };
  };

  const detach: Operation = (params) => {
    const { settings } = find(context, readName(params));
    const gone = texts(params, 'Subnets');
    const left = settings.subnets.filter((subnet) => !gone.includes(subnet));
    if (left.length === 0) throw invalidConfiguration('There must be at least one subnet attached to a load balancer');
    settings.subnets = left;
    settings.zones = unique(left.map(zoneOfSubnet));
    return { Subnets: left };
  };

  return {
    EnableAvailabilityZonesForLoadBalancer: writing(enable),
    DisableAvailabilityZonesForLoadBalancer: writing(disable),
    AttachLoadBalancerToSubnets: writing(attach),
    DetachLoadBalancerFromSubnets: writing(detach),
  };
};
