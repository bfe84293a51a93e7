/**
 * The edge of the local cloud in this process: balancers, DNS, ingress and small services behind a real AWS endpoint,
 * with plain HTTP servers of the test's own where ECS tasks would listen.
 */
import { createServer } from 'node:http';
import type { AddressInfo, Server } from 'node:net';
import { createDispatch } from '../../../src/localcloud/dispatch.ts';
import { createClock } from '../../../src/localcloud/engine/clock.ts';
import type { JournalEntry } from '../../../src/localcloud/engine/contract.ts';
import { createFaults } from '../../../src/localcloud/engine/faults.ts';
import type { Journal } from '../../../src/localcloud/engine/journal.ts';
import { createNetwork, type NetworkState } from '../../../src/localcloud/engine/network.ts';
import { createIngress } from '../../../src/localcloud/ingress.ts';
import type { Engine, ServiceRegistration } from '../../../src/localcloud/registration.ts';
import { createAcm } from '../../../src/localcloud/services/acm.ts';
import { createCloudWatch } from '../../../src/localcloud/services/cloudwatch.ts';
import { createMachines } from '../../../src/localcloud/services/ec2.ts';
import { createElb } from '../../../src/localcloud/services/elb.ts';
import { createRoute53 } from '../../../src/localcloud/services/route53.ts';
import { createSns } from '../../../src/localcloud/services/sns.ts';
import { createSts } from '../../../src/localcloud/services/sts.ts';
import { sdkConfig } from '../cloud-kit.ts';
import { readBody } from './http.ts';

export interface SavedEdge {
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
    account: '123456789012',
    region: 'eu-west-1',
    settings: { connectionDraining: true },
    changed: () => undefined,
    log: (message, fields) => console.error(message, fields),
  };
  const { machines, services: ec2 } = createMachines(engine);
  const elb = createElb(engine, machines);
  const route53 = createRoute53(engine, elb);
  const small = [createSts, createAcm, createSns, createCloudWatch].flatMap((create) => create(engine).services);
  const services = [...ec2, ...elb.services, ...route53.services, ...small];
  for (const { persistent } of services) {
    if (persistent !== undefined && saved?.parts[persistent.key] !== undefined)
      persistent.load(saved.parts[persistent.key]);
  }
  for (const { persistent } of services) await persistent?.start();
  const endpoint = await serveAws(engine, services);
  const ingress = createIngress(engine, { elb, route53 });
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
        parts: Object.fromEntries(
          services.flatMap(({ persistent }) => (persistent === undefined ? [] : [[persistent.key, persistent.save()]])),
        ),
      }),
    stop: async (): Promise<void> => {
      endpoint.close();
      await ingress.stop();
      for (const { persistent } of services) await persistent?.stop();
      for (const { address, port } of backends) await network.close(address, port);
      await network.shutdown();
    },
  };
};

const serveAws = async (engine: Engine, services: ServiceRegistration[]) => {
  const entries: JournalEntry[] = [];
  const journal = { add: (entry: JournalEntry) => void entries.push(entry), flush: async () => undefined };
  const dispatch = createDispatch({
    services,
    engine,
    journal: journal as unknown as Journal,
    faults: createFaults(),
    save: async () => undefined,
  });
  const server = createServer(async (request, response) => {
    const { pathname, searchParams } = new URL(request.url ?? '/', 'http://localhost');
    const body = await readBody(request);
    const { method = 'GET', headers } = request;
    const answer = await dispatch({ method, path: pathname, query: searchParams, headers, body });
    if (answer !== undefined) response.writeHead(answer.status, answer.headers).end(answer.body);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () => {
      server.close();
      server.closeAllConnections();
    },
  };
};
