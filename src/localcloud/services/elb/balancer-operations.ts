/** Load balancers and their listeners come and go. */
import type { Operation, OperationTable, Params } from '../../engine/contract.ts';
import { VPC_ID } from '../ec2.ts';
import { list, optionalInteger, optionalText, requiredInteger, requiredText, texts } from '../params.ts';
import type { Balancer } from './balancer.ts';
import { duplicateListener, duplicateName, invalid, listenerNotFound } from './errors.ts';
import { readListeners, readName, readNewName, readTags } from './input.ts';
import { checkCertificates, checkZones, find, reading, unique, writing, zoneOfSubnet, type Context } from './lookup.ts';
import { DEFAULT_ATTRIBUTES, defaultHealthCheck, type LoadBalancer, type Listener } from './model.ts';
import { describeLoadBalancer } from './output.ts';
import { sameListener, sameSettings, sameTags } from './same.ts';

const LARGEST_PAGE = 400;

export const createBalancerOperations = (context: Context): OperationTable => {
  const { engine, table } = context;

  /** Naming one again is fine as long as everything is the same. */
  const create: Operation = async (params) => {
    const wanted = readSettings(context, params);
    const existing = table.get(wanted.name)?.settings;
    if (existing !== undefined) {
      if (!sameSettings(existing, wanted)) throw duplicateName(wanted.name, 'parameters');
      if (!sameTags(existing.tags, wanted.tags)) throw duplicateName(wanted.name, 'tags');
      return { DNSName: existing.dnsName };
    }
    const settings = { ...wanted, address: engine.network.allocate('balancer') };
    const balancer = context.make({ settings, instances: [] });
    await balancer.start();
    return { DNSName: wanted.dnsName };
  };

  const remove: Operation = async (params) => {
    const name = readName(params);
    const balancer = table.get(name);
    table.delete(name);
    if (balancer === undefined) return {};
    await balancer.stop();
    engine.network.release(balancer.settings.address);
    return {};
  };

  const describe: Operation = (params) => {
    const names = texts(params, 'LoadBalancerNames');
    const all = names.length > 0 ? names.map((name) => find(context, name)) : [...table.values()];
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
    const balancer = find(context, readName(params));
    const listeners = readListeners(params);
    checkCertificates(context, listeners);
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
    const balancer = find(context, readName(params));
    for (const port of list<unknown>(params, 'LoadBalancerPorts').map(Number)) {
      balancer.settings.listeners = balancer.settings.listeners.filter(
        (listener) => listener.loadBalancerPort !== port,
      );
      await balancer.closeListener(port);
    }
    return {};
  };

  const setCertificate: Operation = (params) => {
    const balancer = find(context, readName(params));
    const port = requiredInteger(params, 'LoadBalancerPort');
    const listener = listenerAt(balancer, port);
    if (listener === undefined) throw listenerNotFound(balancer.settings.name, port);
    const certificateId = requiredText(params, 'SSLCertificateId');
    checkCertificates(context, [{ certificateId }]);
    listener.certificateId = certificateId;
    return {};
  };

  return {
    CreateLoadBalancer: writing(create),
    DeleteLoadBalancer: writing(remove),
    DescribeLoadBalancers: reading(describe),
    CreateLoadBalancerListeners: writing(createListeners),
    DeleteLoadBalancerListeners: writing(deleteListeners),
    SetLoadBalancerListenerSSLCertificate: writing(setCertificate),
  };
};

const listenerAt = ({ settings }: Balancer, port: number): Listener | undefined =>
  settings.listeners.find((listener) => listener.loadBalancerPort === port);

const readSettings = (context: Context, params: Params): LoadBalancer => {
  const { engine } = context;
  const name = readNewName(params);
  const listeners = readListeners(params);
  checkCertificates(context, listeners);
  const scheme = optionalText(params, 'Scheme') === 'internal' ? 'internal' : 'internet-facing';
  const subnets = unique(texts(params, 'Subnets'));
  const zones = unique(subnets.length > 0 ? subnets.map(zoneOfSubnet) : texts(params, 'AvailabilityZones'));
  if (zones.length === 0) throw invalid('Either AvailabilityZones or SubnetIds must be specified');
  checkZones(context, zones);
  const host = `${scheme === 'internal' ? 'internal-' : ''}${name}-${engine.random.digits(9)}`;
  return {
    name,
    createdAt: engine.clock.now(),
    dnsName: `${host}.${engine.region}.elb.amazonaws.com`,
    address: '',
    scheme,
    zones,
    subnets,
    securityGroups: unique(texts(params, 'SecurityGroups')),
    listeners,
    healthCheck: defaultHealthCheck(listeners[0]),
    attributes: DEFAULT_ATTRIBUTES,
    tags: readTags(params),
  };
};
