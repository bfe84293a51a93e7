/** The whole local cloud as the process that people run. */
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';

export interface CloudProcess {
  url: string;
  ingressHttp: string;
  ingressHttps: string;
  /** For any client of the AWS SDK. */
  sdk: {
    endpoint: string;
    region: string;
    credentials: { accessKeyId: string; secretAccessKey: string };
    maxAttempts: number;
  };
  stop(): Promise<void>;
}

export const spawnCloud = async (flags: string[] = []): Promise<CloudProcess> => {
  const child = spawn(process.execPath, ['--import=tsx', 'src/localcloud/server.ts', ...flags], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const exited = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  const line = await Promise.race([
    new Promise<string>((resolve) => createInterface(child.stdout).once('line', resolve)),
    exited.then(() => Promise.reject(new Error('the local cloud ended before it was ready'))),
  ]);
  const ready = JSON.parse(line) as Pick<CloudProcess, 'url' | 'ingressHttp' | 'ingressHttps'>;
  return {
    ...ready,
    sdk: {
      endpoint: ready.url,
      region: 'eu-west-1',
      credentials: { accessKeyId: 'AKIAWONDERLANDLOCAL1', secretAccessKey: 'local-secret-key' },
      maxAttempts: 1,
    },
    stop: async () => {
      child.kill('SIGTERM');
      await exited;
    },
  };
};
