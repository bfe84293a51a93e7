/** IAM roles as ECS asks for them, in its words. */
import { callerArn } from '../../engine/arn.ts';
import { AwsError, type CallContext, type Params, type Roles } from '../../engine/contract.ts';
import { clientError } from './input.ts';

/** Role of an event or a stopped task whose trust policy does not let ECS in. */
export const unassumable = (roleArn: string): string =>
  `ECS was unable to assume the role '${roleArn}' that was provided for this task. Please verify that the role being passed has the proper trust relationship and permissions and that your IAM user has permissions to pass this role.`;

/** Refuses roles that do not exist, or that the caller may not hand to ECS: task roles, execution roles, service roles. */
export const checkRoles = (
  roles: Roles,
  { account, userName }: Pick<CallContext, 'account' | 'userName'>,
  arns: readonly unknown[],
): void => {
  for (const given of arns) {
    if (given === undefined || given === '') continue;
    const arn = String(given);
    if (!roles.exists(arn)) throw clientError('Role is not valid');
    if (roles.mayPass(userName, arn)) continue;
    throw new AwsError(
      'AccessDeniedException',
      `User: ${callerArn({ account, userName })} is not authorized to perform: iam:PassRole on resource: ${arn} because no identity-based policy allows the iam:PassRole action`,
    );
  }
};

/** Roles a task definition, or the overrides of a task, name. */
export const rolesOf = ({ taskRoleArn, executionRoleArn }: Params): unknown[] => [taskRoleArn, executionRoleArn];
