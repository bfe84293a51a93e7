/** Classic Elastic Load Balancing: the balancers, what ECS needs of them, and what DNS leads to. */
import type { Balancers, Machines } from '../engine/contract.ts';
import { createCertificate, type Certificate } from '../proxy/certificate.ts';
import type { Engine, Parts } from '../registration.ts';
import { Balancer, type BalancerTable, type SavedBalancer } from './elb/balancer.ts';
import { invalidInstance, loadBalancerNotFound } from './elb/errors.ts';
import { NOT_REGISTERED } from './elb/health.ts';
import { createElbOperations } from './elb/operations.ts';

export interface Elb extends Parts {
  balancers: Balancers;
  /** The balancer a DNS name leads to, `dualstack.` or not. */
  findByDnsName(dnsName: string): Balancer | undefined;
  /** All of them, for the admin endpoint. */
  list(): Balancer[];
  /** What HTTPS listeners answer with; the ingress uses the same. */
  certificate(): Certificate;
}

interface Saved {
  certificate: Certificate;
  balancers: SavedBalancer[];
}

export const createElb = (engine: Engine, machines: Machines): Elb => {
  const table: BalancerTable = new Map();
  let certificate: Certificate | undefined;
  let saved: SavedBalancer[] = [];

  const currentCertificate = (): Certificate => (certificate ??= createCertificate(['*.example.com', 'example.com']));
  const make = (settings: SavedBalancer['settings']): Balancer =>
    new Balancer(settings, engine, machines, currentCertificate);

  return {
    balancers: schedulersView(table, machines),
    findByDnsName: (dnsName) => {
      const name = dnsName
        .toLowerCase()
        .replace(/\.$/, '')
        .replace(/^dualstack\./, '');
      return [...table.values()].find(({ settings }) => settings.dnsName.toLowerCase() === name);
    },
    list: () => [...table.values()],
    certificate: currentCertificate,
    services: [
      {
        protocol: 'query',
        scope: 'elasticloadbalancing',
        version: '2012-06-01',
        xmlns: 'http://elasticloadbalancing.amazonaws.com/doc/2012-06-01/',
        throttlingCode: 'Throttling',
        operations: createElbOperations({ engine, machines, table, make }),
        persistent: {
          key: 'elasticloadbalancing',
          save: (): Saved => ({
            certificate: currentCertificate(),
            balancers: [...table.values()].map((balancer) => balancer.save()),
          }),
          load: (data) => ({ certificate, balancers: saved } = data as Saved),
          start: async () => {
            for (const { settings, instances } of saved) {
              const balancer = make(settings);
              table.set(settings.name, balancer);
              await balancer.start(instances);
            }
          },
          stop: async () => {
            for (const balancer of table.values()) await balancer.stop();
          },
        },
      },
    ],
  };
};

const schedulersView = (table: BalancerTable, machines: Machines): Balancers => {
  const find = (name: string): Balancer => {
    const balancer = table.get(name);
    if (balancer === undefined) throw loadBalancerNotFound(name);
    return balancer;
  };
  const known = (instanceId: string): string => {
    if (machines.get(instanceId) === undefined) throw invalidInstance(instanceId);
    return instanceId;
  };
  return {
    exists: (name) => table.has(name),
    register: (name, instanceId) => find(name).register(known(instanceId)),
    deregister: (name, instanceId) => find(name).deregister(instanceId),
    isRegistered: (name, instanceId) => table.get(name)?.isRegistered(instanceId) ?? false,
    isDraining: (name, instanceId) => table.get(name)?.isDraining(instanceId) ?? false,
    health: (name, instanceId) => table.get(name)?.state(instanceId) ?? NOT_REGISTERED,
  };
};
