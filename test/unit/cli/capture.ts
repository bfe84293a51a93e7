import { createIo, type Io } from '../../../src/cli/io.ts';

export interface Capture {
  io: Io;
  /** Everything written to the stream so far. */
  stdout(): string;
  stderr(): string;
}

/** An `Io` over buffers. */
export function captureIo(options: { isTTY?: boolean; columns?: number; env?: Record<string, string> } = {}): Capture {
  const written = { stdout: '', stderr: '' };
  const stream = (name: 'stdout' | 'stderr') => ({
    write: (text: string) => void (written[name] += text),
    isTTY: options.isTTY ?? false,
    columns: options.columns ?? 80,
  });
  const io = createIo({ stdout: stream('stdout'), stderr: stream('stderr'), env: options.env ?? {} });
  return { io, stdout: () => written.stdout, stderr: () => written.stderr };
}
