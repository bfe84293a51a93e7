import { ApplicationFailure, cancellationSignal, Context } from '@temporalio/activity';
import type { ResourceRecordSet } from '@aws-sdk/client-route-53';
import { findZone, isInSync, removeAliases, restoreRecords, upsertAlias, type AliasWant } from '../cloud/route53.ts';
import { waitsOf, type Deps } from './deps.ts';
import { asFailure } from './failure.ts';

/** Stands before the moment (milliseconds) from which a change counts as INSYNC whose id was lost with its answer. */
const LOST = 'lost:';

const dnsPending = () =>
  ApplicationFailure.create({
    type: 'dns_pending',
    message: 'the DNS change is still PENDING',
    category: 'BENIGN',
  });

/**
 * The change to wait for. Nothing left to change may mean that an earlier try did it and its answer was lost, and with
 * it the id to ask for: Route 53 has told all its servers after a minute, which is what the configured wait stands for.
 */
function changeOr(changeId: string | undefined, { config }: Pick<Deps, 'config'>): string {
  if (changeId !== undefined) return changeId;
  const isFirstTry = Context.current().info.attempt === 1;
  return isFirstTry ? '' : `${LOST}${Date.now() + waitsOf(config).dnsSeconds * 1_000}`;
}

export const createDnsActivities = ({ clients, config }: Deps) => ({
  /** Answers the change to wait for. */
  upsertAlias: (want: AliasWant): Promise<string> =>
    asFailure(() => upsertAlias(clients.route53, want, cancellationSignal())),

  /** Answers the change to wait for, or nothing. */
  restoreRecords: ({
    zoneId,
    domain,
    recordSets,
  }: {
    zoneId: string;
    domain: string;
    recordSets: unknown[];
  }): Promise<string> =>
    asFailure(async () => {
      const records = recordSets as ResourceRecordSet[];
      return changeOr(await restoreRecords(clients.route53, { zoneId, domain, records }, cancellationSignal()), {
        config,
      });
    }),

  /** Fails, benignly, until the change is INSYNC: the retry policy is the polling interval. */
  awaitInSync: ({ changeId }: { changeId: string }): Promise<void> =>
    asFailure(async () => {
      const isDone = changeId.startsWith(LOST)
        ? Date.now() >= Number(changeId.slice(LOST.length))
        : await isInSync(clients.route53, changeId, cancellationSignal());
      if (!isDone) throw dnsPending();
    }),

  /** Deletes the aliases of a name that point to one of these load balancers. Answers the change, or nothing. */
  removeAliases: ({ domain, balancers }: { domain: string; balancers: string[] }): Promise<string> =>
    asFailure(async () => {
      const signal = cancellationSignal();
      const zoneId = await findZone(clients.route53, { domain, zones: config['hosted-zones'] }, signal);
      return changeOr(await removeAliases(clients.route53, { zoneId, domain, balancers }, signal), { config });
    }),
});
