import type { Fault, Stack } from '../setup/stack.ts';
import { createRandom, seed } from '../setup/random.ts';
import { startStack } from '../setup/stack.ts';
import { aimAt, callsOf, nameCall, type Call } from './support/faults/calls.ts';
import type { Outcome } from './support/faults/carry-out.ts';
import { assertAsTwin } from './support/faults/compare.ts';
import { KINDS, type Kind } from './support/faults/kinds.ts';
import { liveThrough } from './support/faults/life.ts';
import { inTurns } from './support/kill-matrix/places.ts';

const isFull = process.env.WL_TEST_FULL === '1';
/** How often a kind lives until nothing disturbs it: on a machine with much to do, a call may outlast its limit. */
const LIVES = 3;
/** Services at once. */
const PLACES = 16;
/** Of the kinds in every run; the others take turns by the seed. */
const ALWAYS = 2;
const SAMPLE = 2;
/** How many answers one service loses. */
const SHARE = isFull ? 2 : 3;
/** Number of the first kind, from 0, to go on with. */
const from = Number(process.env.WL_FAULT_FROM ?? 0);
/** Name of the only kind. */
const only = process.env.WL_FAULT_ONLY;

type How = Pick<Fault, 'kind' | 'count'>;
/** Every call loses its answer once. */
const LOST: How = { kind: 'lose-answer', count: 1 };
const FAILING: How[] = isFull
  ? [
      { kind: 'error', count: 2 },
      { kind: 'throttle', count: 2 },
    ]
  : [{ kind: 'error', count: 2 }];

describe(`Changes whose calls fail, or whose answers are lost (seed ${seed})`, function () {
  this.timeout(60 * 60_000);
  const random = createRandom();
  const kinds = choose();
  const failures = new Map<Kind, Error[]>();

  function choose(): Kind[] {
    if (only !== undefined) return KINDS.filter(({ name }) => name === only);
    if (isFull) return KINDS.slice(from);
    const others = KINDS.slice(ALWAYS).map((kind) => ({ kind, at: random() }));
    const sample = others.sort((a, b) => a.at - b.at).slice(0, SAMPLE);
    return [...KINDS.slice(0, ALWAYS), ...sample.map(({ kind }) => kind)];
  }

  before(async () => {
    const stack = await startStack({ speed: 30 });
    const inPlace = inTurns(PLACES);
    await Promise.all(
      kinds.map((kind) =>
        disturb(stack, kind, inPlace).then(
          (found) => failures.set(kind, found),
          (error: Error) => failures.set(kind, [error]),
        ),
      ),
    );
  });

  /** Every call of the change is disturbed in one service or another; answers what went wrong. */
  async function disturb(stack: Stack, kind: Kind, inPlace: ReturnType<typeof inTurns>): Promise<Error[]> {
    const startedAt = Date.now();
    const nameOf = (n: number): string => `lost-${letter(kind)}-${String(n).padStart(2, '0')}`;
    const twin = await inPlace(() => liveUndisturbed(stack, kind, nameOf(0)));
    const shares = deal(callsOf(twin.entries, twin.of));
    const found = await Promise.all(
      shares.map(async (share, i): Promise<Error[]> => {
        const service = nameOf(i + 1);
        try {
          const aim = (of: { service: string }) => share.map(([call, how]) => aimAt(call, of, how));
          assertAsTwin(stack, await inPlace(() => liveThrough(stack, kind, { service, aim })), twin);
          return [];
        } catch (error) {
          const faults = share.map(([call, how]) => `${how.kind} at ${nameCall(call)}`).join(', ');
          (error as Error).message = `${service}, ${faults}: ${(error as Error).message}`;
          if (isFull) console.log(`    ${kind.name}: ${(error as Error).message}`);
          return [error as Error];
        }
      }),
    );
    const seconds = Math.round((Date.now() - startedAt) / 1_000);
    console.log(`    ${kind.name}: ${shares.flat().length} faults in ${shares.length} services, after ${seconds} s`);
    return found.flat();
  }

  /** Its calls are those at which others meet faults, so none may be there only because one was tried again. */
  async function liveUndisturbed(stack: Stack, kind: Kind, service: string): Promise<Outcome> {
    for (let life = 1; life <= LIVES; life++) {
      const outcome = await liveThrough(stack, kind, { service: `${service}-${life}` });
      if (outcome.triedAgain === 0) return outcome;
      console.log(`    ${kind.name}: ${outcome.triedAgain} activities were tried again in undisturbed life ${life}`);
    }
    throw new Error(`${kind.name}: something was tried again in each of ${LIVES} undisturbed lives`);
  }

  const letter = (kind: Kind): string => String.fromCharCode(97 + KINDS.indexOf(kind));

  /**
   * Each kind of fault hits another service at each call. One service meets its faults so many calls apart that no
   * integration, which gives up after four tries, meets two of them.
   */
  function deal(calls: Call[]): [Call, How][][] {
    const shares = Array.from({ length: Math.ceil(calls.length / SHARE) }, (): [Call, How][] => []);
    const far = Math.floor(shares.length / 3);
    calls.forEach((call, i) => shares[i % shares.length]?.push([call, LOST]));
    if (far < 2) return shares;
    for (const [k, how] of FAILING.entries())
      calls.forEach((call, i) => {
        if (i < shares.length) shares[(i + (k + 1) * far) % shares.length]?.push([call, how]);
      });
    return shares;
  }

  for (const kind of kinds) {
    it(`end as undisturbed ones, and do nothing twice: ${kind.name}`, () => {
      const found = failures.get(kind) ?? [new Error('was not run')];
      if (found.length > 0) throw new Error(found.map(({ message }) => message).join('\n\n'));
    });
  }
});
