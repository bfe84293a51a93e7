/** Three unrelated clients perform the same calls, each against a cloud of its own, and are to see the same. */
import assert from 'node:assert/strict';
import { meanwhile } from '../e2e/support/side-by-side.ts';
import { startTestCloud } from '../localcloud/cloud-kit.ts';
import { pythonTool } from '../setup/python.ts';
import { ALL } from './cases/all.ts';
import { DIFFERENCES } from './differences.ts';
import type { Call, Cases, Client, Outcome } from './support/case.ts';
import { findDifferences } from './support/compare.ts';
import { createJsClient } from './support/js-client.ts';
import { startMoto } from './support/moto.ts';
import { normalise } from './support/normalise.ts';
import { performAll, titleOf, type Outcomes } from './support/perform.ts';
import { createPythonClient } from './support/python-client.ts';

/** The same ids in every cloud, and a clock that stands still but for the pauses between calls. */
const CLOUD = { speed: 'stepped', seed: 20_161_124, dataPlane: false } as const;

type Seen = ReadonlyMap<string, unknown>;

const callsOf = ({ steps }: Cases): Call[] => steps.flatMap((step) => ('name' in step ? step : []));

const normaliseAll = (outcomes: Outcomes, url: string): Seen =>
  new Map([...outcomes].map(([title, outcome]) => [title, normalise(outcome, url)]));

const performOnCloud = async (connect: (url: string) => Client): Promise<Seen> => {
  const cloud = await startTestCloud(CLOUD);
  const { url } = cloud.addresses;
  const client = connect(url);
  try {
    const outcomes = await performAll(client, ALL, { advance: async (seconds) => cloud.advance?.(seconds * 1000) });
    return normaliseAll(outcomes, url);
  } finally {
    client.close();
    await cloud.stop();
  }
};

const performOnMoto = async (program: string): Promise<Seen> => {
  const moto = await startMoto(program);
  const client = createJsClient(moto.url);
  try {
    const isWanted = (step: Cases['steps'][number]): boolean => 'moto' in step;
    return normaliseAll(await performAll(client, ALL, { isWanted }), moto.url);
  } finally {
    client.close();
    moto.stop();
  }
};

describe('three clients and one cloud', function () {
  this.timeout(180_000);
  const python = pythonTool('python');
  const motoServer = pythonTool('moto_server');
  const none: Seen = new Map();
  const performWith = (kind: 'boto3' | 'awscli') => async (): Promise<Seen> =>
    python === undefined ? none : performOnCloud((url) => createPythonClient(python, kind, url));
  const js = meanwhile('the SDK for JavaScript', () => performOnCloud(createJsClient));
  const boto = meanwhile('boto3', performWith('boto3'));
  const cli = meanwhile('the aws CLI', performWith('awscli'));
  const moto = meanwhile('moto', async () => (motoServer === undefined ? none : performOnMoto(motoServer)));
  const of = (seen: Seen, cases: Cases): Record<string, unknown> =>
    Object.fromEntries(callsOf(cases).map(({ name }) => [name, seen.get(titleOf(cases.service, name))]));

  for (const cases of ALL) {
    const { service } = cases;
    it(`${service} succeeds and fails where it should`, () => {
      const codeOf = (name: string): string | undefined => {
        const outcome = js().get(titleOf(service, name)) as Outcome;
        return 'error' in outcome ? outcome.error.code : undefined;
      };
      const calls = callsOf(cases);
      assert.deepEqual(
        calls.map(({ name }) => [name, codeOf(name)]),
        calls.map(({ name, fails }) => [name, fails]),
      );
    });
    for (const [client, seen] of [
      ['boto3', boto],
      ['the aws CLI', cli],
    ] as const) {
      const title = `${service} looks the same through ${client}`;
      if (python === undefined) it.skip(`${title} (without ${client}: Python 3 is missing)`);
      else it(title, () => assert.deepEqual(of(seen(), cases), of(js(), cases)));
    }
  }

  describe('moto', () => {
    const known = (title: string): string[] => Object.keys(DIFFERENCES[title] ?? {});
    const found = (title: string): string[] => [...new Set(findDifferences(js().get(title), moto().get(title)))];

    it('has a comparison for every difference that is explained', () => {
      const compared = ALL.flatMap((cases) =>
        callsOf(cases).flatMap(({ name, moto: isCompared }) =>
          isCompared === true ? titleOf(cases.service, name) : [],
        ),
      );
      assert.deepEqual(
        Object.keys(DIFFERENCES).filter((title) => !compared.includes(title)),
        [],
      );
    });

    const table: { service: string; calls: number; same: number; explained: number }[] = [];
    after(() => {
      if (table.length > 0) console.table(table);
    });

    for (const cases of ALL) {
      const { service } = cases;
      const compared = callsOf(cases).filter(({ moto: isCompared }) => isCompared);
      if (compared.length === 0) continue;
      const title = `${service} answers as moto does, but for what is explained`;
      if (motoServer === undefined) {
        it.skip(`${title} (without moto: Python 3 is missing)`);
        continue;
      }
      it(title, () => {
        const titles = compared.map(({ name }) => titleOf(service, name));
        const differing = titles.filter((one) => found(one).length > 0);
        table.push({
          service,
          calls: titles.length,
          same: titles.length - differing.length,
          explained: differing.filter((one) => found(one).every((place) => known(one).includes(place))).length,
        });
        const sorted = (places: (one: string) => string[]) => titles.map((one) => [one, places(one).sort()]);
        assert.deepEqual(sorted(found), sorted(known));
      });
    }
  });
});
