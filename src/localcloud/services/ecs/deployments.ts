/** How deployments of a service begin and end, and the record that ServiceDeployments keep of it. */
import type { Alarms, Params } from '../../engine/contract.ts';
import type { Engine } from '../../registration.ts';
import { breakerOf } from './breaker.ts';
import type { EventLog } from './event-log.ts';
import { eventText } from './event-text.ts';
import type { Deployment, Service, ServiceDeployment, ServiceRevision, TaskDefinition } from './model.ts';
import type { Store } from './store.ts';

/** Service deployments are remembered for 90 days. */
const REMEMBERED = 90 * 24 * 3_600_000;
const ID_ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
const ID_LENGTH = 21;

/** Why a deployment ends before its time. */
export interface Cause {
  /** In the service's events. */
  event: string;
  rolloutStateReason: string;
  /** What the rollout state says of the deployment that takes over. */
  rollingBack(id: string): string;
  statusReason: string;
  monitor: 'breaker' | 'alarms';
}

export const BREAKER_CAUSE: Cause = {
  event: 'tasks failed to start.',
  rolloutStateReason: 'ECS deployment circuit breaker: tasks failed to start.',
  rollingBack: (id) => `ECS deployment circuit breaker: rolling back to deploymentId ${id}.`,
  statusReason: 'Service deployment rolled back because the circuit breaker threshold was exceeded.',
  monitor: 'breaker',
};
/** Only its event is AWS's own; the reasons are like those of the breaker. */
export const ALARM_CAUSE: Cause = {
  event: 'alarm detected.',
  rolloutStateReason: 'ECS deployment alarms: alarm detected.',
  rollingBack: (id) => `ECS deployment alarms: rolling back to deploymentId ${id}.`,
  statusReason: 'Service deployment rolled back because an alarm was detected.',
  monitor: 'alarms',
};

const REQUESTED = {
  rolloutStateReason: 'ECS deployment was stopped by StopServiceDeployment.',
  rollingBack: (id: string) => `ECS deployment rolling back to deploymentId ${id}.`,
  statusReason: 'Service deployment rolled back because StopServiceDeployment was called.',
};
const NO_CANDIDATE = 'No rollback candidate was found to run the rollback.';

const OVER: ReadonlySet<string> = new Set(['SUCCESSFUL', 'STOPPED', 'ROLLBACK_SUCCESSFUL', 'ROLLBACK_FAILED']);
export const isOver = ({ status }: ServiceDeployment): boolean => OVER.has(status);

export const primaryOf = (service: Service): Deployment | undefined =>
  service.deployments.find(({ status }) => status === 'PRIMARY');

export interface Deployments {
  /** A new PRIMARY deployment of what the service is now. */
  begin(service: Service, definition: TaskDefinition): void;
  /** The one under way, if there is one, ends because of something else. */
  supersede(service: Service, reason: string): void;
  /** StopServiceDeployment: the rollback begins at the next look. */
  requestRollback(record: ServiceDeployment): void;
  /** What was requested, or superseded, since the last look takes effect. */
  advance(service: Service): void;
  complete(service: Service, primary: Deployment): void;
  /** The PRIMARY deployment starts no tasks any more; with `rollsBack` the last COMPLETED one takes over. */
  fail(service: Service, primary: Deployment, cause: Cause, rollsBack: boolean): void;
  /** Names of the deployment's alarms that are in ALARM; none when one was already as it began. */
  alarming(service: Service): string[];
}

interface Ports {
  engine: Engine;
  store: Store;
  events: EventLog;
  alarms: Alarms;
}

export const createDeployments = ({ engine, store, events, alarms }: Ports): Deployments => {
  const { clock, random, settings } = engine;

  const makeRevision = (service: Service, definition: TaskDefinition): ServiceRevision => ({
    arn: store.arn('service-revision', `${service.cluster}/${service.name}/${random.digits(19)}`),
    taskDefinition: definition.arn,
    loadBalancers: service.loadBalancers,
    createdAt: clock.now(),
  });
  const inAlarm = (service: Service): string[] => {
    const { alarmNames = [], enable } = (service.deploymentConfiguration.alarms ?? {}) as Params;
    return enable === true ? (alarmNames as string[]).filter((name) => alarms.state(name) === 'ALARM') : [];
  };
  const makeRecord = (service: Service, target: string): ServiceDeployment => {
    const breaker = breakerOf(service, settings);
    const hasAlarms = (service.deploymentConfiguration.alarms as Params | undefined)?.enable === true;
    const id = Array.from({ length: ID_LENGTH }, () => ID_ALPHABET.charAt(random.below(ID_ALPHABET.length))).join('');
    return {
      arn: store.arn('service-deployment', `${service.cluster}/${service.name}/${id}`),
      status: 'PENDING',
      createdAt: clock.now(),
      updatedAt: clock.now(),
      sources: [...new Set(service.deployments.map(({ revision }) => revision))],
      target,
      deploymentConfiguration: service.deploymentConfiguration,
      breaker: {
        status: breaker === undefined ? 'DISABLED' : 'MONITORING',
        failureCount: 0,
        threshold: breaker?.threshold ?? 0,
      },
      // An alarm that rings already says nothing about the new deployment: it is not listened to.
      alarms: { status: hasAlarms && inAlarm(service).length === 0 ? 'MONITORING' : 'DISABLED', triggered: [] },
    };
  };

  const move = (record: ServiceDeployment, status: ServiceDeployment['status'], reason?: string): void => {
    const now = clock.now();
    record.status = status;
    record.updatedAt = now;
    if (reason !== undefined) record.statusReason = reason;
    if (status === 'IN_PROGRESS') record.startedAt = now;
    if (status === 'STOPPED') record.stoppedAt = now;
    if (!isOver(record)) return;
    record.finishedAt = now;
    for (const monitor of [record.breaker, record.alarms]) {
      if (monitor.status === 'MONITORING') monitor.status = 'MONITORING_COMPLETE';
    }
  };

  const rollBack = (service: Service, record: ServiceDeployment, texts: Omit<Cause, 'event' | 'monitor'>): void => {
    const now = clock.now();
    const failed = primaryOf(service);
    const kept = service.lastCompleted;
    if (failed === undefined) return;
    failed.rolloutState = 'FAILED';
    failed.rolloutStateReason = texts.rolloutStateReason;
    const revision = service.revisions.find(({ arn }) => arn === kept?.revision);
    if (kept === undefined || revision === undefined) return move(record, 'ROLLBACK_FAILED', NO_CANDIDATE);
    const target = service.deployments.find(({ id }) => id === kept.id) ?? kept;
    failed.status = 'ACTIVE';
    Object.assign(target, {
      status: 'PRIMARY',
      rolloutState: 'IN_PROGRESS',
      rolloutStateReason: texts.rollingBack(target.id),
      failedTasks: 0,
      updatedAt: now,
    } satisfies Partial<Deployment>);
    service.deployments = [target, ...service.deployments.filter((one) => one !== target)];
    // A second failure in a row has nothing to go back to.
    delete service.lastCompleted;
    service.taskDefinition = revision.taskDefinition;
    service.loadBalancers = revision.loadBalancers;
    forget(service);
    record.rollback = { reason: texts.statusReason, startedAt: now, revision: revision.arn };
    move(record, 'ROLLBACK_IN_PROGRESS', texts.statusReason);
    events.add(service, eventText.rollingBack(target.id));
  };
  /** Another deployment begins with a clean record. */
  const forget = (service: Service): void => {
    service.startFailures = 0;
    service.nextStartAt = 0;
    service.complaints = {};
    delete service.steadySince;
  };

  const supersede: Deployments['supersede'] = (service, reason) => {
    const [before] = service.serviceDeployments;
    if (before !== undefined && !isOver(before)) move(before, 'STOP_REQUESTED', reason);
  };

  return {
    supersede,
    requestRollback: (record) => {
      if (record.status === 'PENDING' || record.status === 'IN_PROGRESS') move(record, 'ROLLBACK_REQUESTED');
    },
    begin: (service, definition) => {
      const now = clock.now();
      const revision = makeRevision(service, definition);
      const record = makeRecord(service, revision.arn);
      supersede(service, 'Service deployment stopped because a newer one was started.');
      const isRecent = ({ createdAt }: { createdAt: number }): boolean => createdAt > now - REMEMBERED;
      const inUse = new Set(
        [...service.deployments, ...(service.lastCompleted ? [service.lastCompleted] : [])].map((one) => one.revision),
      );
      service.serviceDeployments = [record, ...service.serviceDeployments.filter(isRecent)];
      service.revisions = [revision, ...service.revisions.filter((one) => isRecent(one) || inUse.has(one.arn))];
      for (const deployment of service.deployments) deployment.status = 'ACTIVE';
      const id = store.deploymentId();
      service.deployments.unshift({
        id,
        status: 'PRIMARY',
        taskDefinition: definition.arn,
        createdAt: now,
        updatedAt: now,
        failedTasks: 0,
        rolloutState: 'IN_PROGRESS',
        rolloutStateReason: `ECS deployment ${id} in progress.`,
        revision: revision.arn,
      });
      forget(service);
    },
    advance: (service) => {
      for (const [i, record] of service.serviceDeployments.entries()) {
        if (isOver(record)) return;
        if (record.status === 'STOP_REQUESTED') move(record, 'STOPPED');
        else if (record.status === 'ROLLBACK_REQUESTED') rollBack(service, record, REQUESTED);
        else if (record.status === 'PENDING' && i === 0) move(record, 'IN_PROGRESS');
      }
    },
    complete: (service, primary) => {
      primary.rolloutState = 'COMPLETED';
      primary.rolloutStateReason = `ECS deployment ${primary.id} completed.`;
      primary.updatedAt = clock.now();
      service.lastCompleted = primary;
      events.add(service, eventText.completed(primary.id));
      const [record] = service.serviceDeployments;
      if (record?.status === 'ROLLBACK_IN_PROGRESS') move(record, 'ROLLBACK_SUCCESSFUL');
      else if (record !== undefined && !isOver(record)) move(record, 'SUCCESSFUL');
    },
    fail: (service, primary, cause, rollsBack) => {
      primary.rolloutState = 'FAILED';
      primary.rolloutStateReason = cause.rolloutStateReason;
      primary.updatedAt = clock.now();
      events.add(service, eventText.failed(primary.id, cause.event));
      const [record] = service.serviceDeployments;
      if (record === undefined || isOver(record)) return;
      record[cause.monitor].status = 'TRIGGERED';
      record.breaker.failureCount = primary.failedTasks;
      if (record.status === 'ROLLBACK_IN_PROGRESS') move(record, 'ROLLBACK_FAILED', NO_CANDIDATE);
      else if (rollsBack) rollBack(service, record, cause);
      else move(record, 'STOP_REQUESTED', cause.rolloutStateReason);
    },
    alarming: (service) => {
      const [record] = service.serviceDeployments;
      if (record?.alarms.status !== 'MONITORING' || isOver(record)) return [];
      record.alarms.triggered = inAlarm(service);
      return record.alarms.triggered;
    },
  };
};
