/** Route 53 health checks: settings that are kept, and a status that is found by asking the endpoint. */
import { isDeepStrictEqual } from 'node:util';
import { AwsError, type Operation, type OperationTable, type Params } from '../../engine/contract.ts';
import type { Engine } from '../../registration.ts';
import { optionalInteger, optionalText, requiredText, texts } from '../params.ts';

export interface HealthCheck {
  id: string;
  callerReference: string;
  config: Params;
  version: number;
}

export type HealthChecks = Record<string, HealthCheck>;

/** Asks the endpoint of a check once; answers `Success: …` or `Failure: …`. */
export type Checker = (config: Params) => Promise<string>;

const REGIONS = ['eu-west-1', 'us-east-1', 'ap-southeast-1'];
const LARGEST_PAGE = 100;
const PORTS: Record<string, number> = { HTTP: 80, HTTP_STR_MATCH: 80, HTTPS: 443, HTTPS_STR_MATCH: 443 };
const TYPES = [...Object.keys(PORTS), 'TCP', 'CALCULATED', 'CLOUDWATCH_METRIC', 'RECOVERY_CONTROL'];

export const createHealthCheckOperations = (
  engine: Engine,
  checks: () => HealthChecks,
  checkNow: Checker,
): OperationTable => {
  const find = (params: Params): HealthCheck => {
    const id = requiredText(params, 'HealthCheckId');
    const check = checks()[id];
    if (check === undefined)
      throw new AwsError('NoSuchHealthCheck', `No health check exists with the specified ID ${id}.`, 404);
    return check;
  };

  /** The same reference with the same settings answers with what was made before. */
  const create: Operation = (params) => {
    const callerReference = requiredText(params, 'CallerReference');
    const config = readConfig((params.HealthCheckConfig || {}) as Params);
    const existing = Object.values(checks()).find((check) => check.callerReference === callerReference);
    if (existing !== undefined && !isDeepStrictEqual(existing.config, config)) {
      throw new AwsError(
        'HealthCheckAlreadyExists',
        `The CallerReference ${callerReference} has already been used for a health check with other settings.`,
        409,
      );
    }
    const check = existing ?? { id: engine.random.uuid(), callerReference, config, version: 1 };
    checks()[check.id] = check;
    return { HealthCheck: write(check), Location: `/2013-04-01/healthcheck/${check.id}` };
  };

  const update: Operation = (params) => {
    const check = find(params);
    const { HealthCheckId: _id, HealthCheckVersion: _version, ResetElements: _reset, ...changes } = params;
    const expected = optionalInteger(params, 'HealthCheckVersion');
    if (expected !== undefined && expected !== check.version) {
      throw new AwsError(
        'HealthCheckVersionMismatch',
        `The health check version ${check.version} does not match the expected version ${expected}.`,
        409,
      );
    }
    check.config = readConfig({ ...without(check.config, texts(params, 'ResetElements')), ...changes });
    check.version += 1;
    return { HealthCheck: write(check) };
  };

  const list: Operation = (params) => {
    const most = Math.min(optionalInteger(params, 'MaxItems') ?? LARGEST_PAGE, LARGEST_PAGE);
    const all = Object.values(checks());
    const marker = optionalText(params, 'Marker');
    const start = marker === undefined ? 0 : all.findIndex(({ id }) => id === marker);
    if (start < 0) throw new AwsError('InvalidInput', `Invalid request: marker ${marker} is not a health check`);
    const next = all[start + most];
    return {
      HealthChecks: all.slice(start, start + most).map(write),
      Marker: marker ?? '',
      IsTruncated: next !== undefined,
      NextMarker: next?.id,
      MaxItems: most,
    };
  };

  const status: Operation = async (params) => {
    const Status = await checkNow(find(params).config);
    const CheckedTime = new Date(engine.clock.now());
    return {
      HealthCheckObservations: REGIONS.map((Region, i) => ({
        Region,
        IPAddress: `192.0.2.${10 + i}`,
        StatusReport: { Status, CheckedTime },
      })),
    };
  };

  const remove: Operation = (params) => {
    delete checks()[find(params).id];
    return {};
  };

  const resource = (params: Params): string | undefined => optionalText(params, 'HealthCheckId');
  return {
    CreateHealthCheck: { run: create, mutating: true, resource: (params) => optionalText(params, 'CallerReference') },
    UpdateHealthCheck: { run: update, mutating: true, resource },
    DeleteHealthCheck: { run: remove, mutating: true, resource },
    GetHealthCheck: { run: (params) => ({ HealthCheck: write(find(params)) }), mutating: false, resource },
    ListHealthChecks: { run: list, mutating: false },
    GetHealthCheckStatus: { run: status, mutating: false, resource },
  };
};

const write = ({ id, callerReference, config, version }: HealthCheck): Params => ({
  Id: id,
  CallerReference: callerReference,
  HealthCheckConfig: config,
  HealthCheckVersion: version,
});

const without = (config: Params, names: readonly string[]): Params =>
  Object.fromEntries(Object.entries(config).filter(([name]) => !names.includes(name)));

/** Fills the defaults in, so that the same settings always look the same. */
const readConfig = (params: Params): Params => {
  const type = requiredText(params, 'Type');
  if (!TYPES.includes(type)) throw new AwsError('InvalidInput', `Invalid parameter : Type ${type} is unknown`);
  const config: Params = { MeasureLatency: false, Inverted: false, Disabled: false, ...params };
  if (type in PORTS || type === 'TCP') {
    if (
      optionalText(params, 'FullyQualifiedDomainName') === undefined &&
      optionalText(params, 'IPAddress') === undefined
    ) {
      throw new AwsError(
        'InvalidInput',
        'Invalid parameter : Either IPAddress or FullyQualifiedDomainName must be specified',
      );
    }
    config.Port ??= PORTS[type] ?? 80;
    config.RequestInterval ??= 30;
    config.FailureThreshold ??= 3;
    if (type.startsWith('HTTPS')) config.EnableSNI ??= true;
    const threshold = Number(config.FailureThreshold);
    if (!(threshold >= 1 && threshold <= 10)) {
      throw new AwsError('InvalidInput', 'Invalid parameter : FailureThreshold must be between 1 and 10');
    }
    if (!['10', '30'].includes(String(config.RequestInterval))) {
      throw new AwsError('InvalidInput', 'Invalid parameter : RequestInterval must be 10 or 30');
    }
  }
  return config;
};
