import { CancellationScope, isCancellation } from '@temporalio/workflow';
import type { Holdings } from '../activities/retire.ts';
import type { ChangeInput } from '../domain/change.ts';
import { familyRevision, LINES } from '../domain/deploy/lines.ts';
import { checkLock } from './change.ts';
import { cancelledVerdict, endFailed, lockLostVerdict } from './conclude.ts';
import { refOf } from './deployment.ts';
import { awaitInSync, outliveOldAnswers } from './dns.ts';
import { explain, isConcluded } from './failure.ts';
import type { ChangeOutcome } from './messages.ts';
import { drains, reads, summary, writes } from './proxies.ts';
import { underServiceLock, type Begun } from './under-lock.ts';

interface Deletion extends Begun {
  /** Something was written: from then on there is no way but forward. */
  hasBegun: boolean;
}

/**
 * Takes a service away: records first, then nobody is sent to it, its tasks drain, and everything else goes. Each step
 * looks at what is there, so a deletion that broke off is ended by the next one. The log group stays until its lines
 * expire. Fails as `cancelled`, `superseded`, `locked`, `lock_lost`, or with the code of the step that failed.
 */
export const deleteService = (input: ChangeInput): Promise<ChangeOutcome> =>
  underServiceLock('delete', input, (begun) => {
    const deletion: Deletion = { ...begun, hasBegun: false };
    return {
      work: () => removeEverything(deletion),
      conclude: (error) => conclude(deletion, error),
    };
  });

async function removeEverything(deletion: Deletion): Promise<ChangeOutcome> {
  const { input, change, story } = deletion;
  const { service, cluster } = input;
  story.enter('observing');
  const holdings = await reads.findHoldings.executeWithOptions(summary(`what there is of ${service}`), [
    { service, cluster },
  ]);
  change.onLateCancel((actor) => story.warn(`${actor} asked to cancel; the deletion has begun and goes on`));
  return CancellationScope.nonCancellable(async () => {
    deletion.hasBegun = true;
    story.enter('acting');
    await removeRecords(deletion, holdings);
    const write = async (line: string, work: () => Promise<unknown>): Promise<void> => {
      checkLock(deletion);
      story.line(line);
      await work();
    };
    story.enter('retiring');
    for (const name of holdings.services) {
      await write(LINES.drainingService(name), () => writes.emptyService({ cluster, name }));
      await drains.awaitEmpty.executeWithOptions(summary(`${name} drains`), [{ cluster, name }]);
    }
    for (const name of holdings.balancers)
      await write(LINES.deletingBalancer(name), () => writes.deleteBalancer({ name }));
    for (const name of holdings.services) {
      await write(LINES.deletingService(name), () => writes.deleteService({ cluster, name }));
      await drains.awaitDrained.executeWithOptions(summary(`${name} goes`), [{ cluster, name }]);
    }
    for (const arn of holdings.revisions)
      await write(LINES.deletingRevision(familyRevision(arn)), () => writes.deregisterRevision({ arn }));
    await write(LINES.deletingHealthChecks(), () => writes.deleteServiceHealthChecks({ service }));
    const owner = { service, team: input.team, environment: input.environment };
    await write(LINES.deletingTopic(), () => writes.deleteTopic({ owner }));
    await write(LINES.deletingBoard(), () => writes.deleteBoard({ owner }));
    story.line(LINES.deleted(service));
    const message = `${refOf(deletion)}: ${service} is deleted; its logs stay until they expire`;
    return { progress: story.end('succeeded', { ok: true, code: 'succeeded', message }) };
  });
}

/** Whoever took a record away that is gone already, a deletion that broke off or a hand, may have done so just now. */
async function removeRecords(deletion: Deletion, holdings: Holdings): Promise<void> {
  const { story } = deletion;
  const { domains, balancers } = holdings.aliases;
  if (domains.length === 0 && holdings.balancers.length === 0) return;
  story.enter('switching-dns');
  const changes: { domain: string; changeId: string }[] = [];
  for (const domain of domains) {
    checkLock(deletion);
    story.line(LINES.removingRecord(domain));
    changes.push({ domain, changeId: await writes.removeAliases({ domain, balancers }) });
  }
  for (const { domain, changeId } of changes) if (changeId !== '') await awaitInSync(changeId, domain);
  await outliveOldAnswers(story, await reads.readWaits());
}

async function conclude(deletion: Deletion, error: unknown): Promise<never> {
  if (isConcluded(error)) throw error;
  const { input, change, story, hasBegun } = deletion;
  if (change.lockLost()) return endFailed(story, lockLostVerdict());
  if (isCancellation(error)) return endFailed(story, cancelledVerdict(deletion, 'Nothing was changed.'));
  const explained = explain(error);
  if (!hasBegun) return endFailed(story, { ok: false, ...explained });
  return endFailed(story, {
    ok: false,
    code: explained.code,
    message: `${refOf(deletion)} stopped before everything was deleted: ${explained.message}`,
    hint: `Run \`wl delete ${input.service}\` again: it goes on where it stopped.`,
  });
}
