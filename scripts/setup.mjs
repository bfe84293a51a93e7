// Makes a checkout ready to run: dependencies, build, Temporal and, with --test-tools, what only tests use.
// Runs before there is any dependency, on plain Node; quick and quiet when nothing is to be done.
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { build } from './lib/build.mjs';
import { installDependencies } from './lib/dependencies.mjs';
import { exclusively } from './lib/exclusively.mjs';
import { failed } from './lib/failed.mjs';
import { installPythonTools } from './lib/python.mjs';
import { root } from './lib/root.mjs';
import { say } from './lib/say.mjs';
import { installTimeSkippingServer } from './lib/time-skipping-server.mjs';

async function setUp() {
  await exclusively(async () => {
    await installDependencies();
    await build();
  });
  const { findTemporal } = await import(pathToFileURL(join(root, 'dist/src/embedded/temporal-binary.js')).href);
  await findTemporal({ log: say });
  if (!process.argv.includes('--test-tools')) return;
  await installPythonTools();
  await installTimeSkippingServer();
}

await setUp().catch(failed);
