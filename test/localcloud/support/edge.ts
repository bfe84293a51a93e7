/**
 * The edge of the local cloud in this process: balancers, DNS, ingress and small services behind a real AWS endpoint,
 * with plain HTTP servers of the test's own where ECS tasks would listen.
 */
import type { Server } from 'node:net';
import { createClock } from '../../../src/localcloud/engine/clock.ts';
import { createNetwork, type NetworkState } from '../../../src/localcloud/engine/network.ts';
import { createRandom } from '../../../src/localcloud/engine/random.ts';
import { createImages } from '../../../src/localcloud/images.ts';
import { createIngress } from '../../../src/localcloud/ingress.ts';
import type { Engine } from '../../../src/localcloud/registration.ts';
import { newSettings } from '../../../src/localcloud/settings.ts';
import { createWorld } from '../../../src/localcloud/world.ts';
import { sdkConfig } from '../cloud-kit.ts';
import { serveAws } from './endpoint.ts';

interface SavedEdge {
  network: NetworkState;
  parts: Record<string, unknown>;
}

export type Edge = Awaited<ReturnType<typeof startEdge>>;

/** `speed` cloud seconds pass in a real one; with `saved` an earlier life goes on. */
export const startEdge = async ({ speed = 50, saved }: { speed?: number; saved?: SavedEdge } = {}) => {
  const network = createNetwork();
  await network.open(saved?.network);
  const engine: Engine = {
    clock: createClock(speed),
    network,
    random: createRandom(),
    account: '123456789012',
    region: 'eu-west-1',
    domain: 'example.com',
    settings: newSettings(),
    endpoint: () => 'http://127.0.0.1:4566',
    changed: () => undefined,
    log: (message, fields) => console.error(message, fields),
  };
  const world = createWorld(engine, { images: createImages() });
  const { elb, machines, persistents } = world;
  for (const part of persistents) {
    if (saved?.parts[part.key] !== undefined) part.load(saved.parts[part.key]);
  }
  for (const part of persistents) await part.start();
  const endpoint = await serveAws(engine, new Map([[engine.account, world]]));
  const ingress = createIngress(engine, [world]);
  const ports = await ingress.start({ http: 0, https: 0 });
  const backends: { address: string; port: number }[] = [];

  return {
    engine,
    machines,
    elb,
    ports,
    /** For any client of the AWS SDK. */
    sdk: sdkConfig(endpoint.url),
    /** Listens where a task with this host port on this instance would. */
    listen: async (instanceId: string, port: number, server: Server): Promise<void> => {
      const address = machines.get(instanceId)!.address;
      backends.push({ address, port });
      await network.listen(server, address, port);
    },
    save: (): SavedEdge =>
      structuredClone({
        network: network.state(),
        parts: Object.fromEntries(persistents.map((part) => [part.key, part.save()])),
      }),
    stop: async (): Promise<void> => {
      endpoint.close();
      await ingress.stop();
      for (const part of persistents) await part.stop();
      for (const { address, port } of backends) await network.close(address, port);
      await network.shutdown();
    },
  };
};
