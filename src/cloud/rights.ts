import { SimulatePrincipalPolicyCommand, type ContextEntry, type IAMClient } from '@aws-sdk/client-iam';
import { GetResourcePolicyCommand, type SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { GetCallerIdentityCommand, type STSClient } from '@aws-sdk/client-sts';
import type { Reference } from '../domain/references.ts';
import { call } from './call.ts';
import { PASS_ROLE_HINT } from './failures.ts';
import { check, type Finding } from './finding.ts';
import { ECS_TASKS, findRole } from './roles.ts';
import { parseSecretArn } from './secrets.ts';

/** What IAM says of a call; `unclear` when a condition decides that only the call itself can meet. */
type Decision = 'allowed' | 'explicitly denied' | 'not allowed' | 'unclear';

interface Question {
  /** ARN of a user or role. */
  principal: string;
  action: string;
  resources: string[];
  context?: ContextEntry[];
}

/** Decision by resource (SimulatePrincipalPolicy): by the principal's own policies, not by those of the resource. */
async function simulate(
  iam: IAMClient,
  { principal, action, resources, context }: Question,
  signal?: AbortSignal,
): Promise<(resource: string) => Decision> {
  const decisions = new Map<string, Decision>();
  let Marker: string | undefined;
  do {
    const question = { PolicySourceArn: principal, ActionNames: [action], ResourceArns: resources, Marker };
    const page = await call(iam, new SimulatePrincipalPolicyCommand({ ...question, ContextEntries: context }), signal);
    for (const result of page.EvaluationResults ?? []) {
      const { EvalResourceName = '', EvalDecision, MissingContextValues, ResourceSpecificResults = [] } = result;
      decisions.set(EvalResourceName, decisionOf(EvalDecision, MissingContextValues));
      for (const one of ResourceSpecificResults)
        decisions.set(one.EvalResourceName ?? '', decisionOf(one.EvalResourceDecision, one.MissingContextValues));
    }
    Marker = page.IsTruncated === true ? page.Marker : undefined;
  } while (Marker !== undefined);
  return (resource) => decisions.get(resource) ?? 'unclear';
}

function decisionOf(decision: string | undefined, missingContext: string[] | undefined): Decision {
  if (decision === 'allowed') return 'allowed';
  if ((missingContext ?? []).length > 0) return 'unclear';
  return decision === 'explicitDeny' ? 'explicitly denied' : 'not allowed';
}

/** Whether a role may read these secrets, as the ECS agent will with it. Decryption with keys of KMS is not looked at. */
export async function checkReads(
  { iam, secrets }: { iam: IAMClient; secrets: SecretsManagerClient },
  { role, references }: { role: string; references: Reference[] },
  signal?: AbortSignal,
): Promise<Finding[]> {
  const of = (service: string) => references.filter(({ arn }) => parseSecretArn(arn).service === service);
  const ask = async (action: string, asked: Reference[], hasPolicy: (arn: string) => Promise<boolean>) => {
    if (asked.length === 0) return [];
    return check(`whether ${role} may ${action}`, async () => {
      const resources = [...new Set(asked.map(({ arn }) => parseSecretArn(arn).arn))];
      const decide = await simulate(iam, { principal: role, action, resources }, signal);
      const findings = await Promise.all(
        asked.map(async ({ key, arn: text }): Promise<Finding[]> => {
          const { arn } = parseSecretArn(text);
          const decision = decide(arn);
          if (decision === 'allowed') return [];
          if (decision === 'unclear' || (decision === 'not allowed' && (await hasPolicy(arn))))
            return [{ unchecked: `whether ${role} may ${action} ${arn}: policies decide that only ECS can meet` }];
          const problem = `${key} names ${text}, and the execution role ${role} may not read it: ${action} is ${decision}`;
          return [{ problem, hint: `Allow ${action} on it in a policy of the execution role.` }];
        }),
      );
      return findings.flat();
    });
  };
  const hasPolicy = async (arn: string): Promise<boolean> =>
    (await call(secrets, new GetResourcePolicyCommand({ SecretId: arn }), signal)).ResourcePolicy !== undefined;
  const [fromSecrets, fromParameters] = await Promise.all([
    ask('secretsmanager:GetSecretValue', of('secretsmanager'), hasPolicy),
    ask('ssm:GetParameters', of('ssm'), async () => false),
  ]);
  return [...fromSecrets, ...fromParameters];
}

/** Whether this process may hand these roles to ECS, which asks so when a revision is registered. */
export const checkPass = (
  { iam, sts }: { iam: IAMClient; sts: STSClient },
  roles: Reference[],
  signal?: AbortSignal,
): Promise<Finding[]> =>
  check(`whether this process may pass ${roles.map(({ arn }) => arn).join(', ')} to ECS`, async () => {
    const principal = await ownPrincipal({ iam, sts }, signal);
    if (principal === undefined) return [];
    const decide = await simulate(
      iam,
      {
        principal,
        action: 'iam:PassRole',
        resources: [...new Set(roles.map(({ arn }) => arn))],
        context: [{ ContextKeyName: 'iam:PassedToService', ContextKeyType: 'string', ContextKeyValues: [ECS_TASKS] }],
      },
      signal,
    );
    return roles.flatMap(({ key, arn }): Finding[] => {
      const decision = decide(arn);
      if (decision === 'allowed') return [];
      if (decision === 'unclear')
        return [{ unchecked: `whether ${principal} may pass ${arn} to ECS: a condition decides` }];
      const problem = `${key} names ${arn}, a role that the worker (${principal}) may not pass to ECS: iam:PassRole is ${decision}`;
      return [{ problem, hint: PASS_ROLE_HINT }];
    });
  });

/** Whose policies hold for this process; undefined for an account's root, who may do everything. */
async function ownPrincipal(
  { iam, sts }: { iam: IAMClient; sts: STSClient },
  signal?: AbortSignal,
): Promise<string | undefined> {
  const { Arn = '' } = await call(sts, new GetCallerIdentityCommand({}), signal);
  if (Arn.endsWith(':root')) return undefined;
  // An assumed role shows its name, and hides its path.
  const [, name] = /:assumed-role\/([^/]+)\//.exec(Arn) ?? [];
  return name === undefined ? Arn : (await findRole(iam, name, signal))?.arn;
}
