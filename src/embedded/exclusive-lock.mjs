// Plain JavaScript because scripts/setup.mjs needs it before there is a build.
import { randomBytes } from 'node:crypto';
import { linkSync, mkdirSync, readFileSync, rmSync, statSync, unlinkSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { identify, isAlive } from './process-identity.mjs';

/** Breaking a stale lock takes microseconds; whoever holds the right to do so for longer has died. */
const BREAKING_MILLISECONDS = 10_000;
const POLL_MILLISECONDS = 100;

/**
 * Takes a lock between processes: a file that names its holder. It ends with its holder, even one killed.
 * @param {string} file
 * @returns {(() => void) | undefined} the function that releases it; undefined while somebody else holds it
 */
export function tryLock(file) {
  mkdirSync(dirname(file), { recursive: true });
  const mine = JSON.stringify({ ...identify(process.pid), nonce: randomBytes(8).toString('hex') });
  // Written aside and then linked, so that nobody ever reads half a lock.
  const draft = `${file}.${process.pid}.${randomBytes(4).toString('hex')}`;
  writeFileSync(draft, mine);
  try {
    if (!link(draft, file) && !(breakStale(file) && link(draft, file))) return undefined;
  } finally {
    rmSync(draft, { force: true });
  }
  if (held.size === 0) process.once('exit', releaseAll);
  held.set(file, mine);
  return () => release(file);
}

/** Locks of this process, by file, with what it wrote into them. @type {Map<string, string>} */
const held = new Map();

const releaseAll = () => [...held.keys()].forEach(release);

/** @param {string} file */
function release(file) {
  if (read(file) === held.get(file)) rmSync(file, { force: true });
  held.delete(file);
  if (held.size === 0) process.off('exit', releaseAll);
}

/**
 * Runs `work` while holding the lock; waits for as long as a living process holds it.
 * @template T
 * @param {string} file
 * @param {{ onWait?: () => void }} options `onWait` is called once, when somebody else holds it
 * @param {() => Promise<T>} work
 * @returns {Promise<T>}
 */
export async function withLock(file, { onWait }, work) {
  let release = tryLock(file);
  if (release === undefined) onWait?.();
  while (release === undefined) {
    await sleep(POLL_MILLISECONDS);
    release = tryLock(file);
  }
  try {
    return await work();
  } finally {
    release();
  }
}

/**
 * Removes the lock of a dead holder. Only one process may do so at a time: else a second one, slow to act on the same
 * finding, would remove the lock that the first has taken meanwhile.
 * @param {string} file
 * @returns {boolean} whether it is worth trying again
 */
function breakStale(file) {
  const found = read(file);
  if (found === undefined) return true;
  if (isHeld(found)) return false;
  const right = `${file}.breaking`;
  try {
    writeFileSync(right, '', { flag: 'wx' });
  } catch {
    if (ageMilliseconds(right) > BREAKING_MILLISECONDS) rmSync(right, { force: true });
    return false;
  }
  try {
    if (read(file) === found) unlinkSync(file);
    return true;
  } finally {
    rmSync(right, { force: true });
  }
}

/** @param {string} content */
function isHeld(content) {
  try {
    return isAlive(JSON.parse(content));
  } catch {
    return false;
  }
}

/**
 * @param {string} from
 * @param {string} to
 */
function link(from, to) {
  try {
    linkSync(from, to);
    return true;
  } catch (error) {
    if (/** @type {NodeJS.ErrnoException} */ (error).code === 'EEXIST') return false;
    throw error;
  }
}

/** @param {string} file */
function read(file) {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}

/** @param {string} file */
function ageMilliseconds(file) {
  try {
    return Date.now() - statSync(file).mtimeMs;
  } catch {
    return 0;
  }
}
