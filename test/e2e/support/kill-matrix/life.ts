import assert from 'node:assert/strict';
import { serviceLockId } from '../../../../src/domain/ids.ts';
import { journalEnd, mutationsOf } from '../aws.ts';
import { endStateOf, withoutIdentity } from '../end-state.ts';
import { assertServes } from '../ingress.ts';
import { domainOf } from '../manifest.ts';
import { delaysOf, type Delay } from './delays.ts';
import { assertNothingTwice, effectsOf, type Effects } from './effects.ts';
import type { Aim, Kill } from './kill.ts';
import type { Kind } from './kinds.ts';
import { patiently, type Office } from './office.ts';
import { openWorkplace, type Workplace } from './workplace.ts';

/** What came of one change. */
export interface Stage {
  kind: string;
  /** The code; with what is wrong when something is. */
  verdict: string;
  /** Lines and warnings, without those that only count time. */
  told: string[];
  /** Of AWS, and of the service's lock. */
  endState: unknown;
  effects: Effects;
  /** Workflow tasks that were completed, those of its locks included. */
  tasks: number;
  /** What its workflow tasks commanded, see `Kill`. */
  commands: Set<string>;
  kills: Kill[];
  delays: Delay[];
  seconds: number;
}

export interface Life {
  service: string;
  kinds: Kind[];
  /** When which parts die during a change. */
  aims: (kind: Kind) => Aim[];
  /** Its changes are asked for and followed through an API of its own. */
  hasApi?: boolean;
  /** Environment of its worker. */
  env: NodeJS.ProcessEnv;
}

/** Leads a service through changes, one after the other, at a workplace of its own; one promise a change. */
export function lead(office: Office, { service, kinds, aims, hasApi = false, env }: Life): Promise<Stage>[] {
  const opening = openWorkplace(office, { name: service, env, hasApi });
  const stages: Promise<Stage>[] = [];
  let last: Promise<unknown> = opening;
  for (const kind of kinds) {
    const stage = last.then(async () => runStage(office, { service, kind, place: await opening, aims: aims(kind) }));
    stages.push(stage);
    last = stage;
  }
  // Whoever waits for a change learns how it ended.
  void Promise.allSettled(stages).then(async () => (await opening).close().catch(() => undefined));
  return stages;
}

async function runStage(
  office: Office,
  { service, kind, place, aims }: { service: string; kind: Kind; place: Workplace; aims: Aim[] },
): Promise<Stage> {
  const { stack, temporal } = office;
  await kind.before?.(stack, service);
  const after = await journalEnd(stack);
  const startedAt = Date.now();
  place.aim(aims);
  const { run, outcome } = await place.carryOut(kind, service);
  const seconds = (Date.now() - startedAt) / 1_000;
  const { kills, tasks, commands } = await place.rest();
  const { ok, code, message, diagnosis } = outcome.verdict;
  if (ok && kind.serves !== undefined) await assertServes(stack, domainOf(service), kind.serves);
  const lock = await patiently(() => temporal.workflow.getHandle(serviceLockId(service)).describe());
  const texts = outcome.events.flatMap((event) => {
    if (event.type === 'warning') return `Warning: ${event.message}`;
    return event.type === 'line' && !/^Waiting for .*\d+s\)$/.test(event.text) ? event.text : [];
  });
  return {
    kind: kind.name,
    verdict: ok ? code : `${code}: ${message}: ${diagnosis?.cause ?? ''}`,
    told: texts.map((text) => withoutIdentity(text, service)),
    endState: { aws: await endStateOf(stack, service), lock: lock.status.name },
    effects: effectsOf(await mutationsOf(stack, service, after), {
      service,
      accessKey: stack.childEnv.AWS_ACCESS_KEY_ID ?? '',
    }),
    tasks,
    commands,
    kills,
    delays: await patiently(() => delaysOf(temporal, { run, kills, handed: place.handed() })),
    seconds,
  };
}

/** The change ended as the undisturbed one: verdict, what it told, the state of the world; and nothing happened twice. */
export function assertAsUndisturbed(stage: Stage, twin: Stage): void {
  assert.equal(stage.verdict, twin.verdict);
  assert.deepEqual(stage.told, twin.told);
  assert.deepEqual(stage.endState, twin.endState);
  assertNothingTwice(stage.effects, twin.effects, stage.kills);
}
