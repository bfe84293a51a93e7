/** Route 53 health checks: settings, and what the checkers found. */
import { isDeepStrictEqual } from 'node:util';
import { AwsError, type Operation, type OperationTable, type Params } from '../../engine/contract.ts';
import { optionalText, requiredText, texts } from '../params.ts';
import { noSuchHealthCheck } from './errors.ts';
import { readConfig } from './health-check-config.ts';
import type { HealthMonitor } from './health-monitor.ts';
import { pageById } from './paging.ts';
import { QUOTAS } from './quota-values.ts';
import type { Context } from './state.ts';

/** What the checkers of one region know of an endpoint. */
export interface Observation {
  region: string;
  ipAddress: string;
  isHealthy: boolean;
  /** Consecutive answers that speak against `isHealthy`. */
  streak: number;
  /** Text of the last answer; absent before the first. */
  status?: string;
  /** Cloud time. */
  checkedAt?: number;
  lastFailure?: { status: string; checkedAt: number };
}

export interface HealthCheck {
  id: string;
  callerReference: string;
  config: Params;
  version: number;
  observations: Observation[];
}

const LARGEST_PAGE = 100;

export const createHealthCheckOperations = ({
  engine,
  state,
  monitor,
}: Context & { monitor: HealthMonitor }): OperationTable => {
  const exists = (id: string): boolean => state().healthChecks[id] !== undefined;
  const find = (params: Params): HealthCheck => {
    const id = requiredText(params, 'HealthCheckId');
    const check = state().healthChecks[id];
    if (check === undefined) throw noSuchHealthCheck(id);
    return check;
  };

  /** The same reference with the same settings answers with what was made before. */
  const create: Operation = (params) => {
    const callerReference = requiredText(params, 'CallerReference');
    const config = readConfig((params.HealthCheckConfig ?? {}) as Params, exists);
    const all = Object.values(state().healthChecks);
    const existing = all.find((check) => check.callerReference === callerReference);
    const isSpent = state().spentReferences.includes(callerReference);
    if (isSpent || (existing !== undefined && !isDeepStrictEqual(existing.config, config))) {
      throw new AwsError(
        'HealthCheckAlreadyExists',
        'A health check with the specified caller reference already exists.',
        409,
      );
    }
    if (existing === undefined && engine.settings.strict && all.length >= QUOTAS.healthChecks) {
      throw new AwsError('TooManyHealthChecks', `Limit of ${QUOTAS.healthChecks} health checks exceeded.`);
    }
    const check = existing ?? { id: engine.random.uuid(), callerReference, config, version: 1, observations: [] };
    if (existing === undefined) {
      state().healthChecks[check.id] = check;
      monitor.watch(check);
    }
    return { HealthCheck: write(check), Location: `https://route53.amazonaws.com/2013-04-01/healthcheck/${check.id}` };
  };

  const update: Operation = (params) => {
    const check = find(params);
    const { HealthCheckId: _id, HealthCheckVersion: _version, ResetElements: _reset, ...changes } = params;
    const expected = params.HealthCheckVersion as number | undefined;
    if (expected !== undefined && expected !== check.version) {
      throw new AwsError(
        'HealthCheckVersionMismatch',
        `The health check version ${check.version} does not match the expected version ${expected}.`,
        409,
      );
    }
    check.config = readConfig({ ...without(check.config, texts(params, 'ResetElements')), ...changes }, exists);
    check.version += 1;
    monitor.watch(check);
    return { HealthCheck: write(check) };
  };

  const remove: Operation = (params) => {
    const { id, callerReference } = find(params);
    monitor.forget(id);
    delete state().healthChecks[id];
    delete state().tags[`healthcheck/${id}`];
    state().spentReferences.push(callerReference);
    return {};
  };

  const list: Operation = (params) => {
    const { items, members } = pageById(Object.values(state().healthChecks), params, LARGEST_PAGE);
    return { HealthChecks: items.map(write), ...members };
  };

  const status: Operation = (params) => ({
    HealthCheckObservations: find(params).observations.flatMap((one) =>
      one.status === undefined ? [] : [observed(one, one.status, one.checkedAt ?? 0)],
    ),
  });

  const lastFailure: Operation = (params) => ({
    HealthCheckObservations: find(params).observations.flatMap((one) =>
      one.lastFailure === undefined ? [] : [observed(one, one.lastFailure.status, one.lastFailure.checkedAt)],
    ),
  });

  const resource = (params: Params): string | undefined => optionalText(params, 'HealthCheckId');
  const note = 'alarms and routing controls are kept, and count as healthy';
  return {
    CreateHealthCheck: {
      run: create,
      mutating: true,
      resource: (params) => optionalText(params, 'CallerReference'),
      note: `endpoints are the balancers of this account; ${note}`,
    },
    UpdateHealthCheck: { run: update, mutating: true, resource, note },
    DeleteHealthCheck: { run: remove, mutating: true, resource },
    GetHealthCheck: { run: (params) => ({ HealthCheck: write(find(params)) }), mutating: false, resource },
    ListHealthChecks: { run: list, mutating: false },
    GetHealthCheckStatus: { run: status, mutating: false, resource, note: 'three regions ask if none are named' },
    GetHealthCheckLastFailureReason: { run: lastFailure, mutating: false, resource },
  };
};

const observed = ({ region, ipAddress }: Observation, Status: string, checkedAt: number): Params => ({
  Region: region,
  IPAddress: ipAddress,
  StatusReport: { Status, CheckedTime: new Date(checkedAt) },
});

const write = ({ id, callerReference, config, version }: HealthCheck): Params => ({
  Id: id,
  CallerReference: callerReference,
  HealthCheckConfig: config,
  HealthCheckVersion: version,
});

const without = (config: Params, names: readonly string[]): Params =>
  Object.fromEntries(Object.entries(config).filter(([name]) => !names.includes(name)));
