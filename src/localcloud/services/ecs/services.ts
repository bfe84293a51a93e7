import { AwsError, type Balancers, type CallContext, type OperationTable, type Params } from '../../engine/contract.ts';
import type { Engine } from '../../registration.ts';
import { describeService, wantsTags } from './describe.ts';
import { clientError, integer, invalid, lookUp, paginate, readTags, requireEc2 } from './input.ts';
import type { Deployment, DeploymentConfiguration, Service, ServiceLoadBalancer, TaskDefinition } from './model.ts';
import type { Scheduler } from './scheduler.ts';
import type { Store } from './store.ts';

const ECHOED = [
  'enableECSManagedTags',
  'enableExecuteCommand',
  'propagateTags',
  'availabilityZoneRebalancing',
] as const;
/** Only these start a new deployment; the others change the service as it is. */
const DEPLOYING = [
  'networkConfiguration',
  'platformVersion',
  'serviceRegistries',
  'serviceConnectConfiguration',
  'volumeConfigurations',
  'vpcLatticeConfigurations',
] as const;

const stable = (value: unknown): string =>
  JSON.stringify(value, (_key, member: unknown) =>
    typeof member === 'object' && member !== null && !Array.isArray(member)
      ? Object.fromEntries(Object.entries(member).toSorted(([a], [b]) => a.localeCompare(b)))
      : member,
  );

const readConfiguration = (given: unknown, before?: DeploymentConfiguration): DeploymentConfiguration => {
  const merged = {
    strategy: 'ROLLING',
    minimumHealthyPercent: 100,
    maximumPercent: 200,
    ...before,
    ...(given as Params | undefined),
  };
  integer(merged.minimumHealthyPercent, 'minimumHealthyPercent');
  integer(merged.maximumPercent, 'maximumPercent');
  if (merged.maximumPercent < 100) throw invalid('maximumPercent must be at least 100.');
  if (merged.minimumHealthyPercent > merged.maximumPercent) {
    throw invalid('The minimumHealthyPercent must be less than or equal to the maximumPercent.');
  }
  return merged;
};

/** The container and its port must be there, with a host port the balancer can know. */
const checkTarget = (
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

const name = (params: Params): string | undefined => {
  const reference: unknown = params.serviceName ?? params.service;
  return reference === undefined ? undefined : String(reference).split('/').at(-1);
};

interface Ports {
  engine: Engine;
  store: Store;
  balancers: Balancers;
  scheduler: Scheduler;
}

/** Services and their deployments. */
export const serviceOperations = ({ engine, store, balancers, scheduler }: Ports): OperationTable => {
  const definitionOf = (reference: unknown): TaskDefinition => {
    const definition = store.findDefinition(reference);
    if (definition === undefined) throw clientError('TaskDefinition not found.');
    if (definition.status !== 'ACTIVE') throw clientError('TaskDefinition is inactive');
    return definition;
  };
  const newDeployment = (definition: TaskDefinition): Deployment => {
    const now = engine.clock.now();
    return {
      id: store.deploymentId(),
      status: 'PRIMARY',
      taskDefinition: definition.arn,
      createdAt: now,
      updatedAt: now,
      failedTasks: 0,
      isCompleted: false,
    };
  };
  const readBalancers = (params: Params, definition: TaskDefinition): ServiceLoadBalancer[] => {
    const list = (params.loadBalancers ?? []) as ServiceLoadBalancer[];
    if (list.length > 1) throw invalid('load balancers can have at most 1 items.');
    for (const balancer of list) {
      if (balancer.loadBalancerName === undefined)
        throw invalid('This local cloud serves classic load balancers only: loadBalancerName is required.');
      if (!balancers.exists(balancer.loadBalancerName)) {
        throw invalid(`There is no ACTIVE Load Balancer named '${balancer.loadBalancerName}'`);
      }
      checkTarget(definition, balancer, false);
    }
    return list;
  };
  const graceOf = (params: Params, loadBalancers: readonly unknown[]): number | undefined => {
    const given: unknown = params.healthCheckGracePeriodSeconds;
    if (given !== undefined && loadBalancers.length === 0) {
      throw invalid('Health check grace period is only valid for services configured to use load balancers');
    }
    if (given !== undefined) return integer(given, 'healthCheckGracePeriodSeconds');
    return loadBalancers.length === 0 ? undefined : 0;
  };

  const create = (params: Params, { accessKeyId }: CallContext): Service => {
    const { name: cluster } = store.cluster(params.cluster);
    const serviceName = String(params.serviceName ?? '');
    if (!/^[\w-]{1,255}$/.test(serviceName)) throw invalid('Service name contains invalid characters.');
    const { clientToken: _clientToken, ...withoutToken } = params;
    const createdWith = stable(withoutToken);
    const existing = store.findService(cluster, serviceName);
    if (existing?.status === 'DRAINING') throw invalid('Unable to Start a service that is still Draining.');
    if (existing?.status === 'ACTIVE') {
      if (existing.createdWith === createdWith) return existing;
      throw invalid('Creation of service was not idempotent.');
    }
    if ((params.schedulingStrategy ?? 'REPLICA') !== 'REPLICA')
      throw invalid('This local cloud serves the REPLICA strategy only.');
    requireEc2(params);
    const definition = definitionOf(params.taskDefinition);
    const loadBalancers = readBalancers(params, definition);
    const grace = graceOf(params, loadBalancers);
    const service: Service = {
      name: serviceName,
      arn: store.serviceArn(cluster, serviceName),
      cluster,
      status: 'ACTIVE',
      desiredCount: integer(params.desiredCount ?? 0, 'desiredCount'),
      taskDefinition: definition.arn,
      loadBalancers,
      deploymentConfiguration: readConfiguration(params.deploymentConfiguration),
      ...(grace === undefined ? {} : { healthCheckGracePeriodSeconds: grace }),
      placementConstraints: (params.placementConstraints as Params[] | undefined) ?? [],
      placementStrategy: (params.placementStrategy as Params[] | undefined) ?? [],
      rest: {
        schedulingStrategy: 'REPLICA',
        deploymentController: { type: 'ECS' },
        enableECSManagedTags: false,
        propagateTags: 'NONE',
        enableExecuteCommand: false,
        availabilityZoneRebalancing: 'ENABLED',
        ...(params.role === undefined ? {} : { roleArn: String(params.role) }),
        ...echoed(params),
      },
      createdAt: engine.clock.now(),
      createdBy: `arn:aws:iam::${engine.account}:user/${accessKeyId}`,
      tags: readTags(params.tags),
      createdWith,
      deployments: [],
      events: [],
      registered: [],
      startFailures: 0,
      nextStartAt: 0,
      complaints: {},
    };
    service.deployments = [newDeployment(definition)];
    store.services.set(service.arn, service);
    scheduler.wake(service);
    return service;
  };
  const echoed = (params: Params): Params =>
    Object.fromEntries(ECHOED.filter((key) => params[key] !== undefined).map((key) => [key, params[key] as unknown]));

  const find = (params: Params): Service => {
    const { name: cluster } = store.cluster(params.cluster);
    const service = store.findService(cluster, params.service);
    if (service === undefined) throw new AwsError('ServiceNotFoundException', 'Service not found.');
    return service;
  };
  const update = (params: Params): Service => {
    const service = find(params);
    if (service.status !== 'ACTIVE') throw new AwsError('ServiceNotActiveException', 'Service was not ACTIVE.');
    const definition = params.taskDefinition === undefined ? undefined : definitionOf(params.taskDefinition);
    const current = definition ?? store.definitions.get(service.taskDefinition);
    if (definition !== undefined) for (const one of service.loadBalancers) checkTarget(definition, one, true);
    const loadBalancers =
      params.loadBalancers === undefined || current === undefined
        ? service.loadBalancers
        : readBalancers(params, current);
    const configuration = readConfiguration(params.deploymentConfiguration, service.deploymentConfiguration);
    const desired =
      params.desiredCount === undefined ? service.desiredCount : integer(params.desiredCount, 'desiredCount');
    const grace = graceOf(
      params.healthCheckGracePeriodSeconds === undefined
        ? { healthCheckGracePeriodSeconds: service.healthCheckGracePeriodSeconds }
        : params,
      loadBalancers,
    );

    const isDeploying =
      params.forceNewDeployment === true ||
      (definition !== undefined && definition.arn !== service.taskDefinition) ||
      stable(loadBalancers) !== stable(service.loadBalancers) ||
      DEPLOYING.some((key) => params[key] !== undefined);
    service.loadBalancers = loadBalancers;
    service.deploymentConfiguration = configuration;
    service.desiredCount = desired;
    if (grace !== undefined) service.healthCheckGracePeriodSeconds = grace;
    if (params.placementConstraints !== undefined)
      service.placementConstraints = params.placementConstraints as Params[];
    if (params.placementStrategy !== undefined) service.placementStrategy = params.placementStrategy as Params[];
    Object.assign(service.rest, echoed(params));
    if (isDeploying && current !== undefined) {
      service.taskDefinition = current.arn;
      for (const deployment of service.deployments) deployment.status = 'ACTIVE';
      service.deployments.unshift(newDeployment(current));
      delete service.steadySince;
    }
    scheduler.wake(service);
    return service;
  };

  return {
    CreateService: {
      mutating: true,
      resource: name,
      run: (params, context) => ({ service: describeService(store, create(params, context), true) }),
    },
    UpdateService: {
      mutating: true,
      resource: name,
      run: (params) => ({ service: describeService(store, update(params), true) }),
    },
    DeleteService: {
      mutating: true,
      resource: name,
      run: (params) => {
        const service = find(params);
        if (service.status === 'INACTIVE') throw new AwsError('ServiceNotFoundException', 'Service not found.');
        if (service.desiredCount > 0 && params.force !== true) {
          throw invalid('The service cannot be stopped while it is scaled above 0.');
        }
        service.desiredCount = 0;
        service.status = 'DRAINING';
        scheduler.wake(service);
        return { service: describeService(store, service, true) };
      },
    },
    DescribeServices: {
      mutating: false,
      resource: ({ services }) => (services as string[] | undefined)?.map((one) => one.split('/').at(-1)).join(','),
      run: (params) => {
        const { name: cluster } = store.cluster(params.cluster);
        const references = (params.services ?? []) as string[];
        if (references.length === 0) throw invalid('Services cannot be empty.');
        if (references.length > 10) throw invalid('You can describe at most 10 services at once.');
        const { found, failures } = lookUp(
          references,
          (reference) => store.findService(cluster, reference),
          (one) => store.serviceArn(cluster, one),
        );
        return { services: found.map((one) => describeService(store, one, wantsTags(params))), failures };
      },
    },
    ListServices: {
      mutating: false,
      run: (params) => {
        const { name: cluster } = store.cluster(params.cluster);
        const arns = store
          .servicesOf(cluster)
          .filter(({ status }) => status === 'ACTIVE')
          .map(({ arn }) => arn);
        const { items, ...more } = paginate(arns, params, 10);
        return { serviceArns: items, ...more };
      },
    },
  };
};
