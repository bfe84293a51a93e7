/** Dashboards: named JSON. */
import { AwsError, type Operation, type OperationTable, type Params } from '../../engine/contract.ts';
import type { Engine } from '../../registration.ts';
import { pageOf } from '../paging.ts';
import { readTags } from '../tag-set.ts';
import { invalidValue } from './errors.ts';
import { tableOf } from '../../engine/table.ts';

export interface Dashboard {
  body: string;
  /** Cloud time. */
  changedAt: number;
  tags: Record<string, string>;
}

const PAGE_SIZE = 1000;

export type Dashboards = ReturnType<typeof createDashboards>;

export const createDashboards = (engine: Pick<Engine, 'account' | 'clock'>) => {
  let dashboards = tableOf<Dashboard>();

  const arnOf = (name: string): string => `arn:aws:cloudwatch::${engine.account}:dashboard/${name}`;

  const put: Operation = (params) => {
    const { DashboardName: name, DashboardBody: body } = params as Record<string, string>;
    const problem = findProblem(name!, body!);
    if (problem !== undefined) throw new AwsError('InvalidParameterInput', problem);
    const tags = dashboards[name!]?.tags ?? readTags(params.Tags);
    dashboards[name!] = { body: body!, changedAt: engine.clock.now(), tags };
    return { DashboardValidationMessages: [] };
  };

  const get: Operation = (params) => {
    const name = String(params.DashboardName);
    const dashboard = dashboards[name];
    if (dashboard === undefined) throw notFound([name]);
    return { DashboardArn: arnOf(name), DashboardBody: dashboard.body, DashboardName: name };
  };

  const remove: Operation = (params) => {
    const names = params.DashboardNames as string[];
    const unknown = names.filter((name) => dashboards[name] === undefined);
    if (unknown.length > 0) throw notFound(unknown);
    for (const name of names) delete dashboards[name];
    return {};
  };

  const listAll: Operation = (params) => {
    const prefix = (params.DashboardNamePrefix ?? '') as string;
    const names = Object.keys(dashboards).filter((name) => name.startsWith(prefix));
    const { items, next } = pageOf(names.sort(), {
      list: 'dashboards',
      size: PAGE_SIZE,
      token: params.NextToken,
      invalidToken: () => invalidValue('The value for parameter NextToken is invalid.'),
    });
    return {
      DashboardEntries: items.map((name) => ({
        DashboardName: name,
        DashboardArn: arnOf(name),
        LastModified: new Date(dashboards[name]!.changedAt),
        Size: Buffer.byteLength(dashboards[name]!.body),
      })),
      NextToken: next,
    };
  };

  const byName = (params: Params): string => String(params.DashboardName);
  const operations: OperationTable = {
    PutDashboard: { run: put, mutating: true, resource: byName, note: 'widgets are not checked' },
    GetDashboard: { run: get, mutating: false, resource: byName },
    ListDashboards: { run: listAll, mutating: false },
    DeleteDashboards: { run: remove, mutating: true, resource: ({ DashboardNames }) => DashboardNames.join(',') },
  };
  return {
    operations,
    /** Undefined when there is no dashboard of this ARN. */
    tagsOf: (arn: string): Record<string, string> | undefined =>
      Object.entries(dashboards).find(([name]) => arnOf(name) === arn)?.[1].tags,
    save: () => dashboards,
    load: (data: Record<string, Dashboard>): void => {
      dashboards = tableOf(data);
    },
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
