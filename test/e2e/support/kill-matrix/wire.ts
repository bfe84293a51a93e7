import { createRequire } from 'node:module';
import { gunzipSync } from 'node:zlib';
import type * as Proto from '@temporalio/proto';

/** See `test/replay/history-file.ts`: the package's own copy, whatever npm made of the installation. */
const { temporal } = createRequire(import.meta.url)('@temporalio/proto') as typeof Proto;
const messages = temporal.api.workflowservice.v1;

/** A task in the hands of a worker. */
export interface Handed {
  kind: 'workflow' | 'activity';
  workflowId: string;
  runId: string;
  /** Empty for a workflow task. */
  activityId: string;
  activityType: string;
  /** Milliseconds since the epoch. */
  at: number;
}

/** A gRPC message without its five bytes of frame. Every call of a worker is unary, so there is one. */
function unframe(body: Buffer): Uint8Array {
  const message = body.subarray(5, 5 + body.readUInt32BE(1));
  return body[0] === 1 ? gunzipSync(message) : message;
}

const tokenOf = (token: Uint8Array | null | undefined): string => Buffer.from(token ?? []).toString('base64');

const REPORTS: Record<string, { decode: (bytes: Uint8Array) => { taskToken?: Uint8Array | null } }> = {
  RespondWorkflowTaskCompleted: messages.RespondWorkflowTaskCompletedRequest,
  RespondActivityTaskCompleted: messages.RespondActivityTaskCompletedRequest,
};

/** Of the task that a worker reports as done; undefined for every other call. */
export function reportedToken(method: string, body: Buffer): string | undefined {
  const report = REPORTS[method];
  return report === undefined ? undefined : tokenOf(report.decode(unframe(body)).taskToken);
}

/** What a worker reports for a workflow task: activities by name, every other command by its type; `nothing` is one too. */
export function commandsOf(body: Buffer): string[] {
  const { commands } = messages.RespondWorkflowTaskCompletedRequest.decode(unframe(body));
  const names = commands.map(
    ({ commandType, scheduleActivityTaskCommandAttributes: activity }) =>
      activity?.activityType?.name ?? temporal.api.enums.v1.CommandType[commandType ?? 0] ?? '',
  );
  return names.length === 0 ? ['nothing'] : names;
}

/** The tasks in an answer of Temporal, by token; a completed workflow task may bring the next ones along. */
export function handedBy(method: string, body: Buffer): [token: string, task: Handed][] {
  if (body.length <= 5) return [];
  const message = unframe(body);
  if (method === 'PollActivityTaskQueue') return activity(messages.PollActivityTaskQueueResponse.decode(message));
  if (method === 'PollWorkflowTaskQueue') return workflow(messages.PollWorkflowTaskQueueResponse.decode(message));
  if (method !== 'RespondWorkflowTaskCompleted') return [];
  const answer = messages.RespondWorkflowTaskCompletedResponse.decode(message);
  return [...answer.activityTasks.flatMap(activity), ...(answer.workflowTask ? workflow(answer.workflowTask) : [])];
}

type Execution = Proto.temporal.api.common.v1.IWorkflowExecution | null | undefined;

const task = (execution: Execution, more: Pick<Handed, 'kind' | 'activityId' | 'activityType'>): Handed => ({
  ...more,
  workflowId: execution?.workflowId ?? '',
  runId: execution?.runId ?? '',
  at: Date.now(),
});

function activity({
  taskToken,
  workflowExecution,
  activityId,
  activityType,
}: Proto.temporal.api.workflowservice.v1.IPollActivityTaskQueueResponse): [string, Handed][] {
  if (!taskToken?.length) return [];
  const what = { kind: 'activity', activityId: activityId ?? '', activityType: activityType?.name ?? '' } as const;
  return [[tokenOf(taskToken), task(workflowExecution, what)]];
}

function workflow({
  taskToken,
  workflowExecution,
  query,
}: Proto.temporal.api.workflowservice.v1.IPollWorkflowTaskQueueResponse): [string, Handed][] {
  if (!taskToken?.length || query) return [];
  return [[tokenOf(taskToken), task(workflowExecution, { kind: 'workflow', activityId: '', activityType: '' })]];
}
