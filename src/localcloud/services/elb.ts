/** Classic Elastic Load Balancing: the balancers, what ECS needs of them, and what DNS leads to. */
import type { Balancers, Machines } from '../engine/contract.ts';
import { createCertificate, type Certificate } from '../proxy/certificate.ts';
import type { Engine, Parts } from '../registration.ts';
import { createBalancerOperations } from './elb/balancer-operations.ts';
import { createBalancer, type Balancer, type BalancerTable, type SavedBalancer } from './elb/balancer.ts';
import { invalidInstance } from './elb/errors.ts';
import { NOT_REGISTERED } from './elb/health.ts';
import { createInstanceOperations } from './elb/instance-operations.ts';
import { createListenerOperations } from './elb/listener-operations.ts';
import { find } from './elb/lookup.ts';
import { createPolicyOperations } from './elb/policy-operations.ts';
import { createRequestCounts, type RequestCount } from './elb/request-counts.ts';
import { reportBalancer, type BalancerReport } from './elb/report.ts';
import { createSettingOperations } from './elb/setting-operations.ts';
import { createZoneOperations } from './elb/zone-operations.ts';

export interface Elb extends Parts {
  balancers: Balancers;
  /** The balancer a DNS name leads to, `dualstack.` or not. */
  findByDnsName(dnsName: string): Balancer | undefined;
  /** All of them, for the admin endpoint. */
  list(): Balancer[];
  /** Listeners and instances of all balancers, for people. */
  report(): BalancerReport[];
  /** What was routed in the minutes that are over at `end`, once. */
  takeRequestCounts(end: number): RequestCount[];
  /** What HTTPS listeners answer with; the ingress uses the same. */
  certificate(): Certificate;
}

interface Saved {
  certificate: Certificate;
  balancers: SavedBalancer[];
  /** Not there in files of before it was counted. */
  requests?: RequestCount[];
}

/** ACM as listeners use it. */
export interface Certificates {
  isIssued(certificateArn: string): boolean;
}

export const createElb = (engine: Engine, machines: Machines, certificates: Certificates): Elb => {
  const table: BalancerTable = new Map();
  const requests = createRequestCounts(engine);
  let certificate: Certificate | undefined;

  const currentCertificate = (): Certificate =>
    (certificate ??= createCertificate([`*.${engine.domain}`, engine.domain]));
  const make = (saved: SavedBalancer): Balancer => {
    const { name } = saved.settings;
    const onRequest = (): void => requests.add(name);
    const balancer = createBalancer(saved, { engine, machines, certificate: currentCertificate, onRequest });
    table.set(name, balancer);
    return balancer;
  };

  const context = { engine, machines, certificates, table, make };
  machines.onState((machine) => {
    for (const balancer of table.values()) balancer.follow(machine);
  });

  return {
    balancers: schedulersView(table, machines, engine.settings),
    findByDnsName: (dnsName) => {
      const name = dnsName
        .toLowerCase()
        .replace(/\.$/, '')
        .replace(/^dualstack\./, '');
      return [...table.values()].find(({ settings }) => settings.dnsName.toLowerCase() === name);
    },
    list: () => [...table.values()],
    report: () => [...table.values()].map(reportBalancer),
    takeRequestCounts: requests.take,
    certificate: currentCertificate,
    services: [
      {
        scope: 'elasticloadbalancing',
        model: 'elb',
        throttlingCode: 'Throttling',
        validationCode: 'ValidationError',
        operations: {
          ...createBalancerOperations(context),
          ...createListenerOperations(context),
          ...createSettingOperations(context),
          ...createZoneOperations(context),
          ...createInstanceOperations(context),
          ...createPolicyOperations(context),
        },
        persistent: {
          key: 'elasticloadbalancing',
          save: (): Saved => ({
            certificate: currentCertificate(),
            balancers: [...table.values()].map((balancer) => balancer.save()),
            requests: requests.save(),
          }),
          load: (data) => {
            const saved = data as Saved;
            certificate = saved.certificate;
            saved.balancers.forEach(make);
            requests.load(saved.requests ?? []);
          },
          start: async () => {
            for (const balancer of table.values()) await balancer.start();
          },
          stop: async () => {
            for (const balancer of table.values()) await balancer.stop();
          },
        },
      },
    ],
  };
};

const schedulersView = (table: BalancerTable, machines: Machines, settings: Engine['settings']): Balancers => {
  const known = (instanceId: string): string => {
    if (machines.get(instanceId) === undefined) throw invalidInstance(instanceId);
    return instanceId;
  };
  return {
    isAllowed: () => settings.serviceRoleBroken !== true,
    exists: (name) => table.has(name),
    register: (name, instanceId) => find({ table }, name).register(known(instanceId)),
    deregister: (name, instanceId) => find({ table }, name).deregister(instanceId),
    isRegistered: (name, instanceId) => table.get(name)?.isRegistered(instanceId) ?? false,
    isDraining: (name, instanceId) => table.get(name)?.isDraining(instanceId) ?? false,
    health: (name, instanceId) => table.get(name)?.state(instanceId) ?? NOT_REGISTERED,
  };
};
