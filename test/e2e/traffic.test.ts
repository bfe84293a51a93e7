import assert from 'node:assert/strict';
import { startStack, type Stack } from '../setup/stack.ts';
import { createSubject, type Kind, type Subject, type Used } from './support/subject.ts';

const FULL = process.env.WL_TEST_FULL === '1';

/** About 300 requests a second for each service. */
const LOAD = { clients: 30, pauseMilliseconds: 60 };
const LIGHT = { clients: 12, pauseMilliseconds: 60 };

/** On four instances the second has no room beside its old tasks: it is replaced in two waves. */
const SERVICES = [
  { service: 'roomy', repository: 'web', scale: 2, load: LOAD },
  { service: 'full', repository: 'app', scale: 4, load: LOAD },
  { service: 'moving', repository: 'web', scale: 2, load: LIGHT },
];

/** One after the other, service by service side by side. */
const CHAINS: Record<string, Kind[]> = FULL
  ? {
      roomy: [
        'update',
        'rollback',
        'replacement',
        'replacement that is cancelled',
        'restart',
        'scale',
        'replacement that crashes',
        'rollback',
      ],
      full: [
        'update',
        'replacement that never gets healthy',
        'scale',
        'replacement',
        'restart',
        'update',
        'replacement that is cancelled',
        'rollback',
      ],
      moving: [
        'replacement',
        'restart',
        'replacement that crashes',
        'update',
        'rollback',
        'scale',
        'replacement that never gets healthy',
        'replacement',
      ],
    }
  : { roomy: ['update', 'rollback'], full: ['update', 'restart'], moving: ['replacement', 'scale'] };

/** Of each service and update; in all there are more. */
const REQUESTS = 5_000;
const IN_ALL = FULL ? 50_000 : 2 * REQUESTS;

describe('traffic through the ingress', function () {
  this.timeout(600_000);
  let stack: Stack;
  let subjects: Map<string, Subject>;
  const used: Used[] = [];
  const useAll = (work: (subject: Subject, service: string) => Promise<unknown>): Promise<unknown> =>
    Promise.all([...subjects].map(([service, subject]) => work(subject, service)));

  before(async () => {
    stack = await startStack({ speed: 10 });
    subjects = new Map(SERVICES.map((want) => [want.service, createSubject(stack, want)]));
    await useAll((subject) => subject.create('v1'));
    await useAll(async (subject, service) => {
      for (const kind of CHAINS[service] ?? []) {
        const atLeast = kind === 'update' ? REQUESTS : 0;
        used.push(await subject.use(kind, { atLeast }));
      }
    });
  });
  after(() => stack.stop());
  after(() => console.log(tableOf(used)));

  for (const kind of new Set(Object.values(CHAINS).flat())) {
    it(`loses no request during ${kind}`, () => {
      for (const { service, requests, failures, versions, expected } of used.filter((u) => u.kind === kind)) {
        assert.deepEqual(failures, [], `${service}: ${failures.length} of ${requests} requests were lost`);
        assert.deepEqual(Object.keys(versions).sort(), [...new Set(expected)].sort(), service);
      }
    });
  }

  it("loses no request to the old load balancer's address until resolvers have forgotten it", () => {
    const held = used.flatMap((u) => u.held ?? []);
    assert.ok(held.length > 0);
    for (const { requests, failures, slow } of held) {
      assert.deepEqual(failures, [], `${failures.length} of ${requests} requests were lost`);
      assert.ok(requests >= 500 && slow >= 2, `${requests} requests, ${slow} slow`);
    }
  });

  it(`was used by ${IN_ALL} requests and more, slow ones and some on reused connections among them`, () => {
    const sum = (count: (one: Used) => number) => used.reduce((total, one) => total + count(one), 0);
    const [requests, slow, reused] = [sum((u) => u.requests), sum((u) => u.slow), sum((u) => u.reused)];
    assert.ok(requests >= IN_ALL, `${requests} requests`);
    assert.ok(slow >= 40 && reused >= requests / 5, `${slow} slow, ${reused} on reused connections`);
  });

  it('loses some when connection draining is switched off (mutation)', async () => {
    await stack.admin('PUT', 'settings', { connectionDraining: false });
    await useAll(async (subject, service) => {
      if (service === 'moving') return;
      const { failures } = await subject.use('update');
      assert.ok(failures.length > 0, `${service}: the same load lost nothing`);
    });
  });
});

/** By kind: how many requests there were, how many failed, and how many answers each version gave. */
function tableOf(all: Used[]): string {
  const rows = all.flatMap(({ held, ...one }) => [
    { ...one, what: `${one.kind} of ${one.service}` },
    ...(held === undefined ? [] : [{ ...held, what: `${one.kind} of ${one.service}, old address` }]),
  ]);
  const width = Math.max(0, ...rows.map(({ what }) => what.length));
  const total = rows.reduce((sum, { requests }) => sum + requests, 0);
  const failed = rows.reduce((sum, { failures }) => sum + failures.length, 0);
  const seen = (versions: Record<string, number>) =>
    Object.entries(versions)
      .map(([version, answers]) => `${version} ${answers}`)
      .join(', ');
  const lines = rows.map(
    ({ what, requests, failures, versions }) =>
      `  ${what.padEnd(width)} ${String(requests).padStart(6)} requests, ${failures.length} failed: ${seen(versions)}`,
  );
  return [...lines, `  ${'in all'.padEnd(width)} ${String(total).padStart(6)} requests, ${failed} failed`].join('\n');
}
