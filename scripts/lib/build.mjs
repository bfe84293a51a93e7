import { createHash } from 'node:crypto';
import { cpSync, existsSync, readFileSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join, relative } from 'node:path';
import { run } from './run.mjs';
import { root } from './root.mjs';
import { sayWhile } from './say.mjs';

const dist = join(root, 'dist');
const bundle = join(dist, 'workflow-bundle.js');
const stamp = join(dist, '.inputs');
/** The local cloud's service models. */
const MODELS = join('src', 'localcloud', 'models');

/**
 * Compiles `src` to `dist` and bundles the workflows, unless the last build had the same inputs.
 * @throws Error with the compiler's output
 */
export async function build() {
  const inputs = hashOf(['src', 'worker.ts', 'tsconfig.json', 'tsconfig.build.json', 'package-lock.json']);
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === inputs) return;
  await sayWhile('Building', async () => {
    rmSync(stamp, { force: true });
    removeStale(dist);
    await compile();
    // Data that is read at run time; the compiler takes code only.
    cpSync(join(root, MODELS), join(dist, MODELS), { recursive: true });
    await bundleWorkflows();
    writeFileSync(stamp, inputs);
  });
}

async function compile() {
  const tsc = createRequire(join(root, 'package.json')).resolve('typescript/bin/tsc');
  const { code, output } = await run(process.execPath, [tsc, '-p', 'tsconfig.build.json'], { cwd: root });
  if (code !== 0) throw new Error(`The build failed:\n${output}`);
}

/** The bundle must be made by the same version of the SDK that runs it, so it is part of the build. */
async function bundleWorkflows() {
  const { bundleWorkflowCode, DefaultLogger } = await import('@temporalio/worker');
  const { code } = await bundleWorkflowCode({
    workflowsPath: join(root, 'src', 'workflows', 'index.ts'),
    logger: new DefaultLogger('WARN'),
  });
  // At once: a worker that is just starting must not find half of it.
  writeFileSync(`${bundle}.draft`, code);
  renameSync(`${bundle}.draft`, bundle);
}

/** Output of sources that are gone would still be importable. @param {string} directory */
function removeStale(directory) {
  if (!existsSync(directory)) return;
  for (const entry of readdirSync(directory, { withFileTypes: true, recursive: true })) {
    if (!entry.isFile() || !/\.m?js(\.map)?$/.test(entry.name)) continue;
    const output = join(entry.parentPath, entry.name);
    if (output === bundle) continue;
    const source = join(root, relative(dist, output).replace(/\.map$/, ''));
    if (!existsSync(source) && !existsSync(source.replace(/js$/, 'ts'))) rmSync(output);
  }
}

/** @param {string[]} paths */
function hashOf(paths) {
  const hash = createHash('sha256').update(process.version);
  for (const path of paths.flatMap(filesIn).sort()) hash.update(`\n${path}\n`).update(readFileSync(join(root, path)));
  return hash.digest('hex');
}

/** @param {string} path @returns {string[]} */
function filesIn(path) {
  if (!existsSync(join(root, path))) return [];
  if (/\.[a-z]+$/.test(path)) return [path];
  return readdirSync(join(root, path), { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(root, join(entry.parentPath, entry.name)));
}
