import { ApplicationFailure, cancellationSignal } from '@temporalio/activity';
import type { ResourceRecordSet } from '@aws-sdk/client-route-53';
import { findZone, isInSync, removeAliases, restoreRecords, upsertAlias, type AliasWant } from '../cloud/route53.ts';
import type { Deps } from './deps.ts';
import { asFailure } from './failure.ts';

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
      return (await restoreRecords(clients.route53, { zoneId, domain, records }, cancellationSignal())) ?? '';
    }),

  /** Fails, benignly, until the change is INSYNC: the retry policy is the polling interval. */
  awaitInSync: ({ changeId }: { changeId: string }): Promise<void> =>
    asFailure(async () => {
      if (await isInSync(clients.route53, changeId, cancellationSignal())) return;
      throw ApplicationFailure.create({
        type: 'dns_pending',
        message: 'the DNS change is still PENDING',
        category: 'BENIGN',
      });
    }),

  /** Deletes the aliases of a name that point to one of these load balancers. Answers the change, or nothing. */
  removeAliases: ({ domain, balancers }: { domain: string; balancers: string[] }): Promise<string> =>
    asFailure(async () => {
      const signal = cancellationSignal();
      const zoneId = await findZone(clients.route53, { domain, zones: config['hosted-zones'] }, signal);
      return (await removeAliases(clients.route53, { zoneId, domain, balancers }, signal)) ?? '';
    }),
});
