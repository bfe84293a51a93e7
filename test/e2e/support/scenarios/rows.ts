import type { VerdictCode } from '../../../../src/domain/events.ts';
import type { Run } from '../../../../src/localcloud/scenarios/scenario.ts';
import { eventually } from '../../../setup/eventually.ts';
import type { Stack } from '../../../setup/stack.ts';
import { visit } from '../ingress.ts';
import { domainOf, type ManifestWant } from '../manifest.ts';

/** A scenario during a deployment of a running service, and what a careful operator expects of it. */
export interface Row {
  scenario: string;
  /** What comes of it. */
  title: string;
  /** Also in `npm test`. */
  isSample?: boolean;
  /** It takes long. */
  isLong?: boolean;
  /** It touches more than its own service. */
  isAlone?: boolean;
  /** Of both releases. @default scale 2 */
  want?: Partial<ManifestWant>;
  /** Of the new one alone. */
  wantNew?: Partial<ManifestWant>;
  /** Before anything else. */
  prepare?: (stack: Stack, service: string) => Promise<void>;
  /** Before the deployment, between its preflight and its UpdateService, or when its rolling update has begun. */
  played: 'before' | 'after-preflight' | 'rolling';
  /** Before the deployment begins. */
  until?: (run: Run) => boolean;
  /** When `wl` has printed this, what the scenario did is turned back. */
  relieved?: RegExp;
  code: VerdictCode;
  /** In the verdict's message or its diagnosis; by default that it serves. */
  cause?: RegExp;
  /** What to do next; by default nothing. */
  hint?: RegExp;
  /** In what `wl` prints. */
  tells?: RegExp;
  serves: 'old' | 'new';
  /** Tasks in the end; undefined where somebody else has the last word. @default the scale */
  desired?: number | undefined;
  /** What it disturbs comes right when it is over, and not before. */
  isWholeAfterwards?: boolean;
  /** Requests may fail meanwhile, because of what has happened and whatever is done. */
  mayInterrupt?: boolean;
  /** Of the scenario, that were seen. */
  signs: string[];
}

const rolledBack = { code: 'deploy_failed_rolled_back', serves: 'old' } as const;
const succeeded = { code: 'succeeded', serves: 'new' } as const;
const isOver = (run: Run): boolean => run.facts.isOver === 1;

/** Somebody deletes the record, and name servers have forgotten it. */
async function forgetRecord(stack: Stack, service: string): Promise<void> {
  await stack.admin('POST', 'world/delete-record', { record: domainOf(service) });
  const isForgotten = async () => (await visit(stack, domainOf(service)).catch(() => ({ status: 0 }))).status !== 200;
  await eventually(`${domainOf(service)} forgotten`, isForgotten);
}

export const ROWS: Row[] = [
  {
    scenario: 'no-free-instance',
    title: 'fails before its timeout, and names port and instance',
    isSample: true,
    want: { minimumHealthy: 100, failures: 1 },
    played: 'after-preflight',
    ...rolledBack,
    cause: /2 of 2 tasks find no place.*i-[0-9a-f]+: host port 11\d{3} is in use/,
    hint: /port|instance/,
    signs: ['no instance has the port'],
  },
  {
    scenario: 'no-free-instance',
    title: 'succeeds in place where fewer may serve for a while',
    played: 'before',
    ...succeeded,
    signs: [],
  },
  {
    scenario: 'no-free-instance',
    title: 'is refused where none may stop, and nothing is touched',
    isLong: true,
    want: { minimumHealthy: 100 },
    played: 'before',
    code: 'capacity',
    cause: /host port 11\d{3}/,
    hint: /minimum-healthy|instance/,
    serves: 'old',
    signs: [],
  },
  {
    scenario: 'fragmented-memory',
    title: 'fails before its timeout, and names memory and instance',
    isAlone: true,
    want: { minimumHealthy: 100, memory: 2000, failures: 1 },
    played: 'after-preflight',
    ...rolledBack,
    cause: /2 of 2 tasks find no place.*i-[0-9a-f]+: 1000 of 2000 MiB free/,
    hint: /memory|instance/i,
    signs: ['no instance has the memory', 'all of them together have it'],
  },
  {
    scenario: 'fragmented-memory',
    title: 'succeeds in place where fewer may serve for a while',
    isAlone: true,
    want: { memory: 2000 },
    played: 'before',
    ...succeeded,
    signs: ['all of them together have it'],
  },
  {
    scenario: 'agent-disconnected',
    title: 'is refused, because agents are disconnected, and nothing is touched',
    isAlone: true,
    played: 'before',
    code: 'capacity',
    cause: /agent/i,
    hint: /agent/i,
    serves: 'old',
    signs: [],
  },
  {
    scenario: 'agent-disconnected',
    title: 'fails before its timeout, and names agents and instances',
    isAlone: true,
    want: { minimumHealthy: 100, failures: 1 },
    played: 'after-preflight',
    ...rolledBack,
    cause: /agent.* i-[0-9a-f]+|i-[0-9a-f]+.* agent/i,
    hint: /agent/i,
    signs: ['no agent takes a task', 'agents are disconnected and the old tasks run'],
  },
  {
    scenario: 'zone-not-enabled',
    title: 'enables the zone again, and says so',
    isLong: true,
    played: 'before',
    ...succeeded,
    tells: /zone/i,
    mayInterrupt: true,
    signs: ['an instance is out of service because of its zone'],
    until: ({ shown }) => shown['an instance is out of service because of its zone'] !== undefined,
  },
  {
    scenario: 'zone-not-enabled',
    title: 'fails when the zone is lost meanwhile, and names it; the old release serves in both again',
    isLong: true,
    played: 'rolling',
    ...rolledBack,
    cause: /Availability Zone/,
    hint: /zone/,
    mayInterrupt: true,
    signs: ['an instance is out of service because of its zone'],
  },
  {
    scenario: 'slow-start-without-grace',
    title: 'fails because of its health checks, and advises a grace period',
    played: 'before',
    ...rolledBack,
    cause: /Task failed ELB health checks/,
    hint: /grace-period/,
    signs: ['ECS calls it unhealthy', 'its task is stopped'],
  },
  {
    scenario: 'wrong-health-path',
    title: 'fails because of its health checks, and advises to look at the path',
    played: 'before',
    ...rolledBack,
    cause: /Task failed ELB health checks/,
    hint: /health check path/,
    signs: ['ECS calls it unhealthy', 'its task is stopped'],
  },
  {
    scenario: 'crash-after-start',
    title: 'fails although all was well for a moment, and names the exit code',
    isSample: true,
    played: 'before',
    ...rolledBack,
    cause: /Essential container in task exited; container web exited with code 1/,
    hint: /log lines/,
    mayInterrupt: true,
    signs: ['for a moment the counts look fine', 'then the container exits'],
  },
  {
    scenario: 'image-missing',
    title: 'fails because the image cannot be pulled, and advises to look at it',
    played: 'before',
    ...rolledBack,
    cause: /CannotPullContainerError/,
    hint: /image/,
    signs: ['the image cannot be pulled'],
  },
  {
    scenario: 'old-steady-state',
    title: 'fails because no task started',
    isSample: true,
    want: { minimumHealthy: 100, timeout: 10 },
    played: 'before',
    ...rolledBack,
    cause: /2 of 2 tasks never started \(still PENDING\)/,
    hint: /image/,
    signs: ['the old tasks make up the counts', 'the new tasks are pending'],
  },
  {
    scenario: 'scale-in-during-deployment',
    title: 'succeeds with the new count, and says who changed what',
    want: { scale: 3 },
    played: 'before',
    ...succeeded,
    cause: / serves, with 2 tasks instead of 3: somebody else changed the desired count/,
    tells: /changed the desired count of play-\d+-\d+ from 3 to 2/,
    desired: 2,
    signs: ['the count falls during the deployment'],
  },
  {
    scenario: 'desired-count-overwritten',
    title: 'succeeds with the count of the manifest, and says that another was there',
    played: 'before',
    ...succeeded,
    tells: /desired count .*3.* 2/,
    signs: ["the autoscaler's count is there"],
    until: ({ shown }) => shown["the autoscaler's count is there"] !== undefined,
  },
  {
    scenario: 'stale-reads',
    title: 'succeeds although it reads what was before',
    isSample: true,
    played: 'before',
    ...succeeded,
    signs: ['a change has made reads stale'],
  },
  {
    scenario: 'stale-reads',
    title: 'fails by its own fault alone',
    played: 'before',
    wantNew: { tag: 'v2.stale-crash' },
    ...rolledBack,
    cause: /Essential container in task exited; container web exited with code 1/,
    hint: /log lines/,
    signs: ['a change has made reads stale'],
  },
  {
    scenario: 'service-deleted',
    title: 'makes it again, and says so',
    isLong: true,
    played: 'before',
    ...succeeded,
    tells: /deleted|is gone|made anew|made again/,
    mayInterrupt: true,
    signs: [],
  },
  {
    scenario: 'service-deleted',
    title: 'names that it was deleted, and lets the old release serve again',
    isSample: true,
    want: { minimumHealthy: 100 },
    wantNew: { tag: 'v2.deleted-slowstart600', graceSeconds: 1200 },
    played: 'rolling',
    ...rolledBack,
    cause: /somebody deleted it during the rollout/,
    hint: /CloudTrail/,
    mayInterrupt: true,
    signs: [],
  },
  {
    scenario: 'event-overflow',
    title: 'succeeds with a window full of old events',
    isLong: true,
    played: 'before',
    until: isOver,
    ...succeeded,
    signs: ['the window is full', 'what was there before has been pushed out'],
  },
  {
    scenario: 'event-overflow',
    title: 'succeeds while its events are pushed out, and says that the count was changed',
    isLong: true,
    played: 'before',
    // Nothing settles for so long before the two have made peace.
    wantNew: { more: { deployment: { settle: 15 } } },
    ...succeeded,
    tells: /desired count/,
    signs: ['the window is full', 'what was there before has been pushed out'],
  },
  {
    scenario: 'event-overflow',
    title: 'fails by its own fault while the events that tell of it are pushed out',
    played: 'before',
    wantNew: { tag: 'v2.overflow-crash60' },
    ...rolledBack,
    desired: undefined,
    cause: /Essential container in task exited; container web exited with code 1/,
    hint: /log lines/,
    mayInterrupt: true,
    signs: [],
  },
  {
    scenario: 'long-draining',
    title: 'sets the draining timeout back, so that old tasks go, and succeeds',
    played: 'before',
    ...succeeded,
    signs: ['an instance drains', 'an old task waits for it'],
  },
  {
    scenario: 'long-draining',
    title: 'succeeds when old tasks drain for longer than a rolling update may take',
    isLong: true,
    want: { timeout: 30 },
    played: 'rolling',
    relieved: /(Waiting for old tasks .*\n[^]*){4}/,
    ...succeeded,
    signs: ['an instance drains', 'an old task waits for it'],
  },
  {
    scenario: 'dns-late',
    title: 'waits until the record that it makes again is INSYNC',
    isLong: true,
    prepare: forgetRecord,
    played: 'before',
    ...succeeded,
    mayInterrupt: true,
    signs: ['a change is PENDING for longer than a minute'],
  },
  {
    scenario: 'dns-late',
    title: 'keeps the old load balancer until the record of its replacement is INSYNC',
    isLong: true,
    wantNew: { path: '/other/health' },
    played: 'before',
    ...succeeded,
    signs: ['a change is PENDING for longer than a minute'],
  },
  {
    scenario: 'instance-terminated',
    title: 'succeeds where there is room for what was lost',
    isAlone: true,
    played: 'before',
    ...succeeded,
    mayInterrupt: true,
    signs: ['a new task is lost with its instance'],
  },
  {
    scenario: 'instance-terminated',
    title: 'succeeds when there is room again',
    isAlone: true,
    want: { scale: 4 },
    played: 'before',
    ...succeeded,
    mayInterrupt: true,
    signs: ['a new task is lost with its instance'],
  },
  {
    scenario: 'broken-role',
    title: 'fails, and names the role',
    isAlone: true,
    want: { timeout: 30 },
    played: 'before',
    ...rolledBack,
    cause: /IAM permissions policies have been misconfigured or changed/,
    hint: /role/,
    isWholeAfterwards: true,
    signs: ['ECS says so', 'a new task runs that the load balancer does not know'],
  },
];
