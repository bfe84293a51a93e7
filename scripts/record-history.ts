/**
 * Records the histories that test/replay replays, from real deployments on an embedded stack of their own:
 *
 *     node --import=tsx scripts/record-history.ts
 *
 * Run it after an incompatible change of workflow code that no deployment in flight can meet; a change that one can
 * meet needs `patched()` instead, and the old histories stay.
 */
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Client } from '@temporalio/client';
import { eventually } from '../test/setup/eventually.ts';
import { manifestOf, writeManifest } from '../test/e2e/support/manifest.ts';
import { withTemporal } from '../test/e2e/support/temporal.ts';
import { directory, formatHistory, portableEvents } from '../test/replay/history-file.ts';
import { startStack, type Stack } from '../test/setup/stack.ts';
import { deployWorkflowId, portsLockId, serviceLockId } from '../src/domain/ids.ts';
import type { Phase, Progress } from '../src/domain/events.ts';
import { build } from './lib/build.mjs';

const SPEED = 20;
const SERVICE = 'web';

await build();
const stack = await startStack({ speed: SPEED });
try {
  await withTemporal(stack, record);
} finally {
  await stack.stop();
}

async function record(temporal: Client): Promise<void> {
  rmSync(directory, { recursive: true, force: true });
  mkdirSync(directory, { recursive: true });
  const { deploy, ended, reaches, save } = scenario(stack, temporal);

  await save('deploy-create', await ended(await deploy('v1')));
  await save('lock-ports', portsLockId('crims'));
  await save('lock-released', serviceLockId(SERVICE));
  await save('deploy-rolling-update', await ended(await deploy('v2')));
  await save('deploy-no-change', await ended(await deploy('v2')));
  await save('deploy-rolled-back', await ended(await deploy('v3-crash')));

  const cancelled = await deploy('v4-slowstart60');
  await reaches(cancelled, 'rolling-update');
  await stack.wl(['cancel', SERVICE]);
  await save('deploy-cancelled', await ended(cancelled));

  const running = await deploy('v5-slowstart20');
  await reaches(running, 'rolling-update');
  const lockRun = await temporal.workflow.getHandle(serviceLockId(SERVICE)).describe();
  const superseded = await deploy('v6');
  const newest = await deploy('v7');
  await save('deploy-superseded', await ended(superseded));
  await ended(running);
  await save('lock-with-queue', serviceLockId(SERVICE), lockRun.runId);
  await save('deploy-after-waiting', await ended(newest));
}

function scenario({ wl }: Stack, temporal: Client) {
  return {
    /** Asks for a deployment; answers the id of its workflow. */
    async deploy(tag: string): Promise<string> {
      const file = writeManifest(stack, manifestOf({ service: SERVICE, tag, scale: 2, env: { GREETING: 'hello' } }));
      const { stdout, stderr } = await wl(['deploy', SERVICE, '-f', file, '--detach', '--output', 'json']);
      if (stdout === '') throw new Error(`wl deploy: ${stderr}`);
      return deployWorkflowId(SERVICE, (JSON.parse(stdout) as { id: string }).id);
    },
    async ended(workflowId: string): Promise<string> {
      // How it ended is for the replay to say; half of them fail on purpose.
      await temporal.workflow
        .getHandle(workflowId)
        .result()
        .catch(() => undefined);
      return workflowId;
    },
    reaches: (workflowId: string, phase: Phase) =>
      eventually(`${workflowId} is in phase ${phase}`, async () => {
        const handle = temporal.workflow.getHandle(workflowId);
        return (await handle.query<Progress, [{ after: number }]>('progress', { after: 0 })).phase === phase;
      }),
    async save(name: string, workflowId: string, runId?: string): Promise<void> {
      const events = portableEvents(await temporal.workflow.getHandle(workflowId, runId).fetchHistory());
      const text = formatHistory(events);
      writeFileSync(join(directory, `${name}.json`), text);
      console.log(`${name}: ${events.length} events, ${Math.ceil(text.length / 1024)} KiB`);
    },
  };
}
