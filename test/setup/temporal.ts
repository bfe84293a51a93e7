import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { TestWorkflowEnvironment } from '@temporalio/testing';
import {
  DefaultLogger,
  Runtime,
  bundleWorkflowCode,
  makeTelemetryFilterString,
  type WorkflowBundleWithSourceMap,
} from '@temporalio/worker';
import { defineSearchAttributeKey } from '@temporalio/common';
import { SEARCH_ATTRIBUTES } from '../../src/domain/ids.ts';
import { hasTimeSkippingServer, timeSkippingServer } from '../../scripts/lib/time-skipping-server.mjs';

const cache = join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'wonderland', 'bin');
const binary = [process.env.WONDERLAND_TEMPORAL_BIN, join(cache, 'temporal-1.5.1'), join(cache, 'temporal')].find(
  (path) => path !== undefined && existsSync(path),
);

/** `IndexedValueType` of Temporal's API. */
const KEYWORD = 2;

let quiet = false;

/** Only errors of the SDK are printed; a runtime can be made once in a process. */
export function quietRuntime(): void {
  if (quiet) return;
  quiet = true;
  const filter = makeTelemetryFilterString({ core: 'ERROR', other: 'ERROR' });
  Runtime.install({ logger: new DefaultLogger('ERROR'), telemetryOptions: { logging: { filter } } });
}

/** A real Temporal dev server of the test's own, with our search attributes. */
export async function startTemporal(): Promise<TestWorkflowEnvironment> {
  quietRuntime();
  const values = [
    'history.transferProcessorMaxPollRPS=500',
    'history.timerProcessorMaxPollRPS=500',
    'history.visibilityProcessorMaxPollRPS=500',
  ];
  return TestWorkflowEnvironment.createLocal({
    server: {
      executable: { type: 'existing-path', path: binary ?? 'temporal' },
      searchAttributes: SEARCH_ATTRIBUTES.map((name) => defineSearchAttributeKey(name, 'KEYWORD')),
      extraArgs: [...values, 'system.enableActivityEagerExecution=true'].flatMap((v) => ['--dynamic-config-value', v]),
    },
  });
}

/**
 * A Temporal whose clock jumps from one timer to the next while a result is awaited and nothing else is to be done.
 * Undefined where set-up could not get the server: then skip, by name.
 */
export async function startTimeSkipping(): Promise<TestWorkflowEnvironment | undefined> {
  if (!hasTimeSkippingServer()) return undefined;
  quietRuntime();
  const start = () =>
    TestWorkflowEnvironment.createTimeSkipping({
      server: { executable: { type: 'existing-path', path: timeSkippingServer() } },
    });
  // The SDK gives the server 5 s to answer, which is little for a JVM on a busy machine.
  const environment = await start().catch(start).catch(start);
  await environment.connection.operatorService.addSearchAttributes({
    searchAttributes: Object.fromEntries(SEARCH_ATTRIBUTES.map((name) => [name, KEYWORD])),
  });
  return environment;
}

/** Bundles workflow code; a warning of the bundler means that something reached the sandbox that must not. */
export async function bundle(
  workflowsPath: string,
): Promise<{ bundle: WorkflowBundleWithSourceMap; warnings: string[] }> {
  const warnings: string[] = [];
  const logger = new DefaultLogger('WARN', ({ message }) => warnings.push(message));
  return { bundle: await bundleWorkflowCode({ workflowsPath, logger }), warnings };
}
