import { fileURLToPath } from 'node:url';
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
import { loadConfig } from './src/config.ts';
import { isWonderlandError } from './src/domain/errors.ts';
import { createLogger } from './src/logger.ts';
import { createSeal } from './src/seal.ts';
import { connectClient, connectionOptions } from './src/temporal.ts';

const logger = createLogger('worker');

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
  const activities = createActivities({
    clients,
    config,
    seal: createSeal(config['sealing-key']),
    temporal: connectClient(config),
    pollers: { services: createServicePoller(clients.ecs), tasks: createTaskPoller(clients.ecs) },
  });
  const worker = await Worker.create({
    connection,
    namespace: config.temporal.namespace,
    taskQueue: config.temporal['task-queue'],
    workflowBundle: { codePath: fileURLToPath(new URL('./workflow-bundle.js', import.meta.url)) },
    activities,
    maxCachedWorkflows: 300,
    // A worker that dies is noticed this soon: the next one takes over its workflows.
    stickyQueueScheduleToStartTimeout: '3s',
    shutdownGraceTime: '5s',
    shutdownForceTime: '8s',
  });
  process.stdout.write(`${JSON.stringify({ ready: true })}\n`);
  try {
    await worker.run();
  } finally {
    await connection.close();
  }
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
