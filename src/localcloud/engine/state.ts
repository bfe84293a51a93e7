import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Persistent } from './contract.ts';

/** Real milliseconds in which changes of timers and probes gather before they are saved together. */
const DEBOUNCE_MILLISECONDS = 250;

/** Parts that only need remembering, not starting. */
export type Remembered = Pick<Persistent, 'key' | 'save' | 'load'>;

interface StateFile {
  /** What was saved in an earlier life, by key; empty at first. */
  read(): Promise<Record<string, unknown>>;
  remember(part: Remembered): void;
  /** Resolves when a snapshot that was begun after this call is in the file. */
  flush(): Promise<void>;
  /** Asks for a snapshot soon. */
  changed(): void;
  /** Saves once more and takes no further requests. */
  close(): Promise<void>;
}

/** Tells a file of ours from any other that holds JSON: nobody's data is overwritten. */
const MARK = 'wonderlandLocalCloud';
const FORMAT = 1;

const readSnapshot = async (path: string): Promise<Record<string, unknown>> => {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    if ((error as { code?: unknown }).code === 'ENOENT') return {};
    throw new Error(`the state file ${path} cannot be read: ${(error as Error).message}`);
  }
  const snapshot = parse(text);
  if (snapshot?.[MARK] !== FORMAT)
    throw new Error(`the state file ${path} is not one of this cloud: move it away to begin anew`);
  return snapshot;
};

const parse = (text: string): Record<string, unknown> | undefined => {
  try {
    return JSON.parse(text) as Record<string, unknown>;
  } catch {
    return undefined;
  }
};

/** The whole cloud in one JSON file, replaced atomically; callers that come while one is written share the next. */
export const createStateFile = (path?: string): StateFile => {
  const parts: Remembered[] = [];
  let running: Promise<void> | undefined;
  let next: Promise<void> | undefined;
  let timer: NodeJS.Timeout | undefined;
  let isClosed = false;

  const write = async (): Promise<void> => {
    if (path === undefined) return;
    const snapshot = Object.fromEntries(parts.map((part) => [part.key, part.save()]));
    await writeFile(`${path}.new`, JSON.stringify({ [MARK]: FORMAT, ...snapshot }), { mode: 0o600 });
    await rename(`${path}.new`, path);
  };
  const begin = (): Promise<void> => {
    running = write().finally(() => {
      running = undefined;
    });
    return running;
  };
  const flush = (): Promise<void> => {
    if (path === undefined || isClosed) return Promise.resolve();
    if (running === undefined) return begin();
    next ??= running
      .catch(() => undefined)
      .then(() => {
        next = undefined;
        return begin();
      });
    return next;
  };

  return {
    read: async () => {
      if (path === undefined) return {};
      await mkdir(dirname(path), { recursive: true });
      return readSnapshot(path);
    },
    remember: (part) => void parts.push(part),
    flush,
    changed: () => {
      if (timer !== undefined || isClosed || path === undefined) return;
      timer = setTimeout(() => {
        timer = undefined;
        flush().catch(() => undefined);
      }, DEBOUNCE_MILLISECONDS);
    },
    close: async () => {
      clearTimeout(timer);
      await flush();
      isClosed = true;
    },
  };
};
