import { fileURLToPath } from 'node:url';
import { eventually } from '../../setup/eventually.ts';
import { spawnCaptured } from '../../setup/process.ts';

const entry = fileURLToPath(new URL('../../../src/localcloud/server.ts', import.meta.url));

export interface LocalCloud {
  url: string;
  /** AWS calls since the cloud began, as `Service Operation`. */
  calls: () => Promise<string[]>;
  stop: () => Promise<void>;
}

/** A local cloud of the test's own. */
export async function startLocalCloud(): Promise<LocalCloud> {
  const ports = ['--port', '0', '--ingress-http-port', '0', '--ingress-https-port', '0'];
  const child = spawnCaptured(process.execPath, ['--import=tsx', entry, ...ports, '--speed', '20']);
  const line = await eventually('the local cloud is ready', () => {
    if (child.process.exitCode !== null) throw new Error(`the local cloud ended: ${child.stderr()}`);
    return child.stdout().includes('\n') ? child.stdout() : undefined;
  });
  const { url } = JSON.parse(line) as { url: string };
  return {
    url,
    async calls() {
      const { entries } = (await (await fetch(`${url}/_wonderland/journal`)).json()) as {
        entries: { service: string; operation: string }[];
      };
      return entries.map(({ service, operation }) => `${service} ${operation}`);
    },
    async stop() {
      child.process.kill('SIGTERM');
      await child.ended;
    },
  };
}
