import assert from 'node:assert/strict';
import type { Verdict } from '../../../../src/domain/events.ts';
import { eventually } from '../../../setup/eventually.ts';
import type { Stack } from '../../../setup/stack.ts';
import { deployed, verdictOf } from '../api.ts';
import { journalEnd, untilRolling } from '../aws.ts';
import { assertServes, visit } from '../ingress.ts';
import { domainOf, manifestOf, writeManifest, type ManifestWant } from '../manifest.ts';
import { assertHolds } from './holdings.ts';
import { forget, holdBack, play, relieve, runOf, undoAll } from './play.ts';
import type { Row } from './rows.ts';

const LIMIT_SECONDS = 280;

/** What `wl` said of a deployment, and its verdict. */
interface Told {
  verdict: Verdict;
  text: string;
}

/** Deploys a service, plays a scenario on it while it is deployed again, and holds what came of that against its row. */
export async function playRow(stack: Stack, row: Row, service: string): Promise<void> {
  const { scale = 2 } = row.want ?? {};
  const manifest: ManifestWant = { service, scale, ...row.want };
  const tag = row.wantNew?.tag ?? `v2.${service}`;
  await deployed(stack, service, manifestOf(manifest));
  await row.prepare?.(stack, service);
  const visits = startVisits(stack, service);
  const told = await deployDuring(stack, row, { ...manifest, ...row.wantNew, tag });
  const failures = await visits.stop();

  const problems: string[] = [];
  const check = async (work: () => unknown): Promise<void> => {
    try {
      await work();
    } catch (error) {
      problems.push((error as Error).message);
    }
  };
  await checkTold(check, row, told);
  await check(() => assertServes(stack, domainOf(service), row.serves === 'old' ? 'v1' : tag));
  if (row.mayInterrupt !== true) await check(() => assert.deepEqual(failures, [], 'requests failed'));
  // Otherwise it was no test of this scenario.
  const { shown } = await runOf(stack, row.scenario, service);
  for (const sign of row.signs) await check(() => assert.ok(shown[sign] !== undefined, `not shown: ${sign}`));
  if (row.isWholeAfterwards === true) assert.deepEqual(await undoAll(stack), []);
  const desired = 'desired' in row ? row.desired : scale;
  const want = { service, revision: row.serves === 'old' ? 1 : 2, ...(desired !== undefined && { desired }) };
  await check(() => assertHolds(stack, want));
  await forget(stack, service);
  if (problems.length > 0) throw new Error(`${problems.join('\n')}\n\n${told.text}`);
}

async function checkTold(
  check: (work: () => unknown) => Promise<void>,
  { code, cause = / serves$/m, hint = /^$/, tells }: Row,
  { verdict, text }: Told,
): Promise<void> {
  await check(() => assert.equal(verdict.code, code));
  await check(() => assert.match(`${verdict.message}\n${verdict.diagnosis?.cause ?? ''}`, cause));
  await check(() => assert.match(verdict.hint ?? '', hint));
  if (tells !== undefined) await check(() => assert.match(text, tells));
}

/** Plays the scenario and deploys, in the order of the row. */
async function deployDuring(
  stack: Stack,
  { scenario, played, until, relieved }: Row,
  want: ManifestWant,
): Promise<Told> {
  const { service } = want;
  if (played === 'before') await play(stack, scenario, service);
  if (until !== undefined) {
    const isSo = async () => until(await runOf(stack, scenario, service));
    await eventually(`${scenario} on ${service} as far as wanted`, isSo, 120);
  }
  const after = await journalEnd(stack);
  const held = played === 'after-preflight' ? await holdBack(stack, 'UpdateService', service) : undefined;
  const wl = stack.spawnWl(['deploy', service, '-f', writeManifest(stack, manifestOf(want))]);
  const timer = setTimeout(() => wl.process.kill('SIGKILL'), LIMIT_SECONDS * 1_000);
  if (held !== undefined) {
    await held.met();
    await play(stack, scenario, service);
    await held.letGo();
  }
  if (played === 'rolling') {
    await untilRolling(stack, service, after);
    await play(stack, scenario, service);
  }
  if (relieved !== undefined) {
    await eventually(`wl of ${service} says ${relieved}`, () => relieved.test(wl.stdout()), LIMIT_SECONDS);
    await relieve(stack, scenario, service);
  }
  const { code, stdout, stderr } = await wl.ended.finally(() => clearTimeout(timer));
  const text = `${stdout}\n${stderr}`;
  assert.notEqual(code, -1, `not done within ${LIMIT_SECONDS} s:\n${text}`);
  const id = new RegExp(`\\b${service}/(\\d{10})\\b`).exec(stdout)?.[1];
  assert.ok(id !== undefined, `wl names no deployment:\n${text}`);
  return { verdict: await verdictOf(stack, service, id), text };
}

/** Somebody who uses the service now and then; answers which of his requests failed. */
function startVisits(stack: Stack, service: string): { stop: () => Promise<string[]> } {
  const failures: string[] = [];
  let isOver = false;
  const visiting = (async () => {
    while (!isOver) {
      const answer = visit(stack, domainOf(service));
      const status = await answer.then(
        (got) => got.status,
        (error: Error) => error.message,
      );
      if (status !== 200) failures.push(`${new Date().toISOString()} ${status}`);
      await new Promise((resolve) => setTimeout(resolve, 250));
    }
  })();
  return {
    async stop() {
      isOver = true;
      await visiting;
      return failures;
    },
  };
}
