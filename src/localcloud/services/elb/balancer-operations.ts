/** Load balancers come and go. */
import type { Operation, OperationTable, Params } from '../../engine/contract.ts';
import { VPC_ID } from '../ec2.ts';
import { optionalText, texts } from '../params.ts';
import type { Balancer } from './balancer.ts';
import { duplicateName, invalid, tooManyLoadBalancers } from './errors.ts';
import { readListeners, readName, readNewName, readTags } from './input.ts';
import { checkCertificates, checkZones, find, reading, unique, writing, zoneOfSubnet, type Context } from './lookup.ts';
import { DEFAULT_ATTRIBUTES, defaultHealthCheck, type LoadBalancer } from './model.ts';
import { describeLoadBalancer } from './output.ts';
import { ACCOUNT_LIMITS, checkListenerCount, MOST_BALANCERS } from './quotas.ts';
import { sameSettings, sameTags } from './same.ts';
import { defaultPolicies } from './policy-types.ts';

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
    if (engine.settings.strict && table.size >= MOST_BALANCERS) throw tooManyLoadBalancers(engine.account);
    const balancer = context.make({ settings: wanted, instances: [], draining: [] });
    await balancer.start();
    return { DNSName: wanted.dnsName };
  };

  const remove: Operation = async (params) => {
    const name = readName(params);
    const balancer = table.get(name);
    table.delete(name);
    if (balancer === undefined) return {};
    await balancer.stop();
    if (balancer.settings.address !== '') engine.network.release(balancer.settings.address);
    return {};
  };

  /** All of them by name; a marker names the last of the page before. */
  const describe: Operation = (params) => {
    const names = texts(params, 'LoadBalancerNames');
    const all = names.length > 0 ? unique(names).map((name) => find(context, name)) : sortedByName([...table.values()]);
    const { items, marker } = page(all, ({ settings }) => settings.name, params);
    return {
      LoadBalancerDescriptions: items.map((balancer) =>
        describeLoadBalancer(balancer.settings, balancer.instanceIds(), { vpcId: VPC_ID, account: engine.account }),
      ),
      NextMarker: marker,
    };
  };

  const describeLimits: Operation = (params) => {
    const { items, marker } = page(ACCOUNT_LIMITS, ({ Name }) => Name, params);
    return { Limits: items, NextMarker: marker };
  };

  return {
    CreateLoadBalancer: writing(create),
    DeleteLoadBalancer: writing(remove),
    DescribeLoadBalancers: reading(describe),
    DescribeAccountLimits: reading(describeLimits),
  };
};

const sortedByName = (balancers: Balancer[]): Balancer[] =>
  balancers.sort((a, b) => (a.settings.name < b.settings.name ? -1 : 1));

const page = <T>(
  all: readonly T[],
  nameOf: (item: T) => string,
  params: Params,
): { items: readonly T[]; marker: string | undefined } => {
  const marker = optionalText(params, 'Marker');
  const last = marker === undefined ? undefined : Buffer.from(marker, 'base64url').toString();
  const before = last === undefined ? -1 : all.findIndex((item) => nameOf(item) === last);
  if (last !== undefined && before < 0) throw invalid('Invalid marker');
  const end = before + 1 + ((params.PageSize as number | undefined) ?? LARGEST_PAGE);
  const items = all.slice(before + 1, end);
  const isMore = end < all.length;
  return { items, marker: isMore ? Buffer.from(nameOf(items.at(-1)!)).toString('base64url') : undefined };
};

const readScheme = (params: Params): LoadBalancer['scheme'] => {
  const scheme = optionalText(params, 'Scheme') ?? 'internet-facing';
  if (scheme === 'internal' || scheme === 'internet-facing') return scheme;
  throw invalid(`Scheme must be internal or internet-facing, not ${scheme}`);
};

const readSettings = (context: Context, params: Params): LoadBalancer => {
  const { engine } = context;
  const name = readNewName(params);
  const listeners = readListeners(params);
  checkListenerCount(engine, listeners.length);
  checkCertificates(context, listeners);
  const scheme = readScheme(params);
  const subnets = unique(texts(params, 'Subnets'));
  const named = texts(params, 'AvailabilityZones');
  if (subnets.length > 0 && named.length > 0) {
    throw invalid('Only one of SubnetIds or AvailabilityZones may be specified');
  }
  const zones = unique(subnets.length > 0 ? subnets.map(zoneOfSubnet) : named);
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
    policies: defaultPolicies(listeners),
    backendPolicies: {},
    tags: readTags(params),
  };
};
