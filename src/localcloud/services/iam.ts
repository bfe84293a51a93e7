/** IAM: roles that services assume. */
import type { Roles } from '../engine/contract.ts';
import type { Engine, Parts } from '../registration.ts';
import type { Role, RoleTable } from './iam/model.ts';
import { decide, statementsOf, trustsService } from './iam/policies.ts';
import { roleOperations } from './iam/role-operations.ts';
import { simulation } from './iam/simulation.ts';
import { tableOf } from '../engine/table.ts';

/** A role with this tag cannot be passed: by the users it names, separated by spaces, or by anybody (`*`). */
const DENY_PASS_TAG = 'wonderland:deny-pass';

const READ_SECRETS = {
  'read-secrets': JSON.stringify({
    Version: '2012-10-17',
    Statement: [
      { Effect: 'Allow', Action: ['secretsmanager:GetSecretValue', 'ssm:GetParameters', 'kms:Decrypt'], Resource: '*' },
    ],
  }),
};

/** What an account that ran ECS before has. */
const DEFAULT_ROLES = [
  ['ecsTaskExecutionRole', 'ecs-tasks.amazonaws.com', 'service-role/AmazonECSTaskExecutionRolePolicy', READ_SECRETS],
  ['ecsServiceRole', 'ecs.amazonaws.com', 'service-role/AmazonEC2ContainerServiceRole', {}],
] as const;

const defaultRole = (engine: Engine, [name, service, policy, inline]: (typeof DEFAULT_ROLES)[number]): Role => ({
  id: `AROA${engine.random.code(17)}`,
  name,
  path: '/',
  arn: `arn:aws:iam::${engine.account}:role/${name}`,
  createdAt: engine.clock.now(),
  maxSessionSeconds: 3600,
  trust: JSON.stringify({
    Version: '2012-10-17',
    Statement: [{ Effect: 'Allow', Principal: { Service: service }, Action: 'sts:AssumeRole' }],
  }),
  tags: {},
  inline,
  attached: [`arn:aws:iam::aws:policy/${policy}`],
});

interface Iam extends Parts {
  roles: Roles;
}

export const createIam = (engine: Engine): Iam => {
  const table: RoleTable = new Map(DEFAULT_ROLES.map((given) => [given[0], defaultRole(engine, given)]));

  const find = (arn: string): Role | undefined => [...table.values()].find((role) => role.arn === arn);
  const roles: Roles = {
    exists: (arn) => find(arn) !== undefined,
    trusts: (arn, service) => {
      const role = find(arn);
      return role !== undefined && trustsService(role.trust, service);
    },
    allows: (arn, action, resource) => {
      const statements = Object.values(find(arn)?.inline ?? {}).flatMap(statementsOf);
      return decide(statements, { action, resource, context: {} }) === 'allowed';
    },
    mayPass: (userName, arn) => {
      const denied = find(arn)?.tags[DENY_PASS_TAG]?.split(' ') ?? [];
      return !denied.includes('*') && !denied.includes(userName);
    },
  };

  return {
    roles,
    services: [
      {
        scope: 'iam',
        model: 'iam',
        throttlingCode: 'Throttling',
        internalCode: 'ServiceFailure',
        validationCode: 'ValidationError',
        operations: { ...roleOperations(engine, table), SimulatePrincipalPolicy: simulation(table, roles) },
        persistent: {
          key: 'iam',
          save: () => [...table.values()],
          load: (data) => {
            table.clear();
            for (const role of data as Role[]) table.set(role.name, { ...role, inline: tableOf(role.inline) });
          },
          start: async () => undefined,
          stop: async () => undefined,
        },
      },
    ],
  };
};
