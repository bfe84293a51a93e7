/** Policy documents: whether they are any, and what they say of a call. */
import { AwsError } from '../../engine/contract.ts';
import { compileWildcards } from '../wildcards.ts';

type OneOrMany<T> = T | T[];

export interface Statement {
  Effect: 'Allow' | 'Deny';
  Action?: OneOrMany<string>;
  NotAction?: OneOrMany<string>;
  Resource?: OneOrMany<string>;
  NotResource?: OneOrMany<string>;
  Principal?: string | Record<string, OneOrMany<string>>;
  Condition?: Record<string, Record<string, OneOrMany<string>>>;
}

export type Context = Record<string, readonly string[]>;
type Decision = 'allowed' | 'explicitDeny' | 'implicitDeny';

const malformed = (message: string): AwsError => new AwsError('MalformedPolicyDocument', message);

export const listOf = <T>(value: OneOrMany<T> | undefined): T[] =>
  value === undefined ? [] : Array.isArray(value) ? value : [value];

/** @throws AwsError MalformedPolicyDocument */
const readStatements = (document: string): Statement[] => {
  let parsed: { Version?: string; Statement?: OneOrMany<Statement> };
  try {
    parsed = JSON.parse(document) as typeof parsed;
  } catch {
    throw malformed('This policy contains invalid Json');
  }
  const statements = listOf(parsed?.Statement);
  const isVersion = parsed?.Version === undefined || ['2012-10-17', '2008-10-17'].includes(parsed.Version);
  const isSound = statements.every((one) => ['Allow', 'Deny'].includes(one?.Effect));
  if (statements.length === 0 || !isVersion || !isSound) throw malformed('Syntax errors in policy.');
  return statements;
};

/** Of a document that was checked when it came. */
export const statementsOf = (document: string): Statement[] =>
  listOf((JSON.parse(document) as { Statement: OneOrMany<Statement> }).Statement);

/** @throws AwsError MalformedPolicyDocument */
export const checkTrust = (document: string): void => {
  for (const { Principal, Action, NotAction, Resource, NotResource } of readStatements(document)) {
    if (Resource !== undefined || NotResource !== undefined) throw malformed('Has prohibited field Resource');
    if (Principal === undefined) throw malformed('Missing required field Principal');
    if (Action === undefined && NotAction === undefined) throw malformed('Missing required field Action');
    const actions = listOf(Action);
    if (!actions.every((action) => /^(sts:.+|\*)$/i.test(action)))
      throw malformed('AssumeRole policy may only specify STS AssumeRole actions.');
  }
};

/** @throws AwsError MalformedPolicyDocument */
export const checkPermissions = (document: string): void => {
  for (const { Principal, Action, NotAction, Resource, NotResource } of readStatements(document)) {
    if (Principal !== undefined) throw malformed('Policy document should not specify a principal.');
    if (Action === undefined && NotAction === undefined) throw malformed('Policy statement must contain actions.');
    if (Resource === undefined && NotResource === undefined)
      throw malformed('Policy statement must contain resources.');
    if (!listOf(Action).every((action) => action === '*' || action.includes(':')))
      throw malformed('Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc.');
  }
};

const isLike = (pattern: string, text: string): boolean => compileWildcards(pattern).test(text);

const covers = (patterns: string[], without: string[], text: string): boolean =>
  without.length > 0 ? !without.some((one) => isLike(one, text)) : patterns.some((one) => isLike(one, text));

/** Keys of a condition are compared whatever their case; operators this cloud does not know never hold. */
const holds = (condition: Statement['Condition'], context: Context): boolean =>
  Object.entries(condition ?? {}).every(([operator, keys]) =>
    Object.entries(keys).every(([key, wanted]) => {
      const given = Object.entries(context).find(([name]) => name.toLowerCase() === key.toLowerCase())?.[1] ?? [];
      if (operator === 'StringEquals') return given.some((one) => listOf(wanted).includes(one));
      return operator === 'StringLike' && given.some((one) => listOf(wanted).some((pattern) => isLike(pattern, one)));
    }),
  );

const lower = (texts: string[]): string[] => texts.map((text) => text.toLowerCase());

const isAbout = (statement: Statement, action: string, resource: string, context: Context): boolean =>
  covers(lower(listOf(statement.Action)), lower(listOf(statement.NotAction)), action.toLowerCase()) &&
  covers(listOf(statement.Resource), listOf(statement.NotResource), resource) &&
  holds(statement.Condition, context);

/** A Deny wins over every Allow. */
export const decide = (
  statements: readonly Statement[],
  { action, resource, context }: { action: string; resource: string; context: Context },
): Decision => {
  const matching = statements.filter((statement) => isAbout(statement, action, resource, context));
  if (matching.some(({ Effect }) => Effect === 'Deny')) return 'explicitDeny';
  return matching.length > 0 ? 'allowed' : 'implicitDeny';
};

/** Whether a trust policy lets this service assume its role. */
export const trustsService = (document: string, service: string): boolean => {
  const about = statementsOf(document).filter(
    ({ Principal, Action }) =>
      typeof Principal === 'object' &&
      listOf(Principal.Service).includes(service) &&
      lower(listOf(Action)).some((action) => isLike(action, 'sts:assumerole')),
  );
  return about.some(({ Effect }) => Effect === 'Allow') && !about.some(({ Effect }) => Effect === 'Deny');
};
