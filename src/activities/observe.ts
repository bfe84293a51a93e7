import { cancellationSignal } from '@temporalio/activity';
import { findCertificate } from '../cloud/certificates.ts';
import { observeCluster } from '../cloud/cluster.ts';
import { observeService } from '../cloud/ecs-service.ts';
import { observeBalancer, serviceOfBalancer } from '../cloud/elb.ts';
import { findZone, listRecords, toObserved } from '../cloud/route53.ts';
import type {
  ObservedBalancer,
  ObservedCluster,
  ObservedDomain,
  ObservedRecord,
  ObservedService,
} from '../domain/deploy/observed.ts';
import type { EndpointSpec } from '../domain/service-spec.ts';
import type { Deps } from './deps.ts';
import { asFailure } from './failure.ts';

export interface World {
  service?: ObservedService;
  balancer?: ObservedBalancer;
  domain?: ObservedDomain;
  cluster: ObservedCluster;
  /** For HTTPS and SSL listeners. */
  certificateArn?: string;
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

  const certificateFor = async (endpoint: EndpointSpec, signal: AbortSignal): Promise<string | undefined> =>
    endpoint.listeners.some((l) => l.protocol === 'HTTPS' || l.protocol === 'SSL')
      ? findCertificate(clients.acm, { domain: endpoint.domain, configured: config.certificates }, signal)
      : undefined;

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
        const seen = await observeService(clients.ecs, cluster, service, signal);
        const [balancer, domain, certificateArn, room] = await Promise.all([
          seen?.behindBalancer === undefined ? undefined : observeBalancer(clients.elb, seen.name, signal),
          endpoint === undefined ? undefined : observeDomain(endpoint.domain, signal),
          endpoint === undefined ? undefined : certificateFor(endpoint, signal),
          observeCluster(clients.ecs, { cluster, ...(seen === undefined ? {} : { incarnation: seen.name }) }, signal),
        ]);
        return {
          cluster: room,
          ...(seen === undefined ? {} : { service: seen }),
          ...(balancer === undefined ? {} : { balancer }),
          ...(domain === undefined ? {} : { domain }),
          ...(certificateArn === undefined ? {} : { certificateArn }),
        };
      }),
  };
};
