/** Services of this process behind a real AWS endpoint: nothing is kept of the calls, and nothing is saved. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createDispatch, type Served } from '../../../src/localcloud/dispatch.ts';
import { createFaults } from '../../../src/localcloud/engine/faults.ts';
import type { Journal } from '../../../src/localcloud/engine/journal.ts';
import { createPerform } from '../../../src/localcloud/perform.ts';
import type { Engine } from '../../../src/localcloud/registration.ts';
import { serveWire } from '../../../src/localcloud/wire/http.ts';

type Ports = Pick<Engine, 'clock' | 'region' | 'settings' | 'log' | 'random'>;

/** `worlds` by account id. */
export const serveAws = async (engine: Ports, worlds: ReadonlyMap<string, Served>) => {
  const { random } = engine;
  const faults = createFaults(random, engine.clock.now);
  const dispatch = createDispatch({
    engine,
    random,
    worlds,
    journal: { add: () => undefined, flush: async () => undefined } as unknown as Journal,
    faults,
    perform: createPerform(faults, engine.clock.now),
    save: async () => undefined,
  });
  const server = createServer(serveWire(dispatch, engine));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: (): void => {
      server.close();
      server.closeAllConnections();
    },
  };
};
