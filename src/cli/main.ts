import { createAskLine } from './ask.ts';
import { createIo } from './io.ts';
import { runCli } from './program.ts';

const io = createIo({ stdout: process.stdout, stderr: process.stderr, env: process.env });

// The reader of a pipe may leave early (`wl list | head -1`); that is no fault. The command goes on without it, because
// the exit code of `wl deploy | head -1` is the verdict's all the same.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE' && error.code !== 'ERR_STREAM_DESTROYED') throw error;
});

const SIGNALS = { SIGINT: 130, SIGTERM: 143 } as const;

/** Without a listener the signals keep their default: they end the process. */
function onInterrupt(listener: (exitCode: number) => void): () => void {
  const entries = Object.entries(SIGNALS).map(([signal, exitCode]) => [signal, () => listener(exitCode)] as const);
  for (const [signal, handler] of entries) process.once(signal, handler);
  return () => {
    for (const [signal, handler] of entries) process.off(signal, handler);
  };
}

const ask = createAskLine(process);

process.exitCode = await runCli(process.argv.slice(2), {
  io,
  env: process.env,
  onInterrupt,
  ...(ask !== undefined && { ask }),
});
