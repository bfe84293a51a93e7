import assert from 'node:assert/strict';
import type { JournalEntry } from '../../src/localcloud/engine/contract.ts';
import { createRandom, seed } from '../setup/random.ts';
import { startStack, type Fault, type Stack } from '../setup/stack.ts';
import { post, verdictOf } from './support/api.ts';
import { countCalls, journalEnd, mutationsOf } from './support/aws.ts';
import { endStateOf } from './support/end-state.ts';
import { assertServes } from './support/ingress.ts';
import { domainOf, manifestOf } from './support/manifest.ts';

/** One mutating call of a rollout, as the journal of an undisturbed one has it. */
interface Call {
  service: string;
  operation: string;
  /** Around the service's name in the name of what the call is about; undefined when that does not carry it. */
  resource?: { before: string; after: string };
}

const PLAIN = 'plain';
/** A second one of these would make something twice, or start a second rollout. */
const ONCE = ['CreateLoadBalancer', 'CreateLogGroup', 'RegisterTaskDefinition', 'CreateService', 'UpdateService'];
const isFull = process.env.WL_TEST_FULL === '1';
/** Every answer is lost once; how many calls also fail twice, and how many are throttled twice, which takes long. */
const FAILING = isFull ? Infinity : 3;
const THROTTLED = isFull ? Infinity : 0;
/** How many answers one service loses. */
const SHARE = isFull ? 1 : 2;

describe(`Mutating calls that fail or whose answer is lost (seed ${seed})`, function () {
  this.timeout(240_000);
  let stack: Stack;
  /** Deployed side by side, each of them disturbed at other calls. */
  let services: string[];
  let creating: Call[];
  let rolling: Call[];
  /** What AWS has of the undisturbed service, by image tag. */
  const endStates: Record<string, unknown> = {};
  const random = createRandom();

  before(async () => {
    stack = await startStack({ speed: 30 });
    creating = await undisturbed('v1');
    rolling = await undisturbed('v2');
    const count = Math.ceil(Math.max(creating.length, rolling.length) / SHARE);
    services = Array.from({ length: count }, (_, i) => `lost-${String(i).padStart(2, '0')}`);
  });

  async function undisturbed(tag: string): Promise<Call[]> {
    const after = await journalEnd(stack);
    await rollOut([PLAIN], tag);
    endStates[tag] = await endStateOf(stack, PLAIN);
    return (await mutationsOf(stack, PLAIN, after)).filter(({ outcome }) => outcome === 'ok').map(toCall);
  }

  async function rollOut(names: string[], tag: string): Promise<void> {
    const deploy = (service: string) => post(stack, service, { manifest: manifestOf({ service, tag, scale: 2 }) });
    const ids = await Promise.all(names.map(deploy));
    for (const [i, service] of names.entries()) {
      const verdict = await verdictOf(stack, service, ids[i] ?? '');
      assert.equal(verdict.code, 'succeeded', `${service}: ${JSON.stringify(verdict)}`);
    }
  }

  /**
   * Each kind of fault hits another service at each call. One service meets its faults so many calls apart that no
   * integration, which gives up after four tries, meets two of them.
   */
  async function planFaults(calls: Call[]): Promise<Fault[]> {
    const far = Math.floor(services.length / 3);
    const plan = async (chosen: Call[], shift: number, how: Pick<Fault, 'kind' | 'count'>) => {
      const aimed = chosen.map((call) => aim(call, services[(calls.indexOf(call) + shift) % services.length] ?? ''));
      const targets = await Promise.all(aimed);
      // For the same reason, what cannot be aimed fails once only.
      const apart = targets.filter(({ resource }) => resource !== undefined || how.kind === 'lose-answer');
      return apart.map((target) => ({ ...target, ...how }));
    };
    return [
      ...(await plan(calls, 0, { kind: 'lose-answer', count: 1 })),
      ...(await plan(sample(calls, FAILING), far, { kind: 'error', count: 2 })),
      ...(await plan(sample(calls, THROTTLED), 2 * far, { kind: 'throttle', count: 2 })),
    ];
  }

  const sample = (calls: Call[], size: number): Call[] =>
    calls
      .map((call) => ({ call, at: random() }))
      .sort((a, b) => a.at - b.at)
      .slice(0, size)
      .map(({ call }) => call);

  /**
   * Where the name of what the call is about does not carry the service's, an earlier call of the service tells it.
   * Before there is one, the fault hits whoever comes first.
   */
  async function aim({ service, operation, resource }: Call, name: string): Promise<Omit<Fault, 'kind' | 'count'>> {
    if (resource !== undefined) return { service, operation, resource: `${resource.before}${name}${resource.after}` };
    const earlier = (await mutationsOf(stack, name)).find((e) => e.operation === operation);
    return { service, operation, ...(earlier?.resource === undefined ? {} : { resource: earlier.resource }) };
  }

  async function assertUnharmed(calls: Call[], tag: string): Promise<void> {
    const after = await journalEnd(stack);
    const planned = await planFaults(calls);
    for (const fault of planned) await stack.fault(fault);
    const startedAt = Date.now();
    await rollOut(services, tag);
    const seconds = Math.round((Date.now() - startedAt) / 1_000);
    console.log(`    ${planned.length} faults at ${calls.length} calls of ${services.length} services: ${seconds} s`);
    const { faults } = await stack.admin<{ faults: Fault[] }>('GET', 'faults');
    assert.deepEqual(faults, [], 'not every fault was met');
    for (const service of services) {
      assert.deepEqual(await endStateOf(stack, service), endStates[tag], `${service} differs from ${PLAIN}`);
      assertOnce(await mutationsOf(stack, service, after), service);
      await assertServes(stack, domainOf(service), tag);
    }
  }

  it('create the same as undisturbed ones, and nothing twice', async () => {
    const after = String(await journalEnd(stack));
    await assertUnharmed(creating, 'v1');
    const waits = await stack.journal({ operation: 'GetChange', after });
    const changes = new Set(waits.map(({ resource }) => resource));
    assert.equal(changes.size, services.length, 'each waits for its own DNS change, also when its answer was lost');
  });

  it('roll to the same as undisturbed ones, and nothing twice', () => assertUnharmed(rolling, 'v2'));
});

function toCall({ service, operation, resource = '' }: JournalEntry): Call {
  const at = resource.indexOf(PLAIN);
  if (at < 0) return { service, operation };
  const end = at + PLAIN.length;
  return { service, operation, resource: { before: resource.slice(0, at), after: resource.slice(end, end + 1) } };
}

function assertOnce(entries: JournalEntry[], service: string): void {
  const counts = countCalls(entries.map((e) => (e.outcome === 'answer-lost' ? { ...e, outcome: 'ok' } : e)));
  for (const operation of ONCE)
    assert.ok((counts[operation] ?? 0) <= 1, `${service}: ${counts[operation]} × ${operation}`);
}
