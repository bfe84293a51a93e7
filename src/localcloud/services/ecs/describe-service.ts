/** What the API says of services, their deployments and revisions. */
import type { Params } from '../../engine/contract.ts';
import type { Settings } from '../../registration.ts';
import { tellsRollout } from './breaker.ts';
import { seconds } from '../epoch.ts';
import { tagList } from './describe.ts';
import type { Deployment, Service, ServiceDeployment, ServiceRevision, Task } from './model.ts';
import type { Store } from './store.ts';

const countsOf = (tasks: readonly Task[]): { runningCount: number; pendingCount: number } => ({
  runningCount: tasks.filter(({ lastStatus }) => lastStatus === 'RUNNING').length,
  pendingCount: tasks.filter(({ lastStatus, desiredStatus }) => lastStatus === 'PENDING' && desiredStatus === 'RUNNING')
    .length,
});

/** A deployment on its way out wants only what has not been told to stop yet. */
const desiredOf = (service: Service, { status }: Deployment, tasks: readonly Task[]): number =>
  status === 'PRIMARY' ? service.desiredCount : tasks.filter(({ desiredStatus }) => desiredStatus === 'RUNNING').length;

const describeDeployment = (
  service: Service,
  deployment: Deployment,
  all: readonly Task[],
  settings: Settings,
): Params => {
  const tasks = all.filter(({ deploymentId }) => deploymentId === deployment.id);
  const { rolloutState, rolloutStateReason } = deployment;
  return {
    id: deployment.id,
    status: deployment.status,
    taskDefinition: deployment.taskDefinition,
    desiredCount: desiredOf(service, deployment, tasks),
    ...countsOf(tasks),
    failedTasks: deployment.failedTasks,
    createdAt: seconds(deployment.createdAt),
    updatedAt: seconds(deployment.updatedAt),
    launchType: 'EC2',
    ...(tellsRollout(service, settings) ? { rolloutState, rolloutStateReason } : {}),
  };
};

/** How many tasks a revision has, over the deployments that deploy it. */
const revisionSummary = (store: Store, service: Service, arn: string): Params => {
  const deployments = service.deployments.filter(({ revision }) => revision === arn);
  const ids = new Set(deployments.map(({ id }) => id));
  const tasks = [...store.liveTasksOf(service)].filter(({ deploymentId }) => ids.has(deploymentId ?? ''));
  const { runningCount, pendingCount } = countsOf(tasks);
  const requested = deployments.map((one) => desiredOf(service, one, tasks));
  return {
    arn,
    requestedTaskCount: requested.reduce((total, count) => total + count, 0),
    runningTaskCount: runningCount,
    pendingTaskCount: pendingCount,
  };
};

export const describeService = (store: Store, settings: Settings, service: Service, withTags: boolean): Params => {
  const tasks = [...store.liveTasksOf(service)];
  const current = new Set(service.deployments.map(({ revision }) => revision));
  return {
    serviceArn: service.arn,
    serviceName: service.name,
    clusterArn: store.arn('cluster', service.cluster),
    loadBalancers: service.loadBalancers,
    serviceRegistries: [],
    status: service.status,
    desiredCount: service.desiredCount,
    ...countsOf(tasks),
    launchType: 'EC2',
    taskDefinition: service.taskDefinition,
    deploymentConfiguration: service.deploymentConfiguration,
    deployments: service.deployments.map((one) => describeDeployment(service, one, tasks, settings)),
    currentServiceDeployment: service.status === 'INACTIVE' ? undefined : service.serviceDeployments[0]?.arn,
    currentServiceRevisions: [...current].map((arn) => revisionSummary(store, service, arn)),
    events: service.events.map((event) => ({ ...event, createdAt: seconds(event.createdAt) })),
    createdAt: seconds(service.createdAt),
    createdBy: service.createdBy,
    placementConstraints: service.placementConstraints,
    placementStrategy: service.placementStrategy,
    ...(service.healthCheckGracePeriodSeconds === undefined
      ? {}
      : { healthCheckGracePeriodSeconds: service.healthCheckGracePeriodSeconds }),
    ...service.rest,
    ...(withTags && Object.keys(service.tags).length > 0 ? { tags: tagList(service.tags) } : {}),
  };
};

export const briefServiceDeployment = (store: Store, service: Service, record: ServiceDeployment): Params => ({
  serviceDeploymentArn: record.arn,
  serviceArn: service.arn,
  clusterArn: store.arn('cluster', service.cluster),
  startedAt: seconds(record.startedAt),
  createdAt: seconds(record.createdAt),
  finishedAt: seconds(record.finishedAt),
  targetServiceRevisionArn: record.target,
  status: record.status,
  statusReason: record.statusReason,
});

export const describeServiceDeployment = (store: Store, service: Service, record: ServiceDeployment): Params => {
  const { targetServiceRevisionArn: _target, ...brief } = briefServiceDeployment(store, service, record);
  const { rollback, alarms, deploymentConfiguration } = record;
  return {
    ...brief,
    stoppedAt: seconds(record.stoppedAt),
    updatedAt: seconds(record.updatedAt),
    sourceServiceRevisions: record.sources.map((arn) => revisionSummary(store, service, arn)),
    targetServiceRevision: revisionSummary(store, service, record.target),
    deploymentConfiguration,
    rollback: rollback && {
      reason: rollback.reason,
      startedAt: seconds(rollback.startedAt),
      serviceRevisionArn: rollback.revision,
    },
    deploymentCircuitBreaker: record.breaker,
    alarms: {
      status: alarms.status,
      alarmNames: (deploymentConfiguration.alarms as Params | undefined)?.alarmNames as string[] | undefined,
      triggeredAlarmNames: alarms.triggered,
    },
  };
};

export const describeRevision = (store: Store, service: Service, revision: ServiceRevision): Params => ({
  serviceRevisionArn: revision.arn,
  serviceArn: service.arn,
  clusterArn: store.arn('cluster', service.cluster),
  taskDefinition: revision.taskDefinition,
  launchType: 'EC2',
  loadBalancers: revision.loadBalancers,
  containerImages: (store.definitions.get(revision.taskDefinition)?.containers ?? []).map(({ name, image }) => ({
    containerName: name,
    image,
  })),
  guardDutyEnabled: false,
  createdAt: seconds(revision.createdAt),
});
