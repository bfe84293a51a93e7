import type { Cases } from '../support/case.ts';

const token = (number: number): string => `00000000-0000-4000-8000-00000000000${number}`;

export const secretsmanager: Cases = {
  service: 'secretsmanager',
  steps: [
    {
      name: 'create',
      operation: 'CreateSecret',
      params: { Name: 'team/web', SecretString: 'one', ClientRequestToken: token(1) },
    },
    {
      name: 'create again',
      operation: 'CreateSecret',
      params: { Name: 'team/web', SecretString: 'two', ClientRequestToken: token(2) },
      fails: 'ResourceExistsException',
    },
    { name: 'value', operation: 'GetSecretValue', params: { SecretId: 'team/web' } },
    {
      name: 'put',
      operation: 'PutSecretValue',
      params: { SecretId: 'team/web', SecretString: 'two', ClientRequestToken: token(3) },
    },
    { name: 'previous', operation: 'GetSecretValue', params: { SecretId: 'team/web', VersionStage: 'AWSPREVIOUS' } },
    { name: 'describe', operation: 'DescribeSecret', params: { SecretId: 'team/web' } },
    { name: 'list', operation: 'ListSecrets' },
    {
      name: 'no value',
      operation: 'GetSecretValue',
      params: { SecretId: 'nothing' },
      fails: 'ResourceNotFoundException',
    },
    { name: 'delete', operation: 'DeleteSecret', params: { SecretId: 'team/web', RecoveryWindowInDays: 7 } },
    {
      name: 'deleted',
      operation: 'GetSecretValue',
      params: { SecretId: 'team/web' },
      fails: 'InvalidRequestException',
    },
  ],
};
