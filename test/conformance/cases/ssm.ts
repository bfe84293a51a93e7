import type { Cases } from '../support/case.ts';

export const ssm: Cases = {
  service: 'ssm',
  steps: [
    { name: 'put', operation: 'PutParameter', params: { Name: '/team/web/a', Value: 'one', Type: 'String' } },
    {
      name: 'put again',
      operation: 'PutParameter',
      params: { Name: '/team/web/a', Value: 'two', Type: 'String' },
      fails: 'ParameterAlreadyExists',
    },
    {
      name: 'overwrite',
      operation: 'PutParameter',
      params: { Name: '/team/web/a', Value: 'two', Type: 'String', Overwrite: true },
    },
    {
      name: 'secret',
      operation: 'PutParameter',
      params: { Name: '/team/web/b', Value: 'hidden', Type: 'SecureString' },
    },
    { name: 'get', operation: 'GetParameter', params: { Name: '/team/web/a' } },
    { name: 'get version', operation: 'GetParameter', params: { Name: '/team/web/a:1' } },
    { name: 'get decrypted', operation: 'GetParameter', params: { Name: '/team/web/b', WithDecryption: true } },
    { name: 'some', operation: 'GetParameters', params: { Names: ['/team/web/a', '/nothing'] } },
    {
      name: 'below',
      operation: 'GetParametersByPath',
      params: { Path: '/team', Recursive: true, WithDecryption: true },
    },
    { name: 'none', operation: 'GetParameter', params: { Name: '/nothing' }, fails: 'ParameterNotFound' },
    { name: 'delete', operation: 'DeleteParameter', params: { Name: '/team/web/a' } },
  ],
};
