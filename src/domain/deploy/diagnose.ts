import { AGENT_GONE } from './capacity.ts';
import type { Diagnosis } from '../events.ts';
import { causeOf, isFailure, isServing, mostCommonCause, type RolloutSnapshot } from './rollout.ts';

/** What could be found out about a rollout that did not work. */
export interface Evidence {
  snapshot?: RolloutSnapshot;
  /** Newest first. */
  serviceEvents: string[];
  /** Last log lines of our tasks, oldest first. */
  logLines: string[];
  /** What one more task lacks, instance by instance; absent when that was not looked at. */
  missing?: string[];
}

/** Why the rollout ended, as its judge saw it. */
export interface Failure {
  kind:
    | 'gone'
    | 'interference'
    | 'crashing'
    | 'unplaceable'
    | 'blocked'
    | 'timeout'
    | 'no-progress'
    | 'old-tasks-timeout'
    | 'error';
  message: string;
  /** What to do next, where the step that failed knows it. */
  hint?: string;
}

/** What ELB says of an instance whose zone it does not serve. */
const DARK_ZONE = /Availability Zone for which LoadBalancer is not configured/;

/** A load balancer lost a zone during the rollout: then neither release can come into service there. */
export const hasLostZone = ({ snapshot, serviceEvents }: Evidence): boolean =>
  [...(snapshot?.health ?? []).map((h) => h.description), ...serviceEvents].some((text) => DARK_ZONE.test(text));

/** Pure: names the first cause in plain words, with what supports it and what to do next. */
export function diagnose(failure: Failure, evidence: Evidence): Diagnosis {
  const facts = collectFacts(evidence);
  const { cause, hint } = explain(failure, evidence);
  return { cause, facts, hint };
}

/** ELB's words for why an instance is not in service, as ECS passes them on. */
const elbReason = (serviceEvents: string[]): string | undefined =>
  serviceEvents.flatMap((text) => / is unhealthy in \(elb [^)]*\) due to \(reason (.+)\)$/.exec(text)?.[1] ?? [])[0];

const ZONE_HINT = 'The load balancer did not serve the zone of that instance: find out who disabled it (CloudTrail).';

const roomHint = (missing: string[]): string =>
  missing.length > 0 && missing.every((text) => text.endsWith(AGENT_GONE))
    ? 'Look at the ECS agents of these instances, or let the platform team replace them.'
    : 'Free CPU, memory or the host port on an instance, add instances, or lower scale or `deployment.minimum-healthy`.';

/** The first few, behind a cause. */
const inBrackets = (missing: string[]): string => (missing.length === 0 ? '' : ` (${missing.slice(0, 5).join('; ')})`);

function explain(
  failure: Failure,
  { snapshot, serviceEvents, missing = [] }: Evidence,
): { cause: string; hint: string } {
  if (failure.kind === 'gone') {
    return {
      cause: failure.message,
      hint: 'Find out who deleted it (CloudTrail), then deploy again: the service is made anew.',
    };
  }
  if (failure.kind === 'interference') {
    return { cause: failure.message, hint: 'Find out who did it (CloudTrail, other deploy tools), then deploy again.' };
  }
  if (failure.kind === 'unplaceable') {
    return { cause: `${failure.message}${inBrackets(missing)}`, hint: roomHint(missing) };
  }
  if (failure.kind === 'blocked') {
    return {
      cause: failure.message,
      hint: 'ECS may not register tasks at the load balancer: let the platform team mend the ECS service role, then deploy again.',
    };
  }
  if (failure.kind === 'error') {
    const standard = 'Deploy again; if it fails the same way, ask the platform team.';
    return { cause: failure.message, hint: failure.hint ?? standard };
  }
  if (failure.kind === 'old-tasks-timeout') {
    return {
      cause: failure.message,
      hint: 'The new tasks were healthy. Look at what keeps the old ones: requests that do not end, or the ECS agent of their instance.',
    };
  }
  const limit = failure.kind === 'no-progress' ? 'deployment.progress-timeout' : 'deployment.timeout';
  const stopped = snapshot === undefined ? undefined : mostCommonCause(snapshot.stopped);
  if (stopped !== undefined) {
    const cause = `${failure.message}${restate(failure, stopped.cause)}`;
    const reason = stopped.cause.includes('ELB health checks') ? elbReason(serviceEvents) : undefined;
    if (reason === undefined) return { cause, hint: hintForStop(stopped.cause) };
    return { cause: `${cause}: ${reason}`, hint: DARK_ZONE.test(reason) ? ZONE_HINT : hintForStop(stopped.cause) };
  }
  if (snapshot?.stuck !== undefined) {
    return {
      cause: `${failure.message}: ECS ${snapshot.stuck}${inBrackets(missing)}`,
      hint: roomHint(missing),
    };
  }
  const sick =
    snapshot === undefined
      ? undefined
      : snapshot.health.find((h) => !isServing(h) && snapshot.ourInstances.includes(h.instance));
  if (sick !== undefined) {
    return {
      cause: `${failure.message}: instance ${sick.instance} is ${sick.state}: ${sick.description}`,
      hint: DARK_ZONE.test(sick.description)
        ? ZONE_HINT
        : 'Check that the health check path answers 200 on the container port within its timeout.',
    };
  }
  if (snapshot !== undefined && snapshot.ours.pending > 0) {
    return {
      cause: `${failure.message}: ${snapshot.ours.pending} of ${snapshot.desired} tasks never started (still PENDING)`,
      hint: `Check that the image can be pulled and starts; raise \`${limit}\` if it only needs longer.`,
    };
  }
  return { cause: failure.message, hint: `Raise \`${limit}\` if the service only needs longer to start.` };
}

const restate = (failure: Failure, cause: string): string => (failure.message.includes(cause) ? '' : `: ${cause}`);

function hintForStop(cause: string): string {
  if (cause.includes('ELB health checks')) {
    return 'Check that the health check path answers 200 on the container port; raise `grace-period` for a slow starter.';
  }
  if (/unable to pull secrets|ECS was unable to assume the role/.test(cause)) {
    return 'Check that secrets and roles of the manifest are there, and what the execution role may read.';
  }
  if (cause.includes('no basic auth credentials')) {
    return 'Name the secret with user name and password of the registry as `registry-credentials` in the manifest.';
  }
  if (cause.includes('CannotPullContainer')) return 'Check the image name, its tag and the registry credentials.';
  return 'Read the log lines above; run the image locally with the same command and environment.';
}

function collectFacts({ snapshot, serviceEvents, logLines, missing = [] }: Evidence): string[] {
  const stopped = snapshot?.stopped.filter(isFailure) ?? [];
  const health = snapshot?.health.filter((h) => !isServing(h)) ?? [];
  return [
    ...counted(stopped.map(causeOf)).map(([cause, n]) => `${n === 1 ? '1 task' : `${n} tasks`} stopped: ${cause}`),
    ...health.slice(0, 5).map((h) => `instance ${h.instance} ${h.state}: ${h.description}`),
    ...missing.slice(0, 10).map((text) => `no room on ${text}`),
    ...serviceEvents.slice(0, 5).map((text) => `event: ${text}`),
    ...counted(logLines.slice(-10)).map(([text, n]) => `log: ${text}${n === 1 ? '' : ` (${n} times)`}`),
  ];
}

/** Equal texts once, in the order of their first, with how often they occur. */
function counted(texts: string[]): [string, number][] {
  const counts = new Map<string, number>();
  for (const text of texts) counts.set(text, (counts.get(text) ?? 0) + 1);
  return [...counts];
}
