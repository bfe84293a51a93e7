/** SimulatePrincipalPolicy over inline policies; users may do everything but pass roles that are kept from them. */
import { AwsError, type OperationEntry, type Params, type Roles } from '../../engine/contract.ts';
import { pageOf } from '../paging.ts';
import { noSuchEntity, type RoleTable } from './model.ts';
import { checkPermissions, decide, statementsOf, type Context, type Statement } from './policies.ts';

const readContext = (params: Params): Context =>
  Object.fromEntries(
    ((params.ContextEntries ?? []) as { ContextKeyName?: string; ContextKeyValues?: string[] }[]).map(
      ({ ContextKeyName = '', ContextKeyValues = [] }) => [ContextKeyName, ContextKeyValues],
    ),
  );

const readGiven = (params: Params): Statement[] =>
  ((params.PolicyInputList ?? []) as string[]).flatMap((document) => {
    checkPermissions(document);
    return statementsOf(document);
  });

const EVERYTHING: Statement = { Effect: 'Allow', Action: '*', Resource: '*' };

export const simulation = (table: RoleTable, roles: Pick<Roles, 'mayPass'>): OperationEntry => {
  /** What the principal's own policies say of this resource. */
  const ownStatements = (source: string): ((resource: string) => Statement[]) => {
    const [, user] = /^arn:aws:iam::\d{12}:user\/(?:.*\/)?([^/]+)$/.exec(source) ?? [];
    if (user !== undefined) {
      const noPass = (resource: string): Statement[] =>
        roles.mayPass(user, resource) ? [] : [{ Effect: 'Deny', Action: 'iam:PassRole', Resource: resource }];
      return (resource) => [EVERYTHING, ...noPass(resource)];
    }
    const role = [...table.values()].find(({ arn }) => arn === source);
    if (role === undefined) throw noSuchEntity(`The entity with ARN ${source} cannot be found.`);
    const statements = Object.values(role.inline).flatMap(statementsOf);
    return () => statements;
  };

  const run = (params: Params): Params => {
    const own = ownStatements(String(params.PolicySourceArn));
    const given = readGiven(params);
    const context = readContext(params);
    const resources = (params.ResourceArns ?? ['*']) as string[];
    const results = (params.ActionNames as string[]).flatMap((action) =>
      resources.map((resource) => ({
        EvalActionName: action,
        EvalResourceName: resource,
        EvalDecision: decide([...own(resource), ...given], { action, resource, context }),
        MatchedStatements: [],
        MissingContextValues: [],
      })),
    );
    const { items, next } = pageOf(results, {
      token: params.Marker,
      size: Number(params.MaxItems ?? 100),
      invalidToken: () => new AwsError('ValidationError', 'Invalid Marker.'),
    });
    return { EvaluationResults: items, IsTruncated: next !== undefined, Marker: next };
  };

  return {
    run,
    mutating: false,
    resource: ({ PolicySourceArn }) => PolicySourceArn as string | undefined,
    note: 'inline policies, StringEquals and StringLike only; managed policies allow nothing',
  };
};
