import {
  CreateLogGroupCommand,
  FilterLogEventsCommand,
  PutRetentionPolicyCommand,
  type CloudWatchLogsClient,
} from '@aws-sdk/client-cloudwatch-logs';
import { awsCodeOf, call } from './call.ts';
import { ownerTags } from './tags.ts';
import type { Owner } from '../domain/deploy/service-want.ts';

/**
 * Safe to repeat. The retention is asked for first: a group that is there already costs one call, and one whose making
 * broke off between its two calls gets its retention all the same.
 */
export async function ensureLogGroup(
  logs: CloudWatchLogsClient,
  { name, retentionDays, owner }: { name: string; retentionDays: number; owner: Owner },
  signal?: AbortSignal,
): Promise<void> {
  const retain = () =>
    call(logs, new PutRetentionPolicyCommand({ logGroupName: name, retentionInDays: retentionDays }), signal);
  try {
    await retain();
    return;
  } catch (error) {
    if (awsCodeOf(error) !== 'ResourceNotFoundException') throw error;
  }
  try {
    await call(logs, new CreateLogGroupCommand({ logGroupName: name, tags: ownerTags(owner) }), signal);
  } catch (error) {
    if (awsCodeOf(error) !== 'ResourceAlreadyExistsException') throw error;
  }
  await retain();
}

/**
 * The last lines that these tasks wrote since a moment (milliseconds), oldest first; none when there is no such group.
 * The last part of an awslogs stream's name is the task's id.
 */
export async function lastLogLines(
  logs: CloudWatchLogsClient,
  { name, since, taskIds, limit }: { name: string; since: number; taskIds: string[]; limit: number },
  signal?: AbortSignal,
): Promise<string[]> {
  const command = new FilterLogEventsCommand({ logGroupName: name, startTime: since, limit: 1_000 });
  try {
    const { events } = await call(logs, command, signal);
    const theirs = (events ?? []).filter((e) => taskIds.includes(e.logStreamName?.split('/').at(-1) ?? ''));
    return theirs.slice(-limit).map((e) => (e.message ?? '').trimEnd());
  } catch (error) {
    if (awsCodeOf(error) === 'ResourceNotFoundException') return [];
    throw error;
  }
}
