import { createServer, type Server } from 'node:net';
import type { Network } from './contract.ts';

/** Whoever listens here owns the block; nothing is served on it. */
const GUARD_PORT = 17_400;
const FIRST_HOST = 10;
const LAST_HOST = 254;
/** Added to ports below 1024, which are never bound: 80 → 8080, 443 → 8443. */
const LOW_PORT_OFFSET = 8000;
const BLOCK_ATTEMPTS = 50;
/** How long a block of an earlier life may take to come free. */
const RECLAIM_MILLISECONDS = 5_000;

/** What of the network survives a restart. */
export interface NetworkState {
  /** `A.B` of 127.A.B.*; a second one is taken when the first is full. */
  blocks: string[];
  addresses: string[];
  /** Ports chosen where the wanted one could not be bound, by `address:port`. */
  mapped: Record<string, { host: string; port: number }>;
}

export interface LoopbackNetwork extends Network {
  open(remembered?: NetworkState): Promise<void>;
  state(): NetworkState;
  readonly block: string;
  shutdown(): Promise<void>;
}

/** Binds and answers the port it got. */
type Bind = (server: Server, host: string, port: number) => Promise<number>;

const bindSocket: Bind = (server, host, port) =>
  new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      server.off('error', reject);
      const bound = server.address();
      resolve(typeof bound === 'object' && bound !== null ? bound.port : port);
    });
  });

const codeOf = (error: unknown): unknown => (error as { code?: unknown }).code;
const closeServer = (server: Server): Promise<void> => new Promise((resolve) => server.close(() => resolve()));
const keyOf = (address: string, port: number): string => `${address}:${port}`;
const blockOf = (address: string): string => address.split('.').slice(1, 3).join('.');

/** Where 127.A.B.* cannot be bound (macOS), addresses are only names, and every port is a mapped one of 127.0.0.1. */
export const createNetwork = (fixedBlock?: string, bind: Bind = bindSocket): LoopbackNetwork => {
  let state: NetworkState = { blocks: [], addresses: [], mapped: {} };
  let isMapped = false;
  const guards = new Map<string, Server>();
  const listeners = new Map<string, { server: Server; host: string; port: number }>();
  const pretences = new Map<string, () => number>();

  /** True once the block is ours. */
  const claim = async (block: string): Promise<boolean> => {
    const guard = createServer((socket) => socket.destroy());
    try {
      await bind(guard, `127.${block}.1`, GUARD_PORT);
    } catch (error) {
      if (codeOf(error) === 'EADDRINUSE') return false;
      if (codeOf(error) !== 'EADDRNOTAVAIL') throw error;
      isMapped = true;
      return true;
    }
    guard.unref();
    guards.set(block, guard);
    return true;
  };
  const claimFresh = async (): Promise<void> => {
    for (let attempt = 0; attempt < BLOCK_ATTEMPTS; attempt += 1) {
      const block = `${64 + Math.floor(Math.random() * 190)}.${Math.floor(Math.random() * 256)}`;
      if (await claim(block)) {
        state.blocks.push(block);
        return;
      }
    }
    throw new Error('no free loopback block 127.A.B.* found');
  };
  const reclaim = async (block: string): Promise<void> => {
    const deadline = Date.now() + RECLAIM_MILLISECONDS;
    while (!(await claim(block))) {
      if (Date.now() > deadline) {
        throw new Error(`the loopback block 127.${block}.* is taken: does another local cloud use this state file?`);
      }
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  };
  const hostsOf = (block: string): string[] =>
    Array.from({ length: LAST_HOST - FIRST_HOST + 1 }, (_, i) => `127.${block}.${FIRST_HOST + i}`);

  /** The wanted port, or where it cannot be had the one of an earlier life, or any. */
  const bindBest = async (server: Server, address: string, port: number): Promise<{ host: string; port: number }> => {
    const remembered = state.mapped[keyOf(address, port)];
    const host = isMapped ? '127.0.0.1' : address;
    const wanted = isMapped ? [] : [port < 1024 ? port + LOW_PORT_OFFSET : port];
    for (const candidate of [...wanted, ...(remembered === undefined ? [] : [remembered.port])]) {
      try {
        return { host, port: await bind(server, host, candidate) };
      } catch (error) {
        if (codeOf(error) !== 'EADDRINUSE') throw error;
      }
    }
    const bound = { host, port: await bind(server, host, 0) };
    state.mapped[keyOf(address, port)] = bound;
    return bound;
  };

  return {
    get block() {
      return state.blocks[0] ?? '';
    },
    open: async (remembered) => {
      if (remembered !== undefined) state = remembered;
      for (const block of state.blocks) await reclaim(block);
      if (state.blocks.length > 0) return;
      if (fixedBlock === undefined) return claimFresh();
      await reclaim(fixedBlock);
      state.blocks.push(fixedBlock);
    },
    state: () => structuredClone(state),
    allocate: () => {
      const free = state.blocks.flatMap(hostsOf).find((address) => !state.addresses.includes(address));
      if (free === undefined) throw new Error('no loopback address is free');
      state.addresses.push(free);
      // The next block is claimed ahead of need, because addresses are given out synchronously.
      const room = state.blocks.length * (LAST_HOST - FIRST_HOST + 1) - state.addresses.length;
      if (room === 40 && !isMapped) void claimFresh().catch(() => undefined);
      return free;
    },
    release: (address) => {
      state.addresses = state.addresses.filter((known) => known !== address);
      for (const key of Object.keys(state.mapped)) if (key.startsWith(`${address}:`)) delete state.mapped[key];
    },
    listen: async (server, address, port) => {
      const key = keyOf(address, port);
      if (listeners.has(key)) throw Object.assign(new Error(`${key} is in use`), { code: 'EADDRINUSE' });
      if (!state.blocks.includes(blockOf(address))) throw new Error(`${address} is no address of this cloud`);
      listeners.set(key, { server, host: address, port: 0 });
      try {
        listeners.set(key, { server, ...(await bindBest(server, address, port)) });
      } catch (error) {
        listeners.delete(key);
        throw error;
      }
    },
    close: async (address, port) => {
      const key = keyOf(address, port);
      const listener = listeners.get(key);
      listeners.delete(key);
      if (listener !== undefined) await closeServer(listener.server);
    },
    resolve: (address, port) => {
      const listener = listeners.get(keyOf(address, port));
      return listener === undefined || listener.port === 0 ? undefined : { host: listener.host, port: listener.port };
    },
    pretend: (address, port, status) => {
      if (status === undefined) pretences.delete(keyOf(address, port));
      else pretences.set(keyOf(address, port), status);
    },
    pretended: (address, port) => pretences.get(keyOf(address, port))?.(),
    shutdown: async () => {
      await Promise.all([...guards.values()].map(closeServer));
      guards.clear();
    },
  };
};
