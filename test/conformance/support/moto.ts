/** moto's server: AWS as somebody else has written it down. */
import { spawn } from 'node:child_process';

/** Starts it on a free port of the loopback. */
export const startMoto = async (program: string): Promise<{ url: string; stop(): void }> => {
  const args = ['-H', '127.0.0.1', '-p', '0'];
  const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'], env: { PATH: process.env.PATH } });
  let said = '';
  const url = await new Promise<string>((resolve, reject) => {
    const listen = (chunk: Buffer): void => {
      said += chunk.toString();
      const [found] = /http:\/\/127\.0\.0\.1:\d+/.exec(said) ?? [];
      if (found !== undefined) resolve(found);
    };
    child.stdout.on('data', listen);
    child.stderr.on('data', listen);
    child.once('close', () => reject(new Error(`moto did not start: ${said}`)));
  });
  return { url, stop: () => void child.kill() };
};
