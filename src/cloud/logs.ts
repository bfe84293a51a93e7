import {
  CreateLogGroupCommand,
  FilterLogEventsCommand,
  PutRetentionPolicyCommand,
  type CloudWatchLogsClient,
} from '@aws-sdk/client-cloudwatch-logs';
import { awsCodeOf, call } from './call.ts';
import { ownerTags } from './tags.ts';
import type { Owner } from '../domain/deploy/service-want.ts';

/** Safe to repeat: a group that is there already stays. */
export async function ensureLogGroup(
  logs: CloudWatchLogsClient,
  { name, retentionDays, owner }: { name: string; retentionDays: number; owner: Owner },
  signal?: AbortSignal,
): Promise<void> {
  try {
    await call(logs, new CreateLogGroupCommand({ logGroupName: name, tags: ownerTags(owner) }), signal);
  } catch (error) {
    if (awsCodeOf(error) === 'ResourceAlreadyExistsException') return;
    throw error;
  }
  await call(logs, new PutRetentionPolicyCommand({ logGroupName: name, retentionInDays: retentionDays }), signal);
}

/** The last lines written since a moment (milliseconds), oldest first; none when there is no such group. */
export async function lastLogLines(
  logs: CloudWatchLogsClient,
  { name, since, limit }: { name: string; since: number; limit: number },
  signal?: AbortSignal,
): Promise<string[]> {
  try {
    const { events } = await call(
      logs,
      new FilterLogEventsCommand({ logGroupName: name, startTime: since, limit: 1_000 }),
      signal,
    );
    return (events ?? []).slice(-limit).map((e) => (e.message ?? '').trimEnd());
  } catch (error) {
    if (awsCodeOf(error) === 'ResourceNotFoundException') return [];
    throw error;
  }
}
