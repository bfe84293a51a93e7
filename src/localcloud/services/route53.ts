/** Route 53: zones, records, health checks, and the answers DNS would give the ingress. */
import type { Engine, Parts } from '../registration.ts';
import type { Elb } from './elb.ts';
import { createChanges, type ChangeInfo } from './route53/changes.ts';
import { createChecker } from './route53/checker.ts';
import { createDelegationSetOperations } from './route53/delegation-sets.ts';
import { createHealthCheckOperations } from './route53/health-checks.ts';
import { createHealthMonitor } from './route53/health-monitor.ts';
import { normalizeName } from './route53/names.ts';
import { createQuotaOperations } from './route53/quotas.ts';
import { createRecordOperations } from './route53/record-operations.ts';
import { report, type Route53Report } from './route53/report.ts';
import { createResolver } from './route53/resolver.ts';
import { firstState, type State } from './route53/state.ts';
import { createTagOperations } from './route53/tags.ts';
import { createZoneOperations } from './route53/zone-operations.ts';
import { tableOf } from '../engine/table.ts';

/** Networks the checkers ask from: documentation addresses, as nobody filters here. */
const CHECKER_RANGES = ['192.0.2.0/24'];

export interface Route53 extends Parts {
  /** The name a host's alias or CNAMEs end at, as far as this account's zones know; the host itself otherwise. */
  resolve(host: string): string;
  /** Name of the zone a host is in, with its trailing dot; undefined when none of this account's is. */
  zoneFor(host: string): string | undefined;
  /** Zones with their records, changes on their way, and health checks, for people. */
  report(): Route53Report;
}

interface Saved extends State {
  changes: ChangeInfo[];
}

export const createRoute53 = (engine: Engine, elb: Pick<Elb, 'findByDnsName' | 'list'>): Route53 => {
  let current = firstState(engine);
  const state = (): State => current;
  const changes = createChanges(engine, () => current.zones);
  const resolver = createResolver({
    engine,
    zones: () => {
      changes.settle();
      return current.zones;
    },
    elb,
    isHealthy: (id) => monitor.isHealthy(id),
  });
  const ask = createChecker({ engine, elb, resolver });
  const monitor = createHealthMonitor({ engine, checks: () => current.healthChecks, ask });
  const isBalancer = (dnsName: string): boolean => elb.findByDnsName(dnsName) !== undefined;
  const context = { engine, state, changes, monitor, resolver, isBalancer };

  return {
    resolve: resolver.resolve,
    zoneFor: (host) => resolver.zoneOf(normalizeName(host))?.name,
    report: () => report(current, changes, monitor),
    services: [
      {
        scope: 'route53',
        model: 'route53',
        throttlingCode: 'Throttling',
        validationCode: 'InvalidInput',
        operations: {
          ...createZoneOperations(context),
          ...createRecordOperations(context),
          ...createDelegationSetOperations(context),
          ...createHealthCheckOperations(context),
          ...createTagOperations(context),
          ...createQuotaOperations(context),
          GetCheckerIpRanges: { run: () => ({ CheckerIpRanges: CHECKER_RANGES }), mutating: false, depth: 'fixed' },
        },
        persistent: {
          key: 'route53',
          save: (): Saved => ({ ...current, changes: changes.save() }),
          load: (data) => {
            const { changes: onTheirWay, ...saved } = data as Saved;
            // What older state files do not have begins empty.
            current = { ...current, ...saved };
            current.zones = tableOf(current.zones);
            current.delegationSets = tableOf(current.delegationSets);
            current.healthChecks = tableOf(current.healthChecks);
            changes.load(onTheirWay);
          },
          start: async () => {
            changes.start();
            for (const check of Object.values(current.healthChecks)) monitor.resume(check);
          },
          stop: async () => monitor.stop(),
        },
      },
    ],
  };
};
