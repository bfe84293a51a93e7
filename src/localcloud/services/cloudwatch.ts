/** CloudWatch: dashboards. SDKs speak JSON 1.0 to it, older clients Query; both meet the same operations. */
import { AwsError, type Operation } from '../engine/contract.ts';
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

  const listAll: Operation = (params) => {
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
        LastModified: new Date(dashboards[name]!.changedAt),
        Size: Buffer.byteLength(dashboards[name]!.body),
      })),
      NextToken: next < names.length ? String(next) : undefined,
    };
  };

  return {
    services: [
      {
        scope: 'monitoring',
        model: 'cloudwatch',
        throttlingCode: 'Throttling',
        internalCode: 'InternalServiceError',
        validationCode: 'ValidationError',
        missingCode: 'MissingParameter',
        operations: {
          PutDashboard: { run: put, mutating: true, resource: (params) => optionalText(params, 'DashboardName') },
          GetDashboard: { run: get, mutating: false, resource: (params) => optionalText(params, 'DashboardName') },
          ListDashboards: { run: listAll, mutating: false },
          DeleteDashboards: {
            run: remove,
            mutating: true,
            resource: (params) => texts(params, 'DashboardNames').join(','),
          },
        },
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
