/**
 * Load balancers and DNS of every account in this process, behind a real AWS endpoint: no data plane, and a clock that
 * stands still. `pretend` says what probes of an instance see.
 */
import { ACCOUNTS, PRINCIPALS } from '../../../src/localcloud/auth/accounts.ts';
import { createNetwork, type NetworkState } from '../../../src/localcloud/engine/network.ts';
import { createRandom } from '../../../src/localcloud/engine/random.ts';
import { createVirtualClock } from '../../../src/localcloud/engine/virtual-clock.ts';
import { createImages } from '../../../src/localcloud/images.ts';
import type { Engine } from '../../../src/localcloud/registration.ts';
import { newSettings } from '../../../src/localcloud/settings.ts';
import { createWorld, type World } from '../../../src/localcloud/world.ts';
import { sdkConfig } from '../cloud-kit.ts';
import { serveAws } from './endpoint.ts';

interface SavedStill {
  time: number;
  network: NetworkState;
  parts: Record<string, unknown>;
}

export type Still = Awaited<ReturnType<typeof startStill>>;

/** With `saved` an earlier life goes on. */
export const startStill = async ({ strict = false, saved }: { strict?: boolean; saved?: SavedStill } = {}) => {
  const network = createNetwork();
  await network.open(saved?.network);
  const clock = createVirtualClock(saved?.time);
  const random = createRandom(7);
  const settings = newSettings({ strict, dataPlane: false });
  const shared = { clock, network, random, region: 'eu-west-1', settings, endpoint: () => '' };
  const log: Engine['log'] = (message, fields) => console.error(message, fields);
  const worlds = new Map<string, World>(
    ACCOUNTS.map(({ id, domain }) => [
      id,
      createWorld({ ...shared, account: id, domain, changed: () => undefined, log }, { images: createImages() }),
    ]),
  );
  const persistents = [...worlds].flatMap(([account, world]) =>
    world.persistents.map((part) => ({ ...part, key: `${account}/${part.key}` })),
  );
  for (const part of persistents) if (saved !== undefined) part.load(saved.parts[part.key]);
  for (const part of persistents) await part.start();

  const { url, close } = await serveAws({ ...shared, log }, worlds);
  const worldOf = (name: string): World => worlds.get(ACCOUNTS.find((account) => account.name === name)!.id)!;

  return {
    clock,
    settings,
    url,
    /** For any client of the AWS SDK. */
    sdk: (name: 'production' | 'staging' = 'production') => {
      const { accessKeyId, secretAccessKey } = PRINCIPALS.find(({ account }) => account.name === name)!;
      return { ...sdkConfig(url), credentials: { accessKeyId, secretAccessKey } };
    },
    world: (name: 'production' | 'staging' = 'production'): World => worldOf(name),
    seconds: (count: number): Promise<void> => clock.advance(count * 1000),
    /** What probes of a port of an instance see from now on; undefined: nothing listens. */
    pretend: (instanceId: string, port: number, status: (() => number) | undefined): void =>
      network.pretend(worldOf('production').machines.get(instanceId)!.address, port, status),
    save: (): SavedStill =>
      structuredClone({
        time: clock.now(),
        network: network.state(),
        parts: Object.fromEntries(persistents.map((part) => [part.key, part.save()])),
      }),
    stop: async (): Promise<void> => {
      close();
      for (const part of persistents) await part.stop();
      clock.stop();
      await network.shutdown();
    },
  };
};
