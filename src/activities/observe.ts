import { cancellationSignal } from '@temporalio/activity';
import { findCertificate } from '../cloud/certificates.ts';
import { observeCluster } from '../cloud/cluster.ts';
import { observeIncarnations } from '../cloud/ecs-service.ts';
import { observeBalancer, observeBalancers, serviceOfBalancer } from '../cloud/elb-read.ts';
import { findZone, listRecords, toObserved } from '../cloud/route53.ts';
import { isSecure } from '../domain/deploy/plan-balancer.ts';
import type {
  ObservedBalancer,
  ObservedCluster,
  ObservedDomain,
  ObservedRecord,
  ObservedRemains,
  ObservedService,
} from '../domain/deploy/observed.ts';
import type { EndpointSpec } from '../domain/service-spec.ts';
import { waitsOf, type Deps } from './deps.ts';
import { asFailure } from './failure.ts';

export interface World {
  service?: ObservedService;
  /** Of the service; without one, the newest that a deleted service left. */
  balancer?: ObservedBalancer;
  domain?: ObservedDomain;
  cluster: ObservedCluster;
  /** For HTTPS and SSL listeners. */
  certificateArn?: string;
  /** Other incarnations of the service; absent when there are none. */
  remains?: ObservedRemains[];
  /** From the configuration, so that a rollout keeps those it began with. */
  waits: Waits;
}

/** How long nothing of an old incarnation is taken away after its users were sent elsewhere. */
export interface Waits {
  /** After a DNS change is INSYNC; the old record's TTL when that is longer. */
  dnsSeconds: number;
  /** Without a request at the old load balancer. */
  idleSeconds: number;
}

/** Name of the classic ELB a DNS name belongs to: `<name>-<digits>.<region>.elb.amazonaws.com`, perhaps `dualstack.`. */
const balancerOfDnsName = (dnsName: string): string | undefined =>
  /^(?:dualstack\.)?(?:internal-)?(.+)-[0-9]+\.[a-z0-9-]+\.elb\.amazonaws\.com$/.exec(dnsName)?.[1];

export const createObserveActivities = (deps: Deps) => {
  const { clients, config } = deps;

  const observeDomain = async (domain: string, signal: AbortSignal): Promise<ObservedDomain> => {
    const zoneId = await findZone(clients.route53, { domain, zones: config['hosted-zones'] }, signal);
    const recordSets = await listRecords(clients.route53, zoneId, domain, signal);
    const records = await Promise.all(
      recordSets.map(async (set): Promise<ObservedRecord> => {
        const record = toObserved(set);
        const balancer = record.targets.map(balancerOfDnsName).find((name) => name !== undefined);
        const owner = balancer === undefined ? undefined : await serviceOfBalancer(clients.elb, balancer, signal);
        return owner === undefined ? record : { ...record, pointsToService: owner };
      }),
    );
    return { zoneId, records, recordSets };
  };

  const certificateFor = async (
    { domain, listeners }: EndpointSpec,
    balancer: ObservedBalancer | undefined,
    signal: AbortSignal,
  ): Promise<string | undefined> => {
    if (!listeners.some((l) => isSecure(l.protocol))) return undefined;
    const inUse = (balancer?.listeners ?? []).flatMap((l) => l.certificateArn ?? []);
    return findCertificate(clients.acm, { domain, configured: config.certificates, inUse }, signal);
  };

  return {
    /** Reads what is there: service, balancer, record, certificate, capacity. Changes nothing. */
    observe: ({
      service,
      cluster,
      endpoint,
    }: {
      service: string;
      cluster: string;
      endpoint?: EndpointSpec;
    }): Promise<World> =>
      asFailure(async () => {
        const signal = cancellationSignal();
        const { current: seen, others } = await observeIncarnations(clients.ecs, cluster, service, signal);
        const incarnation = seen?.name;
        const named = { service, ...(incarnation === undefined ? {} : { incarnation }) };
        const [balancers, domain, room] = await Promise.all([
          observeBalancers(clients.elb, named, signal),
          endpoint === undefined ? undefined : observeDomain(endpoint.domain, signal),
          observeCluster(clients.ecs, { cluster, ...(incarnation === undefined ? {} : { incarnation }) }, signal),
        ]);
        // Without a service, the newest of those that lost theirs.
        const lost = seen === undefined ? balancers.others.toSorted().at(-1) : undefined;
        const orphan = lost === undefined ? undefined : await observeBalancer(clients.elb, lost, signal);
        const balancer = seen?.behindBalancer === undefined ? orphan : balancers.current;
        const certificateArn = endpoint === undefined ? undefined : await certificateFor(endpoint, balancer, signal);
        const names = [...new Set([...others.map((s) => s.serviceName ?? ''), ...balancers.others])]
          .filter((name) => name !== orphan?.name)
          .sort();
        const remains = names.map((name): ObservedRemains => ({
          name,
          hasService: others.some((s) => s.serviceName === name),
          hasBalancer: balancers.others.includes(name),
        }));
        return {
          cluster: room,
          waits: waitsOf(config),
          ...(seen === undefined ? {} : { service: seen }),
          ...(balancer === undefined ? {} : { balancer }),
          ...(domain === undefined ? {} : { domain }),
          ...(certificateArn === undefined ? {} : { certificateArn }),
          ...(remains.length === 0 ? {} : { remains }),
        };
      }),
  };
};
