/** Clients whose requests last: they keep a load balancer from ending its connection draining early. */
import { request, type ClientRequest } from 'node:http';
import type { Network } from '../../engine/contract.ts';
import type { World } from '../../world.ts';
import type { Beat } from './recurring.ts';

/** Longest that a container of this cloud takes over a request (real seconds). */
const REQUEST_SECONDS = 600;

interface Ports {
  network: Pick<Network, 'resolve'>;
  worlds: ReadonlyMap<string, World>;
}

/** Keeps as many requests open as its recurrence says; without a data plane there is nobody to ask. */
export const createHeldRequests = ({ network, worlds }: Ports): Beat => {
  const open = new Map<string, Set<ClientRequest>>();

  const placeOf = (account: string, name: string): { host: string; port: number } | undefined => {
    const settings = worlds
      .get(account)
      ?.elb.list()
      .find((balancer) => balancer.settings.name === name)?.settings;
    const listener = settings?.listeners.find(({ protocol }) => protocol === 'HTTP' || protocol === 'TCP');
    if (settings === undefined || listener === undefined) return undefined;
    return network.resolve(settings.address, listener.loadBalancerPort);
  };
  const openOne = (place: { host: string; port: number }, mine: Set<ClientRequest>): void => {
    const held = request({ ...place, path: `/?seconds=${REQUEST_SECONDS}`, agent: false });
    mine.add(held);
    held.on('response', (response) => response.resume());
    held.on('error', () => undefined);
    held.on('close', () => mine.delete(held));
    held.end();
  };

  return {
    beat: ({ id, account, subject, counts: [count = 0] = [] }) => {
      const mine = open.get(id) ?? new Set();
      open.set(id, mine);
      const place = placeOf(account, subject);
      if (place === undefined) return;
      while (mine.size < count) openOne(place, mine);
    },
    end: ({ id }) => {
      for (const held of open.get(id) ?? []) held.destroy();
      open.delete(id);
    },
  };
};
