import type { ComponentSpec, EndpointSpec, ServiceSpec } from '../domain/service-spec.ts';
import type { Manifest } from './schema.ts';
import { cpuUnits, memoryMiB } from './sizes.ts';

/** The specification a checked manifest stands for: names of the domain, sizes as numbers. */
export function normalizeManifest(manifest: Manifest): ServiceSpec {
  const { scale, team, components, endpoint, deployment, iam } = manifest;
  return {
    scale,
    ...(team !== undefined && { team }),
    components: components.map(componentSpec),
    ...(endpoint !== undefined && { endpoint: endpointSpec(endpoint, components[0]?.name ?? '') }),
    deployment: {
      timeoutSeconds: deployment.timeout,
      ...(deployment['progress-timeout'] !== undefined && {
        progressTimeoutSeconds: deployment['progress-timeout'],
      }),
      failures: deployment.failures,
      settleSeconds: deployment.settle,
      minimumHealthyPercent: deployment['minimum-healthy'],
      onFailure: deployment['on-failure'],
    },
    ...(iam !== undefined && { taskRoleArn: iam['role-arn'] }),
  };
}

function componentSpec(component: Manifest['components'][number]): ComponentSpec {
  const { name, image, command, env, secrets = {}, links = [], capacity, logging } = component;
  const registryCredentials = component['registry-credentials'];
  return {
    name,
    image,
    ...(command !== undefined && { command }),
    env,
    ...(Object.keys(secrets).length > 0 && { secrets }),
    ...(registryCredentials !== undefined && { registryCredentials }),
    ...(links.length > 0 && { links: links.map(({ component: to, alias = to }) => ({ component: to, alias })) }),
    memoryMiB: memoryMiB(capacity.memory),
    cpuUnits: cpuUnits(capacity.cpu),
    logTypes: logging.types,
    stopTimeoutSeconds: component['stop-timeout'],
  };
}

function endpointSpec(endpoint: NonNullable<Manifest['endpoint']>, mainComponent: string): EndpointSpec {
  const { private: internal, healthcheck, ports } = endpoint['load-balancer'];
  const { path, protocol, interval, timeout, healthy, unhealthy } = healthcheck;
  return {
    domain: endpoint.domain,
    component: endpoint.component ?? mainComponent,
    containerPort: endpoint.port,
    scheme: internal ? 'internal' : 'internet-facing',
    healthCheck: {
      protocol,
      ...(path !== undefined && { path }),
      intervalSeconds: interval,
      timeoutSeconds: timeout,
      healthyThreshold: healthy,
      unhealthyThreshold: unhealthy,
      gracePeriodSeconds: healthcheck['grace-period'],
    },
    listeners: ports,
  };
}
