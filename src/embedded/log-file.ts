import { closeSync, existsSync, openSync, readSync, renameSync, statSync } from 'node:fs';

/** How many logs of earlier starts are kept beside the current one. */
const KEPT = 4;

/** Moves `x.log` to `x.log.1`, `x.log.1` to `x.log.2`, and so on; the oldest is overwritten. */
export function rotate(file: string): void {
  for (let index = KEPT; index >= 1; index--) {
    const older = index === 1 ? file : `${file}.${index - 1}`;
    if (existsSync(older)) renameSync(older, `${file}.${index}`);
  }
}

export const sizeOf = (file: string): number => (existsSync(file) ? statSync(file).size : 0);

/** What was written since the file had this size; only the last 64 KiB of it. */
export function readFrom(file: string, offset: number): string {
  const start = Math.max(offset, sizeOf(file) - 65_536);
  const buffer = Buffer.alloc(Math.max(0, sizeOf(file) - start));
  const descriptor = openSync(file, 'r');
  try {
    return buffer.toString('utf8', 0, readSync(descriptor, buffer, 0, buffer.length, start));
  } finally {
    closeSync(descriptor);
  }
}
