/** What DNS answers from the records that are served: wildcards, aliases, health, and routing among several sets. */
import type { Engine } from '../../registration.ts';
import type { Elb } from '../elb.ts';
import { isWithin, normalizeName } from './names.ts';
import type { Alias, RecordSet } from './records.ts';
import type { Zone } from './zones.ts';

/** CNAMEs and aliases followed before a name counts as unresolvable. */
const MOST_HOPS = 8;
/** Sets a multivalue answer is made of at most. */
const MOST_ANSWERS = 8;

export interface Resolver {
  /** Of the public zones a name is in, the one with the longest name. */
  zoneOf(name: string): Zone | undefined;
  /** The name a host's aliases or CNAMEs end at, as far as these zones know; the host itself otherwise. */
  resolve(host: string): string;
  /** Values DNS answers a question with: none when there is no such type, undefined when there is no such name. */
  test(zone: Zone, name: string, type: string): string[] | undefined;
}

interface Ports {
  engine: Pick<Engine, 'random' | 'region'>;
  /** Brought up to date before each question. */
  zones: () => Record<string, Zone>;
  elb: Pick<Elb, 'findByDnsName'>;
  isHealthy: (healthCheckId: string) => boolean;
}

export const createResolver = ({ engine, zones, elb, isHealthy }: Ports): Resolver => {
  const zoneOf = (name: string): Zone | undefined =>
    Object.values(zones())
      .filter((zone) => zone.vpc === undefined && isWithin(name, zone.name))
      .sort((a, b) => b.name.length - a.name.length)[0];

  const isAliasHealthy = (zone: Zone, { type }: RecordSet, alias: Alias, hops: number): boolean => {
    if (alias.hostedZoneId !== zone.id) return elb.findByDnsName(alias.dnsName)?.isServing() ?? false;
    if (hops === 0) return false;
    const targets = setsAt(zone, alias.dnsName)?.filter((record) => record.type === type) ?? [];
    return targets.some((record) => isUsable(zone, record, hops - 1));
  };
  const isUsable = (zone: Zone, record: RecordSet, hops = MOST_HOPS): boolean => {
    if (record.healthCheckId !== undefined && !isHealthy(record.healthCheckId)) return false;
    const { alias } = record;
    return alias?.evaluateTargetHealth === true ? isAliasHealthy(zone, record, alias, hops) : true;
  };

  /** By the sets' weights, or any when all weigh nothing. */
  const weighted = (sets: readonly RecordSet[]): RecordSet | undefined => {
    const weights = sets.map(({ routing }) => Number(routing.Weight));
    const total = weights.reduce((sum, weight) => sum + weight, 0);
    if (total === 0) return sets[engine.random.below(sets.length)];
    let left = engine.random.next() * total;
    return sets.find((_set, i) => (left -= weights[i] ?? 0) < 0);
  };

  /** One set of several of a name and type. When none is healthy, all count as healthy; a single one is never doubted. */
  const choose = (zone: Zone, sets: readonly RecordSet[]): RecordSet[] => {
    if (sets.length <= 1) return [...sets];
    const healthy = sets.filter((record) => isUsable(zone, record));
    const [kind] = Object.keys(sets[0]?.routing ?? {});
    const able = healthy.length > 0 ? healthy : sets;
    if (kind === 'MultiValueAnswer') return able.slice(0, MOST_ANSWERS);
    const primary = able.find(({ routing }) => routing.Failover === 'PRIMARY');
    const near = able.find(({ routing }) => routing.Region === engine.region);
    const chosen = kind === 'Weight' ? weighted(preferWeighty(able)) : (primary ?? near ?? able[0]);
    return chosen === undefined ? [] : [chosen];
  };

  /** Several of a multivalue answer: a client takes any. */
  const pickOne = (sets: readonly RecordSet[]): RecordSet | undefined =>
    sets.length <= 1 ? sets[0] : sets[engine.random.below(sets.length)];

  /** The name a name leads on to. */
  const follow = (name: string): string | undefined => {
    const zone = zoneOf(name);
    const sets = zone && setsAt(zone, name);
    if (zone === undefined || sets === undefined) return undefined;
    const aliases = sets.filter(({ type }) => type === 'CNAME');
    const record = pickOne(choose(zone, aliases.length > 0 ? aliases : sets.filter(({ type }) => type === 'A')));
    return record?.alias?.dnsName ?? (record?.type === 'CNAME' ? record.values?.[0] : undefined);
  };

  const valuesOf = (zone: Zone, record: RecordSet, hops: number): string[] => {
    const { alias, values = [] } = record;
    if (alias === undefined) return values;
    if (alias.hostedZoneId === zone.id && hops > 0) return answer(zone, alias.dnsName, record.type, hops - 1) ?? [];
    const address = elb.findByDnsName(alias.dnsName)?.settings.address ?? '';
    return address === '' ? [] : [address];
  };
  const answer = (zone: Zone, name: string, type: string, hops: number): string[] | undefined => {
    const sets = setsAt(zone, name);
    if (sets === undefined) return undefined;
    const ofType = sets.filter((record) => record.type === type);
    const fitting = ofType.length > 0 ? ofType : sets.filter((record) => record.type === 'CNAME');
    return choose(zone, fitting).flatMap((record) => valuesOf(zone, record, hops));
  };

  return {
    zoneOf,
    resolve: (host) => {
      let current = normalizeName(host);
      for (let hop = 0; hop < MOST_HOPS; hop += 1) {
        const next = follow(current);
        if (next === undefined) return current;
        current = normalizeName(next);
      }
      return current;
    },
    test: (zone, name, type) => {
      zones();
      return answer(zone, name, type, MOST_HOPS);
    },
  };
};

/** Nothing goes to a set of weight 0 as long as another one weighs something. */
const preferWeighty = (sets: readonly RecordSet[]): readonly RecordSet[] => {
  const weighty = sets.filter(({ routing }) => Number(routing.Weight) > 0);
  return weighty.length > 0 ? weighty : sets;
};

/** The sets of a name, or of the wildcard that covers it; undefined when there is no such name. */
const setsAt = ({ name: apex, served }: Zone, name: string): RecordSet[] | undefined => {
  const records = Object.values(served);
  const named = records.filter((record) => record.name === name);
  if (named.length > 0) return named;
  if (records.some((record) => isWithin(record.name, name))) return [];
  for (let parent = name; parent !== apex && isWithin(parent, apex);) {
    parent = parent.slice(parent.indexOf('.') + 1);
    const wild = records.filter((record) => record.name === `\\052.${parent}`);
    if (wild.length > 0) return wild;
    // A name that is there keeps wildcards further up from what is below it.
    if (records.some((record) => isWithin(record.name, parent))) return undefined;
  }
  return undefined;
};
