/**
 * Records the histories that test/replay replays, from real deployments on an embedded stack of their own:
 *
 *     node --import=tsx scripts/record-history.ts [NAME...]
 *
 * With names it writes only those histories: a new one, while the old ones stay. Without, all are made anew: only after
 * an incompatible change of workflow code that no deployment in flight can meet. What one can meet needs `patched()`.
 */
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DeleteLoadBalancerCommand } from '@aws-sdk/client-elastic-load-balancing';
import { WorkflowFailedError, type Client } from '@temporalio/client';
import type { ApplicationFailure } from '@temporalio/common';
import { eventually } from '../test/setup/eventually.ts';
import { awsOf, ecsServiceOf } from '../test/e2e/support/aws.ts';
import { pointElsewhere } from '../test/e2e/support/by-hand.ts';
import { manifestOf, writeManifest, type ManifestWant } from '../test/e2e/support/manifest.ts';
import { withTemporal } from '../test/e2e/support/temporal.ts';
import { directory, formatHistory, portableEvents } from '../test/replay/history-file.ts';
import { startStack, type Stack } from '../test/setup/stack.ts';
import type { ChangeKind } from '../src/domain/change.ts';
import { changeWorkflowId, portsLockId, serviceLockId } from '../src/domain/ids.ts';
import type { Phase, Progress } from '../src/domain/events.ts';
import { build } from './lib/build.mjs';

const SPEED = 20;
const SERVICE = 'web';
/** For an image that answers a minute of the cloud's time after its start: long enough to step in. */
const PATIENT: Partial<ManifestWant> = { graceSeconds: 7200 };
const only = new Set(process.argv.slice(2));

await build();
const stack = await startStack({ speed: SPEED });
try {
  await withTemporal(stack, record);
} finally {
  await stack.stop();
}

async function record(temporal: Client): Promise<void> {
  if (only.size === 0) rmSync(directory, { recursive: true, force: true });
  mkdirSync(directory, { recursive: true });
  const { change, deploy, ended, reaches, save } = scenario(stack, temporal);

  await save('deploy-create', await ended('succeeded', await deploy('v1')));
  await save('lock-ports', portsLockId('crims'));
  await save('lock-released', serviceLockId(SERVICE));
  await save('deploy-rolling-update', await ended('succeeded', await deploy('v2')));
  await save('deploy-no-change', await ended('succeeded', await deploy('v2')));
  await save('rollback-refused', await ended('precondition_failed', await change('rollback', '--to', '1000000000')));
  await save('rollback', await ended('succeeded', await change('rollback')));
  await save('scale', await ended('succeeded', await change('scale', '3')));
  await save('scale-no-room', await ended('capacity', await change('scale', '50')));
  await save('scale-back', await ended('succeeded', await change('scale', '2')));
  await save('restart', await ended('succeeded', await change('restart')));
  await save('deploy-rolled-back', await ended('deploy_failed_rolled_back', await deploy('v3-crash')));

  const running = await deploy('v4-never');
  await reaches(running, 'rolling-update');
  const lockRun = await temporal.workflow.getHandle(serviceLockId(SERVICE)).describe();
  await save('deploy-locked', await ended('locked', await deploy('v5', {}, '--on-conflict', 'fail')));
  const waiting = await deploy('v5');
  await reaches(waiting, 'queued');
  const newest = await deploy('v6');
  await save('deploy-superseded', await ended('superseded', waiting));
  await stack.wl(['cancel', SERVICE]);
  await save('deploy-cancelled', await ended('cancelled', running));
  await save('lock-with-queue', serviceLockId(SERVICE), lockRun.runId);
  await save('deploy-after-waiting', await ended('succeeded', newest));

  const never = await deploy('v7-never');
  await reaches(never, 'rolling-update');
  const superseder = await deploy('v8', {}, '--on-conflict', 'supersede');
  await save('deploy-stopped-by-newer', await ended('cancelled', never));
  await save('deploy-superseding', await ended('succeeded', superseder));

  await save(
    'deploy-replacement-failed',
    await ended('deploy_failed_rolled_back', await deploy('v9-crash', { path: '/' })),
  );
  await save('deploy-replacement', await ended('succeeded', await deploy('v8', { path: '/' })));
  const LoadBalancerName = await incarnation();
  await awsOf(stack).elb.send(new DeleteLoadBalancerCommand({ LoadBalancerName }));
  await save('deploy-repair', await ended('succeeded', await deploy('v8', { path: '/' })));
  await stack.admin('POST', 'world/delete-service', { service: await incarnation(), cluster: 'crims' });
  await save('deploy-service-deleted', await ended('succeeded', await deploy('v8', { path: '/' })));
  await save('delete', await ended('succeeded', await change('delete', '--yes')));

  await recordWaysBack(temporal);

  const orphan = await deploy('v1-never');
  await reaches(orphan, 'rolling-update');
  await temporal.workflow.getHandle(serviceLockId(SERVICE)).terminate();
  await save('deploy-lock-lost', await ended('lock_lost', orphan));
}

/** Of changes that fail, or that somebody stops, after their first write. */
async function recordWaysBack(temporal: Client): Promise<void> {
  const { change, deploy, ended, reaches, save } = scenario(stack, temporal);
  await save('deploy-first-failed', await ended('deploy_failed_rolled_back', await deploy('v1-crash')));
  await pointElsewhere(stack, SERVICE);
  await save(
    'deploy-taken-over',
    await ended('succeeded', await deploy('v1-slowstart60', PATIENT, '--take-over-domain')),
  );
  const cancelledScale = await change('scale', '3');
  await reaches(cancelledScale, 'rolling-update');
  await stack.wl(['cancel', SERVICE]);
  await save('scale-cancelled', await ended('cancelled', cancelledScale));
  await ended('succeeded', await deploy('v2-slowstart60', PATIENT));
  const back = await change('rollback');
  await reaches(back, 'rolling-update');
  await stack.wl(['cancel', SERVICE]);
  await save('rollback-cancelled', await ended('cancelled', back));
  const interrupted = await change('restart');
  await reaches(interrupted, 'rolling-update');
  await stack.admin('POST', 'world/delete-service', { service: await incarnation(), cluster: 'crims' });
  await save('restart-made-again', await ended('deploy_failed_rolled_back', interrupted));
  const doomed = await change('restart');
  await reaches(doomed, 'rolling-update');
  await stack.admin('POST', 'world/crash-loop', { service: await incarnation(), cluster: 'crims', everySeconds: 10 });
  await save('restart-failed', await ended('deploy_failed', doomed));
  await stack.admin('POST', 'world/end-crash-loop', { service: await incarnation() });
  await ended('succeeded', await change('delete', '--yes'));
}

async function incarnation(): Promise<string> {
  return (await ecsServiceOf(stack, SERVICE))?.serviceName ?? '';
}

function scenario({ wl }: Stack, temporal: Client) {
  const change = async (kind: ChangeKind, ...args: string[]): Promise<string> => {
    const { stdout, stderr } = await wl([kind, SERVICE, ...args, '--detach', '--output', 'json']);
    if (stdout === '') throw new Error(`wl ${kind}: ${stderr}`);
    return changeWorkflowId(kind, SERVICE, (JSON.parse(stdout) as { id: string }).id);
  };
  return {
    /** Asks for a deployment; answers the id of its workflow, as `change` does. */
    deploy(tag: string, want: Partial<ManifestWant> = {}, ...flags: string[]): Promise<string> {
      const manifest = manifestOf({ service: SERVICE, tag, scale: 2, env: { GREETING: 'hello' }, ...want });
      return change('deploy', '-f', writeManifest(stack, manifest), ...flags);
    },
    change,
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
      if (only.size > 0 && !only.has(name)) return;
      const events = portableEvents(await temporal.workflow.getHandle(workflowId, runId).fetchHistory());
      const text = formatHistory(events);
      writeFileSync(join(directory, `${name}.json`), text);
      console.log(`${name}: ${events.length} events, ${Math.ceil(text.length / 1024)} KiB`);
    },
  };
}
