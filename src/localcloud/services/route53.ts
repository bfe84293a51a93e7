/** Route 53: zones, records, health checks, and the answers DNS would give the ingress. */
import type { Params } from '../engine/contract.ts';
import type { Engine, Parts } from '../registration.ts';
import type { Elb } from './elb.ts';
import { checkEndpoint } from './route53/checker.ts';
import { createHealthCheckOperations, type HealthChecks } from './route53/health-checks.ts';
import { isWithin, normalizeName } from './route53/names.ts';
import { createTagOperations, type TagTable } from './route53/tags.ts';
import { createZoneOperations } from './route53/zone-operations.ts';
import { newZone, servedRecords, type Zone, type ZoneState } from './route53/zones.ts';

/** Id of the zone every account begins with, less the last four characters, which tell accounts apart. */
const DEFAULT_ZONE_ID = 'Z0C1A55E5C1A55E5';
/** CNAMEs followed before a name counts as unresolvable. */
const MOST_HOPS = 8;

export interface Route53 extends Parts {
  /** The name a host's alias or CNAMEs end at, as far as this cloud's zones know; the host itself otherwise. */
  resolve(host: string): string;
  /** Name of the zone a host is in, with its trailing dot; undefined when none of this account's is. */
  zoneFor(host: string): string | undefined;
}

interface State extends ZoneState {
  healthChecks: HealthChecks;
  tags: TagTable;
}

export const createRoute53 = (engine: Engine, elb: Pick<Elb, 'findByDnsName'>): Route53 => {
  const id = `${DEFAULT_ZONE_ID}${engine.account.slice(0, 4)}`;
  let state: State = {
    zones: { [id]: newZone(id, `${engine.domain}.`, 'default') },
    changes: [],
    healthChecks: {},
    tags: {},
  };

  const zoneOf = (host: string): Zone | undefined =>
    Object.values(state.zones)
      .filter((zone) => isWithin(host, zone.name))
      .sort((a, b) => b.name.length - a.name.length)[0];

  /** The one record a name leads on with. */
  const follow = (host: string): string | undefined => {
    const zone = zoneOf(host);
    if (zone === undefined) return undefined;
    const records = Object.values(servedRecords(zone, engine.clock.now()));
    const named = records.filter((record) => record.name === host);
    const wildcard = `\\052.${host.split('.').slice(1).join('.')}`;
    const matching = named.length > 0 ? named : records.filter((record) => record.name === wildcard);
    const record = matching.find(({ type, alias }) => type === 'CNAME' || (type === 'A' && alias !== undefined));
    return record?.alias?.dnsName ?? record?.values?.[0];
  };

  const resolve = (host: string): string => {
    let current = normalizeName(host);
    for (let hop = 0; hop < MOST_HOPS; hop += 1) {
      const next = follow(current);
      if (next === undefined) return current;
      current = normalizeName(next);
    }
    return current;
  };

  const checkNow = (config: Params): Promise<string> => {
    const balancer = elb.findByDnsName(resolve(String(config.FullyQualifiedDomainName ?? '')));
    const place = balancer && engine.network.resolve(balancer.settings.address, Number(config.Port));
    return checkEndpoint(place, config);
  };

  const exists = (type: string, resourceId: string): boolean =>
    resourceId in (type === 'hostedzone' ? state.zones : state.healthChecks);

  return {
    resolve,
    zoneFor: (host) => zoneOf(normalizeName(host))?.name,
    services: [
      {
        scope: 'route53',
        model: 'route53',
        throttlingCode: 'Throttling',
        validationCode: 'InvalidInput',
        operations: {
          ...createZoneOperations(engine, () => state),
          ...createHealthCheckOperations(engine, () => state.healthChecks, checkNow),
          ...createTagOperations(() => state.tags, exists),
        },
        persistent: {
          key: 'route53',
          save: () => state,
          load: (data) => {
            state = data as State;
          },
          start: async () => undefined,
          stop: async () => undefined,
        },
      },
    ],
  };
};
