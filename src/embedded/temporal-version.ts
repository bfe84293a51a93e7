import { run } from './run.ts';

/** The release that is fetched or built when there is none. */
export const TEMPORAL_CLI_VERSION = '1.5.1';

export type VersionCheck = { usable: true } | { usable: false; why: string };

/**
 * Asks a Temporal CLI for its version. 1.5 is the first with what the embedded stack uses; one built by
 * `go install` calls itself 0.0.0-DEV and is judged by its server instead.
 */
export async function checkTemporal(file: string): Promise<VersionCheck> {
  const { code, stdout, stderr } = await run(file, ['--version'], { timeoutMilliseconds: 20_000 });
  if (code !== 0) return { usable: false, why: `it does not answer --version: ${stderr.trim().split('\n')[0]}` };
  const [, cli = ''] = /^temporal version v?(\d+\.\d+\.\d+)/.exec(stdout) ?? [];
  const [, server = ''] = /Server v?(\d+\.\d+\.\d+)/.exec(stdout) ?? [];
  if (isAtLeast(cli, 1, 5) || (cli === '0.0.0' && isAtLeast(server, 1, 29))) return { usable: true };
  return { usable: false, why: `its version is ${cli || 'unknown'}, and 1.5 or newer is needed` };
}

function isAtLeast(version: string, major: number, minor: number): boolean {
  const [haveMajor = 0, haveMinor = 0] = version.split('.').map(Number);
  return haveMajor > major || (haveMajor === major && haveMinor >= minor);
}
