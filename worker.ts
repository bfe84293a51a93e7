import { fileURLToPath } from 'node:url';
import type { Client } from '@temporalio/client';
import {
  DefaultLogger,
  NativeConnection,
  Runtime,
  Worker,
  makeTelemetryFilterString,
  type LogEntry,
} from '@temporalio/worker';
import { createActivities } from './src/activities/index.ts';
import { createClients } from './src/cloud/clients.ts';
import { createServicePoller, createTaskPoller } from './src/cloud/pollers.ts';
import { loadConfig, type Config } from './src/config.ts';
import { isWonderlandError } from './src/domain/errors.ts';
import { createLogger } from './src/logger.ts';
import { createSeal } from './src/seal.ts';
import { connectClient, connectionOptions } from './src/temporal.ts';
import { settleVersion, workerVersion, type WorkerVersion } from './src/worker-version.ts';
import { readWorkers, UNVERSIONED } from './src/workers.ts';

const logger = createLogger('worker');

const MAKE_CURRENT = 'make it current with `temporal worker deployment set-current-version`, see docs/operations.md';

/** Composition root of the worker: configuration → AWS clients → activities → Worker.run, then an ordered shutdown. */
async function main(): Promise<void> {
  const config = loadConfig();
  Runtime.install({
    logger: new DefaultLogger('INFO', forward),
    telemetryOptions: { logging: { forward: {}, filter: makeTelemetryFilterString({ core: 'WARN', other: 'ERROR' }) } },
  });
  const options = connectionOptions(config);
  const connection = await NativeConnection.connect(options);
  const clients = createClients(config);
  const temporal = connectClient(config);
  const activities = createActivities({
    clients,
    config,
    seal: createSeal(config['sealing-key']),
    temporal,
    pollers: { services: createServicePoller(clients.ecs), tasks: createTaskPoller(clients.ecs) },
  });
  const bundle = fileURLToPath(new URL('./workflow-bundle.js', import.meta.url));
  const version = workerVersion(config, bundle);
  const worker = await Worker.create({
    connection,
    namespace: config.temporal.namespace,
    taskQueue: config.temporal['task-queue'],
    workflowBundle: { codePath: bundle },
    // Changes and their locks are short: each ends on the build that it began on.
    ...(version !== undefined && {
      workerDeploymentOptions: { useWorkerVersioning: true, version, defaultVersioningBehavior: 'PINNED' as const },
    }),
    activities,
    maxCachedWorkflows: 300,
    // A worker that dies is noticed this soon: the next one takes over its workflows.
    stickyQueueScheduleToStartTimeout: '3s',
    shutdownGraceTime: '5s',
    shutdownForceTime: '8s',
  });
  try {
    void announce(temporal, config, version);
    await worker.run();
  } finally {
    await connection.close();
  }
}

/** Says that this worker is ready, and whether new changes come to it. Never rejects. */
async function announce(temporal: Client, config: Config, version?: WorkerVersion): Promise<void> {
  const current = await isCurrent(temporal, config, version).catch((error: unknown) => {
    const reason = error instanceof Error ? error.message : String(error);
    logger.warn({ ...version, reason }, 'it could not be seen whether new changes come to this worker');
    return undefined;
  });
  process.stdout.write(`${JSON.stringify({ ready: true, ...version, current })}\n`);
}

async function isCurrent(temporal: Client, config: Config, version?: WorkerVersion): Promise<boolean> {
  if (version !== undefined) {
    if (await settleVersion(temporal, version)) return true;
    logger.warn(version, `this version is not current: only changes that are pinned to it run here; ${MAKE_CURRENT}`);
    return false;
  }
  const { current } = await readWorkers(temporal, config.temporal['task-queue']);
  if (current === UNVERSIONED) return true;
  logger.warn(
    { current },
    'this worker gets no work: it has no version, and another is current; see docs/operations.md',
  );
  return false;
}

function forward({ level, message, meta }: LogEntry): void {
  const log = level === 'ERROR' ? logger.error : level === 'WARN' ? logger.warn : logger.info;
  log.call(logger, meta ?? {}, message);
}

try {
  await main();
  process.exit(0);
} catch (error) {
  logger.fatal(
    { code: isWonderlandError(error) ? error.code : 'internal' },
    error instanceof Error ? error.message : String(error),
  );
  process.exit(1);
}
