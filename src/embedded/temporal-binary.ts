import { accessSync, constants, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync, statSync } from 'node:fs';
import { delimiter, dirname, isAbsolute, join, resolve } from 'node:path';
import { WonderlandError } from '../domain/errors.ts';
import { cacheDir } from './cache-dir.mjs';
import { sayWhileItLasts } from './elapsed.ts';
import { withLock } from './exclusive-lock.mjs';
import { buildWithGo } from './go-install.ts';
import { distFile } from './paths.ts';
import { run } from './run.ts';
import { checkTemporal, TEMPORAL_CLI_VERSION, type VersionCheck } from './temporal-version.ts';

/** How long the SDK's own download may take to answer before the next source is tried. */
const DOWNLOAD_MILLISECONDS = 20_000;

export interface FindOptions {
  /** Told what takes long; nothing is said when a binary is found at once. */
  log: (line: string) => void;
  /** @default process.env */
  environment?: NodeJS.ProcessEnv;
}

/**
 * The Temporal CLI that runs the embedded Temporal Service: `WONDERLAND_TEMPORAL_BIN`, else `temporal` on the PATH,
 * else the one in our cache, which is filled by the SDK's download or, failing that, by a build with Go.
 * @throws WonderlandError `unavailable` when there is none to be had.
 */
export async function findTemporal({ log, environment = process.env }: FindOptions): Promise<string> {
  const named = environment.WONDERLAND_TEMPORAL_BIN;
  if (named !== undefined && named !== '') return checkNamed(resolve(named));
  const onPath = findOnPath(environment.PATH ?? '');
  if (onPath !== undefined && (await checkTemporal(onPath)).usable) return onPath;
  const cached = join(cacheDir(environment), 'bin', `temporal-${TEMPORAL_CLI_VERSION}`);
  if (isExecutable(cached) && (await checkTemporal(cached)).usable) return cached;
  mkdirSync(dirname(cached), { recursive: true });
  return withLock(`${cached}.lock`, { onWait: () => log('Waiting for another process that gets Temporal …') }, () =>
    fill(cached, log, environment),
  );
}

async function checkNamed(file: string): Promise<string> {
  const check: VersionCheck = isExecutable(file)
    ? await checkTemporal(file)
    : { usable: false, why: 'it is not an executable file' };
  if (check.usable) return file;
  throw new WonderlandError('unavailable', `WONDERLAND_TEMPORAL_BIN names ${file}, but ${check.why}`, {
    hint: 'Name a Temporal CLI of version 1.5 or newer, or unset WONDERLAND_TEMPORAL_BIN.',
  });
}

async function fill(target: string, log: (line: string) => void, environment: NodeJS.ProcessEnv): Promise<string> {
  if (isExecutable(target) && (await checkTemporal(target)).usable) return target; // whoever held the lock made it
  const noDownload = await download(target, log);
  if (noDownload === undefined) return target;
  log(`The Temporal SDK's download gives none: ${noDownload}.`);
  const noBuild = await buildWithGo(target, log, environment);
  if (noBuild === undefined) return target;
  throw new WonderlandError('unavailable', `There is no Temporal CLI here, and none could be got: ${noBuild}`, {
    hint: 'Install the Temporal CLI (1.5 or newer) on the PATH, or Go, or name a binary in WONDERLAND_TEMPORAL_BIN.',
  });
}

/** @returns undefined, or why there is none */
async function download(target: string, log: (line: string) => void): Promise<string | undefined> {
  const directory = mkdtempSync(join(dirname(target), '.download-'));
  try {
    log(`Getting Temporal ${TEMPORAL_CLI_VERSION} by the Temporal SDK's own download (at most 20 s).`);
    const { code } = await sayWhileItLasts(
      'Downloading Temporal',
      log,
      run(process.execPath, [distFile('src/embedded/sdk-download.js'), directory, TEMPORAL_CLI_VERSION], {
        timeoutMilliseconds: DOWNLOAD_MILLISECONDS,
      }),
    );
    const [file] = readdirSync(directory).filter((name) => !name.endsWith('.downloading'));
    if (code !== 0 || file === undefined) return code === -1 ? 'no answer within 20 s' : 'it failed';
    renameSync(join(directory, file), target);
    return undefined;
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

const findOnPath = (path: string): string | undefined =>
  path
    .split(delimiter)
    .filter((directory) => isAbsolute(directory))
    .map((directory) => join(directory, 'temporal'))
    .find(isExecutable);

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return statSync(file).isFile();
  } catch {
    return false;
  }
}
