/** The open listeners of one balancer; without a data plane there are none. */
import type { Certificate } from '../../proxy/certificate.ts';
import type { Lease } from '../../proxy/lease.ts';
import { createListenerServer, type ListenerServer } from '../../proxy/listener.ts';
import type { Engine } from '../../registration.ts';
import type { Listener, LoadBalancer } from './model.ts';

export interface Listeners {
  open(listener: Listener): Promise<void>;
  /** Breaks the connections of this port off. */
  close(port: number): Promise<void>;
  closeAll(): Promise<void>;
}

interface Ports {
  engine: Pick<Engine, 'network' | 'settings'>;
  settings: LoadBalancer;
  certificate: () => Certificate;
  pick: (listener: Listener) => Lease | undefined;
}

export const createListeners = ({ engine, settings, certificate, pick }: Ports): Listeners => {
  const { network } = engine;
  const opened = new Map<number, ListenerServer>();

  const close = async (port: number): Promise<void> => {
    const listener = opened.get(port);
    if (listener === undefined) return;
    opened.delete(port);
    const closed = network.close(settings.address, port);
    listener.disconnect();
    await closed;
  };

  return {
    open: async (listener) => {
      if (!engine.settings.dataPlane) return;
      if (settings.address === '') settings.address = network.allocate('balancer');
      const port = listener.loadBalancerPort;
      const server = createListenerServer({
        protocol: listener.protocol,
        port,
        certificate: certificate(),
        pick: () => pick(listener),
        idleTimeoutMilliseconds: () => settings.attributes.idleTimeoutSeconds * 1000,
      });
      opened.set(port, server);
      await network.listen(server.server, settings.address, port);
    },
    close,
    closeAll: async () => {
      for (const port of opened.keys()) await close(port);
    },
  };
};
