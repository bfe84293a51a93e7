/** CloudWatch: dashboards. SDKs speak JSON 1.0 to it, older clients Query; both meet the same operations. */
import { AwsError, type Operation, type OperationTable } from '../engine/contract.ts';
import type { Engine, Parts } from '../registration.ts';
import { optionalText, requiredText, texts } from './params.ts';

interface Dashboard {
  body: string;
  /** Cloud time. */
  changedAt: number;
}

const PAGE_SIZE = 1000;

export const createCloudWatch = (engine: Engine): Parts => {
  let dashboards: Record<string, Dashboard> = {};

  const arnOf = (name: string): string => `arn:aws:cloudwatch::${engine.account}:dashboard/${name}`;

  const put: Operation = (params) => {
    const name = requiredText(params, 'DashboardName');
    const body = requiredText(params, 'DashboardBody');
    const problem = findProblem(name, body);
    if (problem !== undefined) throw new AwsError('InvalidParameterInput', problem);
    dashboards[name] = { body, changedAt: engine.clock.now() };
    return { DashboardValidationMessages: [] };
  };

  const get: Operation = (params) => {
    const name = requiredText(params, 'DashboardName');
    const dashboard = dashboards[name];
    if (dashboard === undefined) throw notFound([name]);
    return { DashboardArn: arnOf(name), DashboardBody: dashboard.body, DashboardName: name };
  };

  const remove: Operation = (params) => {
    const names = texts(params, 'DashboardNames');
    const unknown = names.filter((name) => dashboards[name] === undefined);
    if (unknown.length > 0) throw notFound(unknown);
    for (const name of names) delete dashboards[name];
    return {};
  };

  /** `time`: seconds in JSON, a date in XML. */
  const listAll =
    (time: (cloudTime: number) => unknown): Operation =>
    (params) => {
      const prefix = optionalText(params, 'DashboardNamePrefix') ?? '';
      const start = Number(optionalText(params, 'NextToken') ?? 0);
      const names = Object.keys(dashboards)
        .filter((name) => name.startsWith(prefix))
        .sort();
      const next = start + PAGE_SIZE;
      return {
        DashboardEntries: names.slice(start, next).map((name) => ({
          DashboardName: name,
          DashboardArn: arnOf(name),
          LastModified: time(dashboards[name]!.changedAt),
          Size: Buffer.byteLength(dashboards[name]!.body),
        })),
        NextToken: next < names.length ? String(next) : undefined,
      };
    };

  const operations = (time: (cloudTime: number) => unknown): OperationTable => ({
    PutDashboard: { run: put, mutating: true, resource: (params) => optionalText(params, 'DashboardName') },
    GetDashboard: { run: get, mutating: false, resource: (params) => optionalText(params, 'DashboardName') },
    ListDashboards: { run: listAll(time), mutating: false },
    DeleteDashboards: { run: remove, mutating: true, resource: (params) => texts(params, 'DashboardNames').join(',') },
  });

  const common = { scope: 'monitoring', throttlingCode: 'Throttling', internalCode: 'InternalServiceError' };
  return {
    services: [
      {
        ...common,
        protocol: 'json',
        targetPrefix: 'GraniteServiceVersion20100801',
        jsonVersion: '1.0',
        queryCompatible: true,
        operations: operations((cloudTime) => cloudTime / 1000),
        persistent: {
          key: 'cloudwatch',
          save: () => dashboards,
          load: (data) => {
            dashboards = data as Record<string, Dashboard>;
          },
          start: async () => undefined,
          stop: async () => undefined,
        },
      },
      {
        ...common,
        protocol: 'query',
        version: '2010-08-01',
        xmlns: 'http://monitoring.amazonaws.com/doc/2010-08-01/',
        operations: operations((cloudTime) => new Date(cloudTime)),
      },
    ],
  };
};

const notFound = (names: readonly string[]): AwsError =>
  new AwsError('ResourceNotFound', `Dashboard ${names.join(', ')} does not exist`, 404);

const findProblem = (name: string, body: string): string | undefined => {
  if (!/^[A-Za-z0-9_-]{1,255}$/.test(name)) return 'The field DashboardName must match [A-Za-z0-9-_]{1,255}';
  try {
    const parsed: unknown = JSON.parse(body);
    return typeof parsed === 'object' && parsed !== null ? undefined : 'The field DashboardBody must be a JSON object';
  } catch {
    return 'The field DashboardBody must be a valid JSON object';
  }
};
