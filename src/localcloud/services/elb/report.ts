/** What a person sees of the balancers: plain JSON. */
import type { Balancer } from './balancer.ts';

export interface BalancerReport {
  name: string;
  dnsName: string;
  scheme: string;
  zones: string[];
  healthCheck: string;
  listeners: { protocol: string; port: number; instanceProtocol: string; instancePort: number }[];
  instances: {
    instanceId: string;
    state: string;
    description: string;
    inFlight: number;
    isDraining: boolean;
  }[];
}

export const reportBalancer = (balancer: Balancer): BalancerReport => {
  const { name, dnsName, scheme, zones, healthCheck, listeners } = balancer.settings;
  return {
    name,
    dnsName,
    scheme,
    zones,
    healthCheck: healthCheck.target,
    listeners: listeners.map(({ protocol, loadBalancerPort, instanceProtocol, instancePort }) => ({
      protocol,
      port: loadBalancerPort,
      instanceProtocol,
      instancePort,
    })),
    instances: balancer.knownIds().map((instanceId) => {
      const { state, description } = balancer.state(instanceId) ?? { state: 'Unknown', description: 'N/A' };
      const isDraining = balancer.isDraining(instanceId);
      return { instanceId, state, description, inFlight: balancer.inFlight(instanceId), isDraining };
    }),
  };
};
