/** What CreateService and UpdateService say, read and refused in the words of ECS. */
import type { Balancers, Params } from '../../engine/contract.ts';
import { readConstraints } from './constraints.ts';
import { integer, invalid } from './input.ts';
import type { DeploymentConfiguration, Service, ServiceLoadBalancer, TaskDefinition } from './model.ts';
import { readStrategies } from './strategies.ts';

/** Members that are kept and shown. */
const ECHOED = [
  'enableECSManagedTags',
  'enableExecuteCommand',
  'propagateTags',
  'availabilityZoneRebalancing',
] as const;
const UNSERVED = [
  'serviceRegistries',
  'volumeConfigurations',
  'vpcLatticeConfigurations',
  'gatewayConnectors',
] as const;
const LONGEST_GRACE = 2_147_483_647;

/** The same text for the same value, whatever the order of its members. */
export const stable = (value: unknown): string =>
  JSON.stringify(value, (_key, member: unknown) =>
    typeof member === 'object' && member !== null && !Array.isArray(member)
      ? Object.fromEntries(Object.entries(member).toSorted(([a], [b]) => (a < b ? -1 : 1)))
      : member,
  );

export const readEchoed = (params: Params): Params =>
  Object.fromEntries(ECHOED.filter((key) => params[key] !== undefined).map((key) => [key, params[key] as unknown]));

/** Refuses what services here cannot do, rather than doing less than was asked. */
export const refuseUnserved = (params: Params): void => {
  const controller = params.deploymentController as { type?: string } | undefined;
  if ((controller?.type ?? 'ECS') !== 'ECS')
    throw invalid('This local cloud serves the deployment controller ECS only.');
  for (const key of UNSERVED) {
    if (((params[key] ?? []) as unknown[]).length > 0) throw invalid(`This local cloud does not serve ${key}.`);
  }
  if ((params.serviceConnectConfiguration as { enabled?: boolean } | undefined)?.enabled === true) {
    throw invalid('This local cloud does not serve serviceConnectConfiguration.');
  }
};

/** How many of a DAEMON service there are and where is no choice of the caller's. */
export const refuseForDaemons = (params: Params, strategy: unknown): void => {
  if (strategy !== 'DAEMON') return;
  if (params.desiredCount !== undefined) {
    throw invalid(
      'The daemon scheduling strategy does not support a desired count for services. Remove the desired count value and try again',
    );
  }
  if (((params.placementStrategy ?? []) as unknown[]).length > 0) {
    throw invalid('The daemon scheduling strategy does not support placement strategies.');
  }
  if (((params.placementConstraints ?? []) as Params[]).some(({ type }) => type === 'distinctInstance')) {
    throw invalid('The daemon scheduling strategy does not support the placement constraint distinctInstance.');
  }
};

/** @throws InvalidParameterException a token that is not up to 36 characters out of ASCII 33 to 126. */
export const checkToken = (token: unknown): void => {
  if (token !== undefined && !/^[!-~]{1,36}$/.test(String(token))) {
    throw invalid('clientToken must have up to 36 ASCII characters in the range of 33-126.');
  }
};

const checkThreshold = (breaker: Params | undefined): void => {
  const threshold = breaker?.thresholdConfiguration as { type: string; value: number } | undefined;
  if (threshold === undefined) return;
  integer(threshold.value, 'thresholdConfiguration.value', 1);
};

/** Percentages of a service that says nothing. */
const PERCENTAGES = {
  REPLICA: { minimumHealthyPercent: 100, maximumPercent: 200 },
  DAEMON: { minimumHealthyPercent: 0, maximumPercent: 100 },
};

/** What is not said stays as it was, or as AWS has it by default. */
export const readConfiguration = (
  given: unknown,
  strategy: unknown,
  before?: DeploymentConfiguration,
): DeploymentConfiguration => {
  const merged = {
    strategy: 'ROLLING',
    deploymentCircuitBreaker: { enable: false, rollback: false },
    ...PERCENTAGES[strategy === 'DAEMON' ? 'DAEMON' : 'REPLICA'],
    ...before,
    ...(given as Params | undefined),
  } as DeploymentConfiguration;
  integer(merged.minimumHealthyPercent, 'minimumHealthyPercent');
  integer(merged.maximumPercent, 'maximumPercent');
  if (merged.strategy !== 'ROLLING') throw invalid('This local cloud serves the deployment strategy ROLLING only.');
  if (merged.maximumPercent < 100) throw invalid('maximumPercent must be at least 100.');
  if (merged.minimumHealthyPercent > merged.maximumPercent) {
    throw invalid('The minimumHealthyPercent must be less than or equal to the maximumPercent.');
  }
  for (const key of ['lifecycleHooks', 'earlySuccessCriteria', 'linearConfiguration', 'canaryConfiguration']) {
    if (merged[key] !== undefined) throw invalid(`This local cloud does not serve ${key}.`);
  }
  checkThreshold(merged.deploymentCircuitBreaker as Params | undefined);
  return merged;
};

/** Constraints and strategies, checked; the task definition's constraints count towards what is allowed. */
export const readPlacement = (
  params: Params,
  definition: TaskDefinition,
  before?: Service,
): Pick<Service, 'placementConstraints' | 'placementStrategy'> => {
  const placementConstraints = (params.placementConstraints ?? before?.placementConstraints ?? []) as Params[];
  const strategies = (params.placementStrategy ?? before?.placementStrategy ?? []) as Params[];
  // An empty object takes away what there was.
  const placementStrategy = strategies.filter(({ type }) => type !== undefined);
  readConstraints([...((definition.rest.placementConstraints ?? []) as Params[]), ...placementConstraints]);
  readStrategies(placementStrategy);
  return { placementConstraints, placementStrategy };
};

/** The container and its port must be there, with a host port the balancer can know. */
export const checkTarget = (
  definition: TaskDefinition,
  { containerName, containerPort }: ServiceLoadBalancer,
  isChange: boolean,
): void => {
  const container = definition.containers.find(({ name }) => name === containerName);
  const mapping = container?.portMappings.find((one) => one.containerPort === containerPort);
  if (mapping?.hostPort !== undefined && mapping.hostPort !== 0) return;
  if (isChange) throw invalid('Load balancer container name or port changed in task definition.');
  if (container === undefined) throw invalid(`The container ${containerName} does not exist in the task definition.`);
  throw invalid(`The container ${containerName} did not have a container port ${containerPort} defined.`);
};

export const readBalancers = (
  balancers: Balancers,
  given: unknown,
  definition: TaskDefinition,
): ServiceLoadBalancer[] => {
  const list = (given ?? []) as Params[];
  if (list.length > 1) throw invalid('load balancers can have at most 1 items.');
  return list.map((one) => {
    if (one.targetGroupArn !== undefined || one.loadBalancerName === undefined) {
      throw invalid('This local cloud serves classic load balancers only: loadBalancerName is required.');
    }
    if (one.containerName === undefined || one.containerPort === undefined) {
      throw invalid('containerName and containerPort are required of a load balancer.');
    }
    if (!balancers.exists(String(one.loadBalancerName))) {
      throw invalid(`There is no ACTIVE Load Balancer named '${String(one.loadBalancerName)}'`);
    }
    checkTarget(definition, one as ServiceLoadBalancer, false);
    return one as ServiceLoadBalancer;
  });
};

/** A classic load balancer is fixed when the service is created. */
export const refuseOtherBalancers = (service: Service, given: unknown): void => {
  if (given === undefined || stable(given) === stable(service.loadBalancers)) return;
  throw invalid('The load balancer of a service with a classic load balancer cannot be changed: create a new service.');
};

/** Undefined: the service has nothing that is checked. */
export const readGrace = (given: unknown, isBalanced: boolean, { containers }: TaskDefinition): number | undefined => {
  if (given === undefined) return isBalanced ? 0 : undefined;
  if (!isBalanced && !containers.some(({ healthCheck }) => healthCheck !== undefined)) {
    throw invalid('Health check grace period is only valid for services configured to use load balancers');
  }
  const grace = integer(given, 'healthCheckGracePeriodSeconds');
  if (grace > LONGEST_GRACE) throw invalid(`healthCheckGracePeriodSeconds must be at most ${LONGEST_GRACE}.`);
  return grace;
};
