import { callerArn } from '../../engine/arn.ts';
import {
  AwsError,
  type Balancers,
  type CallContext,
  type OperationTable,
  type Params,
  type Roles,
} from '../../engine/contract.ts';
import type { Engine } from '../../registration.ts';
import { wantsTags } from './describe.ts';
import { describeService } from './describe-service.ts';
import {
  clientError,
  integer,
  invalid,
  lastPart,
  lookUp,
  paginate,
  readTags,
  references,
  requireEc2,
} from './input.ts';
import { isDaemon } from './launcher.ts';
import type { Service, TaskDefinition } from './model.ts';
import { createQuotas } from './quotas.ts';
import { checkRoles, rolesOf } from './roles.ts';
import { refuseNetwork, startableDefinition } from './run-task.ts';
import type { Scheduler } from './scheduler.ts';
import {
  checkTarget,
  checkToken,
  readBalancers,
  readConfiguration,
  readEchoed,
  readGrace,
  readPlacement,
  refuseForDaemons,
  refuseOtherBalancers,
  refuseUnserved,
  stable,
} from './service-input.ts';
import type { Store } from './store.ts';

const LEFT_OUT =
  'classic load balancers, controller ECS and strategy ROLLING only; zone rebalancing is kept, without effect';

interface Ports {
  engine: Engine;
  store: Store;
  balancers: Balancers;
  scheduler: Scheduler;
  roles: Roles;
}

const nameOf = (params: Params): string | undefined => lastPart(params.serviceName ?? params.service);

/** Services: created, changed, deleted, looked at. */
export const serviceOperations = ({ engine, store, balancers, scheduler, roles }: Ports): OperationTable => {
  const quotas = createQuotas(engine.settings);
  const definitionOf = (reference: unknown, context: CallContext): TaskDefinition => {
    const definition = startableDefinition(store, reference);
    checkRoles(roles, context, rolesOf(definition.rest));
    return definition;
  };
  const describe = (service: Service, withTags = true): Params =>
    describeService(store, engine.settings, service, withTags);

  /** A role is known by its name or its ARN. */
  const roleArn = (role: string): string =>
    role.startsWith('arn:') ? role : `arn:aws:iam::${engine.account}:role/${role}`;
  /** The service that is there already, if this is the same call again. */
  const repeated = (cluster: string, serviceName: string, createdWith: string): Service | undefined => {
    const existing = store.findService(cluster, serviceName);
    if (existing?.status === 'DRAINING') throw invalid('Unable to Start a service that is still Draining.');
    if (existing?.status !== 'ACTIVE') return undefined;
    if (existing.createdWith === createdWith) return existing;
    throw invalid('Creation of service was not idempotent.');
  };
  const readDesired = (given: unknown): number => {
    const desired = integer(given, 'desiredCount');
    quotas.desiredCount(desired);
    return desired;
  };
  const create = (params: Params, context: CallContext): Service => {
    const { name: cluster } = store.cluster(params.cluster);
    const serviceName = String(params.serviceName ?? '');
    if (!/^[\w-]{1,255}$/.test(serviceName)) throw invalid('Service name contains invalid characters.');
    checkToken(params.clientToken);
    const { clientToken: _clientToken, ...withoutToken } = params;
    const createdWith = stable(withoutToken);
    const existing = repeated(cluster, serviceName, createdWith);
    if (existing !== undefined) return existing;
    const schedulingStrategy = String(params.schedulingStrategy ?? 'REPLICA');
    refuseUnserved(params);
    refuseForDaemons(params, schedulingStrategy);
    requireEc2(params);
    if (params.taskDefinition === undefined) throw invalid('TaskDefinition can not be blank.');
    quotas.services(store.servicesOf(cluster).filter(({ status }) => status === 'ACTIVE').length);
    const definition = definitionOf(params.taskDefinition, context);
    refuseNetwork(definition, params);
    const role = params.role === undefined ? undefined : roleArn(String(params.role));
    checkRoles(roles, context, [role]);
    const loadBalancers = readBalancers(balancers, params.loadBalancers, definition);
    const grace = readGrace(params.healthCheckGracePeriodSeconds, loadBalancers.length > 0, definition);
    const service: Service = {
      name: serviceName,
      arn: store.serviceArn(cluster, serviceName),
      cluster,
      status: 'ACTIVE',
      desiredCount: readDesired(params.desiredCount ?? 0),
      taskDefinition: definition.arn,
      loadBalancers,
      deploymentConfiguration: readConfiguration(params.deploymentConfiguration, schedulingStrategy),
      ...(grace !== undefined && { healthCheckGracePeriodSeconds: grace }),
      ...readPlacement(params, definition),
      rest: {
        schedulingStrategy,
        deploymentController: { type: 'ECS' },
        enableECSManagedTags: false,
        propagateTags: 'NONE',
        enableExecuteCommand: false,
        availabilityZoneRebalancing: 'ENABLED',
        ...(role !== undefined && { roleArn: role }),
        ...readEchoed(params),
      },
      createdAt: engine.clock.now(),
      createdBy: callerArn(context),
      tags: readTags(params.tags),
      createdWith,
      deployments: [],
      serviceDeployments: [],
      revisions: [],
      events: [],
      registered: [],
      startFailures: 0,
      nextStartAt: 0,
      complaints: {},
    };
    scheduler.deployments.begin(service, definition);
    store.services.set(service.arn, service);
    scheduler.wake(service);
    return service;
  };

  const find = (params: Params): Service => {
    const { name: cluster } = store.cluster(params.cluster);
    const service = store.findService(cluster, params.service);
    if (service === undefined) throw new AwsError('ServiceNotFoundException', 'Service not found.');
    return service;
  };
  const update = (params: Params, context: CallContext): Service => {
    const service = find(params);
    if (service.status !== 'ACTIVE') throw new AwsError('ServiceNotActiveException', 'Service was not ACTIVE.');
    const { schedulingStrategy } = service.rest;
    refuseUnserved(params);
    refuseForDaemons(params, schedulingStrategy);
    requireEc2(params);
    const wanted = params.taskDefinition === undefined ? undefined : definitionOf(params.taskDefinition, context);
    const definition = wanted ?? store.definitions.get(service.taskDefinition);
    if (definition === undefined) throw clientError('TaskDefinition not found.');
    refuseNetwork(definition, params);
    refuseOtherBalancers(service, params.loadBalancers);
    if (wanted !== undefined) for (const one of service.loadBalancers) checkTarget(wanted, one, true);
    const changes = {
      deploymentConfiguration: readConfiguration(
        params.deploymentConfiguration,
        schedulingStrategy,
        service.deploymentConfiguration,
      ),
      desiredCount: readDesired(params.desiredCount ?? service.desiredCount),
      ...readPlacement(params, definition, service),
      ...(params.healthCheckGracePeriodSeconds !== undefined && {
        healthCheckGracePeriodSeconds:
          readGrace(params.healthCheckGracePeriodSeconds, service.loadBalancers.length > 0, definition) ?? 0,
      }),
    };
    const isDeploying = params.forceNewDeployment === true || definition.arn !== service.taskDefinition;
    Object.assign(service, changes);
    Object.assign(service.rest, readEchoed(params));
    if (isDeploying) {
      service.taskDefinition = definition.arn;
      scheduler.deployments.begin(service, definition);
    }
    scheduler.wake(service);
    return service;
  };
  const remove = (params: Params): Service => {
    const service = find(params);
    if (service.status === 'INACTIVE') throw new AwsError('ServiceNotFoundException', 'Service not found.');
    if (service.desiredCount > 0 && params.force !== true && !isDaemon(service)) {
      throw invalid('The service cannot be stopped while it is scaled above 0.');
    }
    service.desiredCount = 0;
    service.status = 'DRAINING';
    scheduler.deployments.supersede(service, 'Service deployment stopped because the service was deleted.');
    scheduler.wake(service);
    return service;
  };

  return {
    CreateService: {
      mutating: true,
      resource: nameOf,
      note: LEFT_OUT,
      run: (params, context) => ({ service: describe(create(params, context)) }),
    },
    UpdateService: {
      mutating: true,
      resource: nameOf,
      note: LEFT_OUT,
      run: (params, context) => ({ service: describe(update(params, context)) }),
    },
    DeleteService: {
      mutating: true,
      resource: nameOf,
      run: (params) => ({ service: describe(remove(params)) }),
    },
    DescribeServices: {
      mutating: false,
      resource: ({ services }) => (services as string[] | undefined)?.map(lastPart).join(','),
      run: (params) => {
        const { name: cluster } = store.cluster(params.cluster);
        const { found, failures } = lookUp(
          references(params.services, 'Services', 10),
          (reference) => store.findService(cluster, reference),
          (one) => store.serviceArn(cluster, one),
        );
        return { services: found.map((one) => describe(one, wantsTags(params))), failures };
      },
    },
    ListServices: {
      mutating: false,
      run: (params) => {
        const { name: cluster } = store.cluster(params.cluster);
        const isOf = (strategy: unknown): boolean => [undefined, strategy].includes(params.schedulingStrategy);
        const isAsked =
          (params.launchType ?? 'EC2') === 'EC2' && (params.resourceManagementType ?? 'CUSTOMER') === 'CUSTOMER';
        const active = store
          .servicesOf(cluster)
          .filter(({ status, rest }) => status === 'ACTIVE' && isOf(rest.schedulingStrategy));
        const { items, ...more } = paginate(isAsked ? active.map(({ arn }) => arn) : [], params, 10);
        return { serviceArns: items, ...more };
      },
    },
  };
};
