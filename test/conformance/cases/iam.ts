import type { Cases } from '../support/case.ts';

const trust = JSON.stringify({
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Principal: { Service: 'ecs-tasks.amazonaws.com' }, Action: 'sts:AssumeRole' }],
});
const policy = JSON.stringify({
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Action: 's3:GetObject', Resource: '*' }],
});

export const iam: Cases = {
  service: 'iam',
  steps: [
    {
      name: 'create',
      operation: 'CreateRole',
      params: { RoleName: 'conform', AssumeRolePolicyDocument: trust, Description: 'a role' },
    },
    {
      name: 'create again',
      operation: 'CreateRole',
      params: { RoleName: 'conform', AssumeRolePolicyDocument: trust },
      fails: 'EntityAlreadyExists',
    },
    {
      name: 'create badly',
      operation: 'CreateRole',
      params: { RoleName: 'bad', AssumeRolePolicyDocument: '{' },
      fails: 'MalformedPolicyDocument',
    },
    { name: 'get', operation: 'GetRole', params: { RoleName: 'conform' } },
    { name: 'get nothing', operation: 'GetRole', params: { RoleName: 'nothing' }, fails: 'NoSuchEntity' },
    {
      name: 'policy',
      operation: 'PutRolePolicy',
      params: { RoleName: 'conform', PolicyName: 'read', PolicyDocument: policy },
    },
    { name: 'policies', operation: 'ListRolePolicies', params: { RoleName: 'conform' } },
    { name: 'get policy', operation: 'GetRolePolicy', params: { RoleName: 'conform', PolicyName: 'read' } },
    { name: 'delete too early', operation: 'DeleteRole', params: { RoleName: 'conform' }, fails: 'DeleteConflict' },
    { name: 'drop policy', operation: 'DeleteRolePolicy', params: { RoleName: 'conform', PolicyName: 'read' } },
    { name: 'delete', operation: 'DeleteRole', params: { RoleName: 'conform' } },
  ],
};
