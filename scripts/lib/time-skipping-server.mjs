import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { cacheDir } from '../../src/embedded/cache-dir.mjs';
import { withLock } from '../../src/embedded/exclusive-lock.mjs';
import { root } from './root.mjs';
import { run, tail } from './run.mjs';
import { say, sayWhile } from './say.mjs';

const MAVEN_CENTRAL = 'https://repo1.maven.org/maven2';
const OLDEST_JAVA = 11;
const DOWNLOAD_MILLISECONDS = 120_000;

/** The SDK gives the server 5 s to answer, so the JVM is told to start fast rather than to run fast. */
const LAUNCHER = `#!/bin/sh
exec java -XX:+UseSerialGC -XX:TieredStopAtLevel=1 -cp "$(dirname "$0")/*" io.temporal.testserver.TestServer "$@"
`;

/** @typedef {{ sha256: string, path: string }} Jar */

const list = readFileSync(join(root, 'test', 'time-skipping-server.txt'), 'utf8');

/** @type {Jar[]} */
const jars = list
  .split('\n')
  .filter((line) => line !== '' && !line.startsWith('#'))
  .map((line) => line.split(/\s+/))
  .map(([sha256 = '', path = '']) => ({ sha256, path }));

const sha256Of = (/** @type {string | Buffer} */ data) => createHash('sha256').update(data).digest('hex');

/** Other jars or another launcher are another directory. */
const directory = () => join(cacheDir(), `time-skipping-server-${sha256Of(list + LAUNCHER).slice(0, 12)}`);

/** The program that starts the time-skipping test server; there is none where set-up could not get it. */
export const timeSkippingServer = () => join(directory(), 'start');

export const hasTimeSkippingServer = () => existsSync(timeSkippingServer());

/**
 * Gets the server that tests of timers use. Never fails: without it those tests are skipped, by name. The SDK's own
 * download is not used: nobody checks what it brings, it brings whatever is newest, and there is none for ARM.
 */
export async function installTimeSkippingServer() {
  if (hasTimeSkippingServer()) return;
  if (!(await hasJava())) return skip(`there is no Java ${OLDEST_JAVA} or newer on the PATH`);
  mkdirSync(cacheDir(), { recursive: true });
  const onWait = () => say('Waiting for another download of the time-skipping test server …');
  await withLock(`${directory()}.lock`, { onWait }, async () => {
    if (!hasTimeSkippingServer()) await sayWhile('Getting the time-skipping test server of the tests', install);
  });
}

async function hasJava() {
  const { code, output } = await run('java', ['-version']);
  return code === 0 && Number(/version "(\d+)/.exec(output)?.[1]) >= OLDEST_JAVA;
}

/** Made aside and moved when it is whole. */
async function install() {
  const draft = mkdtempSync(join(cacheDir(), '.time-skipping-server-'));
  try {
    await download(draft)
      .then(() => check(draft))
      .catch(() => downloadWithMaven(draft).then(() => check(draft)));
    writeFileSync(join(draft, basename(timeSkippingServer())), LAUNCHER, { mode: 0o755 });
    renameSync(draft, directory());
  } catch (error) {
    skip(/** @type {Error} */ (error).message);
  } finally {
    rmSync(draft, { recursive: true, force: true });
  }
}

/** @param {string} target a directory */
async function download(target) {
  const repository = process.env.WONDERLAND_MAVEN_URL ?? MAVEN_CENTRAL;
  const signal = AbortSignal.timeout(DOWNLOAD_MILLISECONDS);
  await Promise.all(
    jars.map(async ({ path }) => {
      const response = await fetch(`${repository}/${path}`, { signal });
      if (!response.ok) throw new Error(`${repository} answers ${response.status}`);
      writeFileSync(join(target, basename(path)), Buffer.from(await response.arrayBuffer()));
    }),
  );
}

/** Maven knows the mirrors and proxies of this machine. @param {string} target a directory */
async function downloadWithMaven(target) {
  const pom = join(target, 'pom.xml');
  writeFileSync(pom, pomOf(jars));
  const args = [
    '-B',
    '-q',
    '-f',
    pom,
    'dependency:copy-dependencies',
    `-DoutputDirectory=${target}`,
    '-DoverWriteReleases=true',
  ];
  const { code, output } = await run('mvn', args, { timeoutMilliseconds: DOWNLOAD_MILLISECONDS });
  if (code !== 0) throw new Error(`neither Maven Central nor mvn gives it:\n${tail(output, 3)}`);
}

/** Every jar is named, so that Maven chooses no version. @param {Jar[]} wanted */
function pomOf(wanted) {
  const dependencies = wanted.map(({ path }) => {
    const artifact = dirname(dirname(path));
    return `<dependency><groupId>${dirname(artifact).replaceAll('/', '.')}</groupId>
<artifactId>${basename(artifact)}</artifactId><version>${basename(dirname(path))}</version></dependency>`;
  });
  return `<project><modelVersion>4.0.0</modelVersion>
<groupId>wonderland</groupId><artifactId>time-skipping-server</artifactId><version>1</version><packaging>pom</packaging>
<dependencies>${dependencies.join('\n')}</dependencies></project>
`;
}

/** @param {string} target a directory */
function check(target) {
  for (const { path, sha256 } of jars) {
    if (sha256Of(readFileSync(join(target, basename(path)))) !== sha256)
      throw new Error(`${basename(path)} is not what it should be: its SHA-256 differs`);
  }
}

/** @param {string} why */
const skip = (why) => say(`The time-skipping test server is missing, so the tests that need it are skipped: ${why}`);
