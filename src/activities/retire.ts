import { ApplicationFailure, cancellationSignal } from '@temporalio/activity';
import { readAccountId } from '../cloud/account.ts';
import { deleteBoard } from '../cloud/dashboards.ts';
import { emptyService, readDrain } from '../cloud/ecs-drain.ts';
import { describeServices, isOf, listServiceNames } from '../cloud/ecs-service.ts';
import { observeBalancers } from '../cloud/elb-read.ts';
import { deleteHealthChecks, ofIncarnation, ofService } from '../cloud/health-checks.ts';
import { countRequests } from '../cloud/metrics.ts';
import { deleteTopic } from '../cloud/notifications.ts';
import { aliasesOf, type Aliases } from '../cloud/route53.ts';
import { ownName } from '../cloud/tags.ts';
import { listActiveRevisions } from '../cloud/task-definition.ts';
import type { Owner } from '../domain/deploy/service-want.ts';
import { serviceFamily, serviceOfIncarnation } from '../domain/ids.ts';
import { waitsOf, type Deps } from './deps.ts';
import { asFailure } from './failure.ts';
import type { Waits } from './observe.ts';

/** Everything that AWS holds of a service and that a deletion takes away. */
export interface Holdings {
  /** Names that point to its load balancers, and to which: somebody may have deleted those. */
  aliases: Aliases;
  /** ECS services that are not INACTIVE yet. */
  services: string[];
  balancers: string[];
  /** ARNs of ACTIVE revisions. */
  revisions: string[];
}

const draining = (message: string): ApplicationFailure =>
  ApplicationFailure.create({ type: 'draining', message, category: 'BENIGN' });

export const createRetireActivities = ({ clients, config }: Deps) => ({
  /** Requests that a load balancer has counted since a moment (milliseconds). */
  countRequests: (want: { balancer: string; sinceMs: number }): Promise<number> =>
    asFailure(() => countRequests(clients.cloudwatch, want, cancellationSignal())),

  emptyService: (at: { cluster: string; name: string }): Promise<void> =>
    asFailure(() => emptyService(clients.ecs, at, cancellationSignal())),

  /** How long nothing is taken away after its users were sent elsewhere; from the configuration. */
  readWaits: (): Promise<Waits> => Promise.resolve(waitsOf(config)),

  /** Fails, benignly, until the service has no task any more: the retry policy is the polling interval. */
  awaitEmpty: (at: { cluster: string; name: string }): Promise<void> =>
    asFailure(async () => {
      const { status, tasks } = await readDrain(clients.ecs, at, cancellationSignal());
      if (tasks > 0) throw draining(`${at.name} is ${status} and has ${tasks} tasks`);
    }),

  /** Fails, benignly, until a deleted service has no task and is INACTIVE or gone. */
  awaitDrained: (at: { cluster: string; name: string }): Promise<void> =>
    asFailure(async () => {
      const { status, tasks } = await readDrain(clients.ecs, at, cancellationSignal());
      if (tasks > 0 || status === 'DRAINING') throw draining(`${at.name} is ${status} and has ${tasks} tasks`);
    }),

  /** Deletes the Route 53 health checks of an incarnation. */
  deleteHealthChecks: ({ incarnation }: { incarnation: string }): Promise<void> =>
    asFailure(async () => {
      const isOf = ofIncarnation(incarnation);
      await deleteHealthChecks(clients.route53, { isOf }, cancellationSignal());
    }),

  /** Deletes those of every incarnation of a service. */
  deleteServiceHealthChecks: ({ service }: { service: string }): Promise<void> =>
    asFailure(() => deleteHealthChecks(clients.route53, { isOf: ofService(service) }, cancellationSignal())),

  findHoldings: ({ service, cluster }: { service: string; cluster: string }): Promise<Holdings> =>
    asFailure(async () => {
      const signal = cancellationSignal();
      const [names, { others: balancers }, revisions] = await Promise.all([
        listServiceNames(clients.ecs, cluster, signal),
        observeBalancers(clients.elb, { service }, signal),
        listActiveRevisions(clients.ecs, serviceFamily(service), signal),
      ]);
      const mine = names.filter((name) => serviceOfIncarnation(name) === service);
      // ListServices does not show what drains, and its load balancer may still stand.
      const candidates = [...new Set([...mine, ...balancers])];
      const found = await describeServices(clients.ecs, cluster, candidates, signal);
      const services = found.filter((s) => s.status !== 'INACTIVE' && isOf(service, s)).map((s) => s.serviceName ?? '');
      const zones = config['hosted-zones'];
      const aliases = await aliasesOf(clients.route53, { zones, service, incarnations: names }, signal);
      return { aliases, services, balancers, revisions };
    }),

  deleteTopic: ({ owner }: { owner: Owner }): Promise<void> =>
    asFailure(async () => {
      const signal = cancellationSignal();
      const accountId = await readAccountId(clients.sts, signal);
      await deleteTopic(clients.sns, { owner, region: config.region, accountId }, signal);
    }),

  deleteBoard: ({ owner }: { owner: Owner }): Promise<void> =>
    asFailure(() => deleteBoard(clients.cloudwatch, ownName(owner), cancellationSignal())),
});
