import { GetRoleCommand, type IAMClient } from '@aws-sdk/client-iam';
import { isWonderlandError } from '../domain/errors.ts';
import type { Reference } from '../domain/references.ts';
import { call } from './call.ts';
import { check, type Finding } from './finding.ts';

/** Who starts tasks: has to be let in by the trust policy of a role. */
export const ECS_TASKS = 'ecs-tasks.amazonaws.com';

/** Whether a role is there and lets ECS in (GetRole). */
export const checkRole = ({ key, arn }: Reference, iam: IAMClient, signal?: AbortSignal): Promise<Finding[]> =>
  check(`${key}, ${arn}`, async () => {
    const found = await findRole(iam, roleName(arn), signal);
    // The name alone decides in IAM; a wrong path or account shows in the ARN.
    if (found?.arn !== arn) {
      const hint = found === undefined ? 'Create it, or correct the ARN.' : `Correct the ARN: IAM has ${found.arn}.`;
      return [{ problem: `${key} names ${arn}, and there is no such role`, hint }];
    }
    if (letsIn(found.trustPolicy, ECS_TASKS)) return [];
    const problem = `${key} names ${arn}, a role that ECS cannot assume`;
    return [{ problem, hint: `Let the service ${ECS_TASKS} do sts:AssumeRole in the trust policy of the role.` }];
  });

interface FoundRole {
  arn: string;
  /** JSON. */
  trustPolicy: string;
}

/** Undefined when there is none of this name. */
export async function findRole(iam: IAMClient, name: string, signal?: AbortSignal): Promise<FoundRole | undefined> {
  try {
    const { Role } = await call(iam, new GetRoleCommand({ RoleName: name }), signal);
    return { arn: Role?.Arn ?? '', trustPolicy: decodeURIComponent(Role?.AssumeRolePolicyDocument ?? '{}') };
  } catch (error) {
    if (isWonderlandError(error) && error.code === 'not_found') return undefined;
    throw error;
  }
}

const roleName = (arn: string): string => arn.slice(arn.lastIndexOf('/') + 1);

interface TrustStatement {
  Effect?: string;
  Action?: string | string[];
  Principal?: '*' | Record<string, string | string[]>;
  Condition?: object;
}

/**
 * Whether a trust policy lets a service assume its role. Conditions are taken to hold for what allows and not to hold
 * for what denies: what ECS will send is not known here, and a good role must not be refused.
 */
export function letsIn(policy: string, service: string): boolean {
  const { Statement = [] } = JSON.parse(policy) as { Statement?: TrustStatement | TrustStatement[] };
  const about = list(Statement).filter(
    ({ Action, Principal }) =>
      list(Action).some((action) => /^(sts:(AssumeRole|\*)|\*)$/i.test(action)) &&
      (Principal === '*' || list(Principal?.Service).includes(service)),
  );
  const denied = about.some(({ Effect, Condition }) => Effect === 'Deny' && Condition === undefined);
  return !denied && about.some(({ Effect }) => Effect === 'Allow');
}

const list = <T>(value: T | T[] | undefined): T[] =>
  value === undefined ? [] : Array.isArray(value) ? value : [value];
