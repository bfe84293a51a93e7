import assert from 'node:assert/strict';
import { seed } from '../setup/random.ts';
import { startStack } from '../setup/stack.ts';
import { again, CASES, SAMPLE, type Case } from './support/kill-matrix/cases.ts';
import { nameKill } from './support/kill-matrix/kill.ts';
import { KINDS, type Kind } from './support/kill-matrix/kinds.ts';
import { assertAsUndisturbed, lead, type Stage } from './support/kill-matrix/life.ts';
import { openOffice, type Office } from './support/kill-matrix/office.ts';
import { inTurns } from './support/kill-matrix/places.ts';
import { row, uncovered } from './support/kill-matrix/report.ts';

const isFull = process.env.WL_TEST_FULL === '1';
/** Services whose changes run side by side, each with a worker and a task queue of its own. */
const PLACES = 16;
const DELAY_LIMIT_SECONDS = 15;
const TWIN = 'kills-twin';
/** Of resolvers and of an old load balancer; nobody visits these services meanwhile. */
const WAITS = { WONDERLAND_DNS_WAIT_SECONDS: '5', WONDERLAND_IDLE_SECONDS: '5' };

const { WL_KILL_FROM: from, WL_KILL_ONLY: only } = process.env;
const isWhole = isFull && from === undefined && only === undefined;
const speed = isFull ? 10 : 30;
const kinds = isFull ? KINDS : KINDS.slice(0, 1);

/** All; from WL_KILL_FROM on, or WL_KILL_ONLY alone; a sample of two, with a kill each, when there is little time. */
function chooseCases(): Case[] {
  if (only !== undefined) return CASES.filter(({ name }) => name === only);
  if (from !== undefined) return CASES.slice(CASES.findIndex(({ name }) => name === from));
  return isFull ? CASES : SAMPLE;
}

describe(`Changes whose worker, API or Temporal is killed (seed ${seed})`, function () {
  this.timeout(60 * 60_000);
  const cases = chooseCases();
  const failures = new Map<string, unknown>();
  const stages: Stage[] = [];
  let twins: Stage[];

  before(async () => {
    const office = openOffice(await startStack({ speed }));
    // Alone: who dies and holds a lock of all services would hold up what everything is compared with.
    twins = await Promise.all(lead(office, { service: TWIN, kinds, env: WAITS, aims: () => [] }));
    const inPlace = inTurns(PLACES);
    const run = (one: Case) => inPlace(() => runCase(office, one)).catch((e: unknown) => failures.set(one.name, e));
    // A dead Temporal is everybody's.
    const [alone, together] = [
      cases.filter((c) => c.victim === 'temporal'),
      cases.filter((c) => c.victim !== 'temporal'),
    ];
    await Promise.all(together.map(run));
    await Promise.all(alone.map(run));
    if (isWhole && kinds.some((kind) => missed(kind).length > 0)) await run(again(missed));
  });

  /** What the undisturbed change commanded at a moment at which no worker died. */
  const missed = ({ name }: Kind): string[] =>
    twins.filter(({ kind }) => kind === name).flatMap((twin) => uncovered(ofKind(twin), twin));

  async function runCase(office: Office, { name, victim, aims }: Case): Promise<void> {
    const startedAt = Date.now();
    // As long as the twin's name, so that packed manifests are of one length.
    const number = CASES.findIndex((one) => one.name === name);
    const service = `kills-${String(number < 0 ? CASES.length : number).padStart(4, '0')}`;
    const life = lead(office, {
      service,
      kinds,
      env: WAITS,
      hasApi: victim === 'api',
      aims: (kind) => {
        const all = aims(kind, twins[kinds.indexOf(kind)] ?? { tasks: 0, commands: new Set() });
        return isFull ? all : all.slice(0, 1);
      },
    });
    for (const [i, coming] of life.entries()) {
      let kills = '';
      try {
        const [stage, undisturbed] = [await coming, twins[i]];
        kills = stage.kills.map(nameKill).join(', ');
        stages.push(stage);
        assert.ok(undisturbed);
        assertAsUndisturbed(stage, undisturbed);
      } catch (error) {
        (error as Error).message = `${service}, ${kinds[i]?.name}, killed at ${kills}: ${(error as Error).message}`;
        if (isFull) console.log(`    ${name} failed after ${seconds(startedAt)} s: ${(error as Error).message}`);
        throw error;
      }
    }
    if (isFull) console.log(`    ${name}: ${seconds(startedAt)} s`);
  }

  const seconds = (since: number): string => ((Date.now() - since) / 1_000).toFixed(0);
  const ofKind = ({ kind }: Stage): Stage[] => stages.filter((s) => s.kind === kind);

  for (const { name } of cases) {
    it(`end as undisturbed ones: ${name}`, () => {
      if (failures.has(name)) throw failures.get(name);
    });
  }

  it('are not held up longer than they may', () => {
    for (const twin of twins) console.log(`    ${row(ofKind(twin), twin)}`);
    const late = stages.flatMap(({ kind, kills, delays }) =>
      delays.flatMap(({ seconds: delay, what }, i) => {
        const kill = kills[i];
        return delay > DELAY_LIMIT_SECONDS && kill ? `${kind} ${nameKill(kill)}: ${delay} s for ${what}` : [];
      }),
    );
    assert.deepEqual(late, []);
  });

  if (!isWhole) return;

  it('died at every boundary of every kind, and often enough at any moment', () => {
    assert.equal(failures.get('again'), undefined);
    for (const kind of kinds) assert.deepEqual(missed(kind), [], kind.name);
    const aims = stages.flatMap(({ kills }) => kills.map(({ aim }) => aim));
    assert.ok(aims.filter((a) => a.victim === 'worker' && a.later !== undefined).length >= 50);
    assert.ok(aims.filter((a) => a.victim === 'api').length >= 10, 'api');
    // Several lives may have gone through one crash of Temporal.
    const crashes = stages.flatMap(({ kills }) => kills.filter((k) => k.aim.victim === 'temporal').map(({ at }) => at));
    assert.ok(new Set(crashes).size >= 10, 'temporal');
  });
});
