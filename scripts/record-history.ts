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
import { WorkflowFailedError, type Client } from '@temporalio/client';
import type { ApplicationFailure } from '@temporalio/common';
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

  await save('deploy-create', await ended('succeeded', await deploy('v1')));
  await save('lock-ports', portsLockId('crims'));
  await save('lock-released', serviceLockId(SERVICE));
  await save('deploy-rolling-update', await ended('succeeded', await deploy('v2')));
  await save('deploy-no-change', await ended('succeeded', await deploy('v2')));
  await save('deploy-rolled-back', await ended('deploy_failed_rolled_back', await deploy('v3-crash')));

  const running = await deploy('v4-never');
  await reaches(running, 'rolling-update');
  const lockRun = await temporal.workflow.getHandle(serviceLockId(SERVICE)).describe();
  const waiting = await deploy('v5');
  await reaches(waiting, 'queued');
  const newest = await deploy('v6');
  await save('deploy-superseded', await ended('superseded', waiting));
  await stack.wl(['cancel', SERVICE]);
  await save('deploy-cancelled', await ended('cancelled', running));
  await save('lock-with-queue', serviceLockId(SERVICE), lockRun.runId);
  await save('deploy-after-waiting', await ended('succeeded', newest));
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
    async ended(as: string, workflowId: string): Promise<string> {
      const outcome = await temporal.workflow
        .getHandle(workflowId)
        .result()
        .then(
          () => 'succeeded',
          (error: unknown) =>
            (error instanceof WorkflowFailedError && (error.cause as ApplicationFailure).type) || error,
        );
      if (outcome !== as) throw new Error(`${workflowId} ended as ${String(outcome)}, not as ${as}`);
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
