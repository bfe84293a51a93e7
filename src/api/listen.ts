import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Express } from 'express';

/** Requests that still run get this long when the server is asked to stop. */
const GRACE_MS = 10_000;
const SWEEP_MS = 50;

export interface Listening {
  url: string;
  /** Takes no new connections and resolves when the last has ended; streams have to be ended by their owner. */
  stop: () => Promise<void>;
}

/** @throws the error of `listen`, e.g. EADDRINUSE. */
export async function listen(app: Express, { host, port }: { host: string; port: number }): Promise<Listening> {
  // A client that vanished without a word is found out by the kernel.
  const server = createServer({ keepAlive: true, keepAliveInitialDelay: 30_000 }, app);
  server.listen(port, host);
  await once(server, 'listening');
  const at = server.address() as AddressInfo;
  return {
    url: `http://${at.family === 'IPv6' ? `[${at.address}]` : at.address}:${at.port}`,
    async stop() {
      const closed = once(server, 'close');
      server.close();
      // A connection that was busy when the server closed would be kept alive for its client's next request.
      const sweep = setInterval(() => server.closeIdleConnections(), SWEEP_MS);
      const force = setTimeout(() => server.closeAllConnections(), GRACE_MS);
      await closed;
      clearInterval(sweep);
      clearTimeout(force);
    },
  };
}
