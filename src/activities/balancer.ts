import { cancellationSignal } from '@temporalio/activity';
import { describeInstances } from '../cloud/cluster.ts';
import { describeServices, listServiceNames } from '../cloud/ecs-service.ts';
import {
  configureHealthCheck,
  convergeListeners,
  createBalancer,
  deleteBalancer,
  enableZones,
  modifyBalancerAttributes,
} from '../cloud/elb.ts';
import { listInstancePorts } from '../cloud/elb-read.ts';
import { fromEcsTags } from '../cloud/tags.ts';
import type { Owner } from '../domain/deploy/service-want.ts';
import { chooseHostPort } from '../domain/deploy/host-ports.ts';
import type { ObservedBalancer, ObservedHealthCheck } from '../domain/deploy/observed.ts';
import { WonderlandError } from '../domain/errors.ts';
import { TAG } from '../domain/ids.ts';
import type { EndpointSpec, ListenerSpec } from '../domain/service-spec.ts';
import { clusterConfig, type Deps } from './deps.ts';
import { asFailure } from './failure.ts';

export const createBalancerActivities = (deps: Deps) => {
  const { clients } = deps;
  return {
    /** A host port nobody uses or has reserved; to be called under the cluster's ports lock. */
    chooseHostPort: ({ cluster }: { cluster: string }): Promise<number> =>
      asFailure(async () => {
        const signal = cancellationSignal();
        const [names, listenerPorts, instances] = await Promise.all([
          listServiceNames(clients.ecs, cluster, signal),
          listInstancePorts(clients.elb, signal),
          describeInstances(clients.ecs, cluster, signal),
        ]);
        const services = await describeServices(clients.ecs, cluster, names, signal);
        const reserved = services.flatMap((s) => (fromEcsTags(s.tags)[TAG.hostPorts] ?? '').split(' ').map(Number));
        const running = instances.flatMap(
          (i) => i.remainingResources?.find((r) => r.name === 'PORTS')?.stringSetValue ?? [],
        );
        const range = clusterConfig(deps, cluster)['host-ports'];
        const port = chooseHostPort(range, [...listenerPorts, ...reserved, ...running.map(Number)]);
        if (port !== undefined) return port;
        throw new WonderlandError(
          'capacity',
          `Cluster ${cluster} has no free host port from ${range.from} to ${range.to}`,
          {
            hint: 'Widen `host-ports` of the cluster in the configuration, or delete services that are not needed.',
          },
        );
      }),

    createBalancer: (want: {
      cluster: string;
      name: string;
      endpoint: EndpointSpec;
      hostPort: number;
      certificateArn?: string;
      availabilityZones: string[];
      owner: Owner;
    }): Promise<ObservedBalancer> =>
      asFailure(() => {
        const { subnets, 'security-groups': securityGroups } = clusterConfig(deps, want.cluster);
        const { scheme, listeners } = want.endpoint;
        return createBalancer(
          clients.elb,
          { ...want, scheme, listeners, subnets, securityGroups },
          cancellationSignal(),
        );
      }),

    convergeListeners: (want: {
      name: string;
      listeners: (ListenerSpec & { certificateArn?: string })[];
      hostPort: number;
      certificateArn?: string;
    }): Promise<void> => asFailure(() => convergeListeners(clients.elb, want, cancellationSignal())),

    configureHealthCheck: (want: { name: string; check: ObservedHealthCheck }): Promise<void> =>
      asFailure(() => configureHealthCheck(clients.elb, want, cancellationSignal())),

    /** More zones for a load balancer: by the configured subnets in a VPC, else by name. */
    enableZones: ({ cluster, name, zones }: { cluster: string; name: string; zones: string[] }): Promise<void> =>
      asFailure(() => {
        const { subnets } = clusterConfig(deps, cluster);
        return enableZones(clients.elb, { name, zones, subnets }, cancellationSignal());
      }),

    modifyBalancerAttributes: (want: { name: string; crossZone: boolean; drainingSeconds: number }): Promise<void> =>
      asFailure(() => modifyBalancerAttributes(clients.elb, want, cancellationSignal())),

    deleteBalancer: ({ name }: { name: string }): Promise<void> =>
      asFailure(() => deleteBalancer(clients.elb, name, cancellationSignal())),
  };
};
