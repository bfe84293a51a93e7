import { accessSync, constants, mkdirSync, mkdtempSync, renameSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { sayWhileItLasts } from './elapsed.ts';
import { run, tail } from './run.ts';
import { TEMPORAL_CLI_VERSION } from './temporal-version.ts';

/**
 * Builds the Temporal CLI with Go and moves it to `target`.
 * @returns undefined, or why there is none
 */
export async function buildWithGo(
  target: string,
  log: (line: string) => void,
  environment: NodeJS.ProcessEnv,
): Promise<string | undefined> {
  const version = await run('go', ['version'], { environment, timeoutMilliseconds: 20_000 });
  if (version.code !== 0) return 'there is no Go to build it with';
  const scratch = mkdtempSync(join(dirname(target), '.go-install-'));
  try {
    log(`Building Temporal ${TEMPORAL_CLI_VERSION} with Go, once; that takes about 5 minutes.`);
    const result = await sayWhileItLasts(
      'Building Temporal',
      log,
      run('go', ['install', `github.com/temporalio/cli/cmd/temporal@v${TEMPORAL_CLI_VERSION}`], {
        environment: await goEnvironment(environment, scratch),
      }),
    );
    if (result.code !== 0) return `go install failed: ${tail(result.stderr)}`;
    renameSync(join(scratch, 'bin', 'temporal'), target);
    return undefined;
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

/** Go's own caches where they can be written, else ones that are removed after the build. */
async function goEnvironment(environment: NodeJS.ProcessEnv, scratch: string): Promise<NodeJS.ProcessEnv> {
  const settings = { ...environment, GOBIN: join(scratch, 'bin') };
  const known = await run('go', ['env', 'GOCACHE', 'GOMODCACHE'], { environment: settings });
  const caches = known.stdout.split('\n').slice(0, 2);
  if (known.code === 0 && caches.length === 2 && caches.every(isWritable)) return settings;
  return {
    ...settings,
    HOME: scratch,
    GOPATH: join(scratch, 'path'),
    GOMODCACHE: join(scratch, 'modules'),
    GOCACHE: join(scratch, 'cache'),
    // A module cache is read-only unless asked otherwise, and could not be removed.
    GOFLAGS: `${environment.GOFLAGS ?? ''} -modcacherw`.trim(),
  };
}

function isWritable(directory: string): boolean {
  try {
    mkdirSync(directory, { recursive: true });
    accessSync(directory, constants.W_OK);
    return true;
  } catch {
    return false;
  }
}
