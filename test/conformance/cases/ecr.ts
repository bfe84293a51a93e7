import type { Cases } from '../support/case.ts';

export const ecr: Cases = {
  service: 'ecr',
  steps: [
    { name: 'create', operation: 'CreateRepository', params: { repositoryName: 'team/app' } },
    {
      name: 'create again',
      operation: 'CreateRepository',
      params: { repositoryName: 'team/app' },
      fails: 'RepositoryAlreadyExistsException',
    },
    { name: 'repositories', operation: 'DescribeRepositories', params: { repositoryNames: ['team/app'] } },
    {
      name: 'no repository',
      operation: 'DescribeRepositories',
      params: { repositoryNames: ['nothing'] },
      fails: 'RepositoryNotFoundException',
    },
    {
      name: 'no image',
      operation: 'DescribeImages',
      params: { repositoryName: 'team/app', imageIds: [{ imageTag: 'nothing' }] },
      fails: 'ImageNotFoundException',
    },
    { name: 'delete', operation: 'DeleteRepository', params: { repositoryName: 'team/app', force: true } },
  ],
};
