/** The operations of the classic ELB API, version 2012-06-01. */
import { randomInt } from 'node:crypto';
import type { Machines, Operation, OperationEntry, OperationTable, Params } from '../../engine/contract.ts';
import type { Engine } from '../../registration.ts';
import { certificateArn } from '../acm.ts';
import { SUBNETS, VPC_ID } from '../ec2.ts';
import { list, optionalInteger, optionalText, requiredInteger, requiredText, texts } from '../params.ts';
import type { Balancer, BalancerTable } from './balancer.ts';
import {
  certificateNotFound,
  duplicateListener,
  duplicateName,
  invalid,
  invalidInstance,
  listenerNotFound,
  loadBalancerNotFound,
  subnetNotFound,
} from './errors.ts';
import {
  mergeAttributes,
  readHealthCheck,
  readInstanceIds,
  readListeners,
  readName,
  readNewName,
  readTags,
} from './input.ts';
import { DEFAULT_ATTRIBUTES, defaultHealthCheck, type Listener, type LoadBalancer } from './model.ts';
import { describeAttributes, describeHealthCheck, describeInstances, describeLoadBalancer } from './output.ts';

const LARGEST_PAGE = 400;

interface Context {
  engine: Engine;
  machines: Machines;
  table: BalancerTable;
  make: (settings: LoadBalancer) => Balancer;
}

export const createElbOperations = (context: Context): OperationTable => {
  const { engine, machines, table } = context;

  const find = (name: string): Balancer => {
    const balancer = table.get(name);
    if (balancer === undefined) throw loadBalancerNotFound(name);
    return balancer;
  };

  const knownInstances = (params: Params): string[] => {
    const ids = readInstanceIds(params);
    for (const id of ids) if (machines.get(id) === undefined) throw invalidInstance(id);
    return ids;
  };

  const checkCertificates = (listeners: readonly Listener[]): void => {
    for (const { certificateId } of listeners) {
      if (certificateId !== undefined && certificateId !== certificateArn(engine))
        throw certificateNotFound(certificateId);
    }
  };

  const readSettings = (params: Params): LoadBalancer => {
    const name = readNewName(params);
    const listeners = readListeners(params);
    checkCertificates(listeners);
    const scheme = optionalText(params, 'Scheme') === 'internal' ? 'internal' : 'internet-facing';
    const subnets = texts(params, 'Subnets');
    const zones = subnets.length > 0 ? subnets.map(zoneOf) : texts(params, 'AvailabilityZones');
    if (zones.length === 0) throw invalid('Either AvailabilityZones or SubnetIds must be specified');
    for (const zone of zones) checkZone(zone, engine.region);
    const host = `${scheme === 'internal' ? 'internal-' : ''}${name}-${randomInt(100_000_000, 2_000_000_000)}`;
    return {
      name,
      createdAt: engine.clock.now(),
      dnsName: `${host}.${engine.region}.elb.amazonaws.com`,
      address: '',
      scheme,
      zones: unique(zones),
      subnets: unique(subnets),
      securityGroups: unique(texts(params, 'SecurityGroups')),
      listeners,
      healthCheck: defaultHealthCheck(listeners[0]),
      attributes: DEFAULT_ATTRIBUTES,
      tags: readTags(params),
    };
  };

  const createLoadBalancer: Operation = async (params) => {
    const wanted = readSettings(params);
    const existing = table.get(wanted.name)?.settings;
    if (existing !== undefined) {
      if (!sameSettings(existing, wanted)) throw duplicateName(wanted.name, 'parameters');
      if (!sameTags(existing.tags, wanted.tags)) throw duplicateName(wanted.name, 'tags');
      return { DNSName: existing.dnsName };
    }
    const balancer = context.make({ ...wanted, address: engine.network.allocate('balancer') });
    table.set(wanted.name, balancer);
    await balancer.start();
    return { DNSName: wanted.dnsName };
  };

  const deleteLoadBalancer: Operation = async (params) => {
    const name = readName(params);
    const balancer = table.get(name);
    table.delete(name);
    if (balancer === undefined) return {};
    await balancer.stop();
    engine.network.release(balancer.settings.address);
    return {};
  };

  const describeLoadBalancers: Operation = (params) => {
    const names = texts(params, 'LoadBalancerNames');
    const all = names.length > 0 ? names.map(find) : [...table.values()];
    const start = Number(optionalText(params, 'Marker') ?? 0);
    if (!Number.isInteger(start)) throw invalid('Invalid marker');
    const next = start + Math.min(optionalInteger(params, 'PageSize') ?? LARGEST_PAGE, LARGEST_PAGE);
    return {
      LoadBalancerDescriptions: all
        .slice(start, next)
        .map((balancer) => describeLoadBalancer(balancer.settings, balancer.instanceIds(), VPC_ID)),
      NextMarker: next < all.length ? String(next) : undefined,
    };
  };

  const createListeners: Operation = async (params) => {
    const balancer = find(readName(params));
    const listeners = readListeners(params);
    checkCertificates(listeners);
    const fresh = listeners.filter((listener) => {
      const existing = listenerAt(balancer, listener.loadBalancerPort);
      if (existing !== undefined && !sameListener(existing, listener)) {
        throw duplicateListener(balancer.settings.name, listener.loadBalancerPort);
      }
      return existing === undefined;
    });
    balancer.settings.listeners.push(...fresh);
    for (const listener of fresh) await balancer.openListener(listener);
    return {};
  };

  const deleteListeners: Operation = async (params) => {
    const balancer = find(readName(params));
    for (const port of list<unknown>(params, 'LoadBalancerPorts').map(Number)) {
      balancer.settings.listeners = balancer.settings.listeners.filter(
        (listener) => listener.loadBalancerPort !== port,
      );
      await balancer.closeListener(port);
    }
    return {};
  };

  const setCertificate: Operation = (params) => {
    const balancer = find(readName(params));
    const port = requiredInteger(params, 'LoadBalancerPort');
    const listener = listenerAt(balancer, port);
    if (listener === undefined) throw listenerNotFound(balancer.settings.name, port);
    const certificateId = requiredText(params, 'SSLCertificateId');
    checkCertificates([{ ...listener, certificateId }]);
    listener.certificateId = certificateId;
    return {};
  };

  const configureHealthCheck: Operation = (params) => {
    const balancer = find(readName(params));
    balancer.settings.healthCheck = readHealthCheck(params);
    balancer.restartProbing();
    return { HealthCheck: describeHealthCheck(balancer.settings) };
  };

  const modifyAttributes: Operation = (params) => {
    const { settings } = find(readName(params));
    settings.attributes = mergeAttributes(settings.attributes, params);
    return {
      LoadBalancerName: settings.name,
      LoadBalancerAttributes: describeAttributes(settings.attributes),
    };
  };

  const describeBalancerAttributes: Operation = (params) => ({
    LoadBalancerAttributes: describeAttributes(find(readName(params)).settings.attributes),
  });

  const registerInstances: Operation = (params) => {
    const balancer = find(readName(params));
    for (const id of knownInstances(params)) balancer.register(id);
    return { Instances: describeInstances(balancer.instanceIds()) };
  };

  const deregisterInstances: Operation = (params) => {
    const balancer = find(readName(params));
    for (const id of knownInstances(params)) balancer.deregister(id);
    return { Instances: describeInstances(balancer.instanceIds()) };
  };

  const describeInstanceHealth: Operation = (params) => {
    const balancer = find(readName(params));
    const named = knownInstances(params);
    const states = (named.length > 0 ? named : balancer.knownIds()).flatMap((InstanceId) => {
      const state = balancer.state(InstanceId);
      if (state === undefined) return [];
      return [{ InstanceId, State: state.state, ReasonCode: state.reasonCode, Description: state.description }];
    });
    return { InstanceStates: states };
  };

  const enableZones: Operation = (params) => {
    const { settings } = find(readName(params));
    const zones = texts(params, 'AvailabilityZones');
    for (const zone of zones) checkZone(zone, engine.region);
    settings.zones = unique([...settings.zones, ...zones]);
    return { AvailabilityZones: settings.zones };
  };

  const disableZones: Operation = (params) => {
    const { settings } = find(readName(params));
    const zones = texts(params, 'AvailabilityZones');
    const left = settings.zones.filter((zone) => !zones.includes(zone));
    if (left.length === 0) throw invalid('At least one Availability Zone must stay enabled');
    settings.zones = left;
    return { AvailabilityZones: left };
  };

  const addTags: Operation = (params) => {
    const tags = readTags(params);
    for (const name of texts(params, 'LoadBalancerNames')) Object.assign(find(name).settings.tags, tags);
    return {};
  };

  const removeTags: Operation = (params) => {
    const keys = list(params, 'Tags').map((tag) => requiredText(tag, 'Key'));
    for (const name of texts(params, 'LoadBalancerNames')) {
      for (const key of keys) delete find(name).settings.tags[key];
    }
    return {};
  };

  const describeTags: Operation = (params) => ({
    TagDescriptions: texts(params, 'LoadBalancerNames').map((name) => ({
      LoadBalancerName: name,
      Tags: Object.entries(find(name).settings.tags).map(([Key, Value]) => ({ Key, Value })),
    })),
  });

  return {
    CreateLoadBalancer: writing(createLoadBalancer),
    DeleteLoadBalancer: writing(deleteLoadBalancer),
    DescribeLoadBalancers: reading(describeLoadBalancers),
    CreateLoadBalancerListeners: writing(createListeners),
    DeleteLoadBalancerListeners: writing(deleteListeners),
    SetLoadBalancerListenerSSLCertificate: writing(setCertificate),
    ConfigureHealthCheck: writing(configureHealthCheck),
    ModifyLoadBalancerAttributes: writing(modifyAttributes),
    DescribeLoadBalancerAttributes: reading(describeBalancerAttributes),
    RegisterInstancesWithLoadBalancer: writing(registerInstances),
    DeregisterInstancesFromLoadBalancer: writing(deregisterInstances),
    DescribeInstanceHealth: reading(describeInstanceHealth),
    EnableAvailabilityZonesForLoadBalancer: writing(enableZones),
    DisableAvailabilityZonesForLoadBalancer: writing(disableZones),
    AddTags: writing(addTags),
    RemoveTags: writing(removeTags),
    DescribeTags: reading(describeTags),
  };
};

const resource = (params: Params): string | undefined =>
  optionalText(params, 'LoadBalancerName') ?? (texts(params, 'LoadBalancerNames').join(',') || undefined);
const reading = (run: Operation): OperationEntry => ({ run, mutating: false, resource });
const writing = (run: Operation): OperationEntry => ({ run, mutating: true, resource });

const unique = (values: readonly string[]): string[] => [...new Set(values)];

const zoneOf = (subnet: string): string => {
  const zone = SUBNETS[subnet];
  if (zone === undefined) throw subnetNotFound(subnet);
  return zone;
};

const checkZone = (zone: string, region: string): void => {
  if (!new RegExp(`^${region}[ab]$`).test(zone)) throw invalid(`Invalid Availability Zone: ${zone}`);
};

const listenerAt = ({ settings }: Balancer, port: number): Listener | undefined =>
  settings.listeners.find((listener) => listener.loadBalancerPort === port);

const sameListener = (a: Listener, b: Listener): boolean =>
  a.protocol === b.protocol &&
  a.loadBalancerPort === b.loadBalancerPort &&
  a.instanceProtocol === b.instanceProtocol &&
  a.instancePort === b.instancePort &&
  a.certificateId === b.certificateId;

const sameSet = (a: readonly string[], b: readonly string[]): boolean =>
  a.length === b.length && a.every((value) => b.includes(value));

const sameSettings = (a: LoadBalancer, b: LoadBalancer): boolean =>
  a.scheme === b.scheme &&
  sameSet(a.zones, b.zones) &&
  sameSet(a.subnets, b.subnets) &&
  sameSet(a.securityGroups, b.securityGroups) &&
  a.listeners.length === b.listeners.length &&
  a.listeners.every((listener) => b.listeners.some((other) => sameListener(listener, other)));

const sameTags = (a: Record<string, string>, b: Record<string, string>): boolean =>
  Object.keys(a).length === Object.keys(b).length && Object.entries(a).every(([key, value]) => b[key] === value);
