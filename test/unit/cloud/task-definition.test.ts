import assert from 'node:assert/strict';
import { contentHash, taskDefinitionOf, type RevisionWant } from '../../../src/cloud/task-definition.ts';
import type { ComponentSpec, ServiceSpec } from '../../../src/domain/service-spec.ts';

const SECRET = 'arn:aws:secretsmanager:eu-west-1:123456789012:secret:db-AbCdEf';
const ROLE = 'arn:aws:iam::123456789012:role/app';
const EXECUTION_ROLE = 'arn:aws:iam::123456789012:role/execution';

const component: ComponentSpec = {
  name: 'app',
  image: 'registry.example.com/app:v1',
  command: ['serve'],
  env: { B: '2', A: '1' },
  memoryMiB: 128,
  cpuUnits: 64,
  logTypes: [],
  stopTimeoutSeconds: 30,
};

const want = (more: Partial<ComponentSpec> = {}, spec: Partial<ServiceSpec> = {}): RevisionWant => ({
  service: 'app',
  spec: { scale: 1, components: [{ ...component, ...more }], deployment: {} as ServiceSpec['deployment'], ...spec },
  images: {},
  region: 'eu-west-1',
  executionRoleArn: EXECUTION_ROLE,
});
const hashOf = (...of: Parameters<typeof want>) => contentHash(taskDefinitionOf(want(...of)));

describe('the task definition', () => {
  it('names secrets, credentials, links and roles, and holds nothing of them', () => {
    const { containerDefinitions, taskRoleArn, executionRoleArn } = taskDefinitionOf(
      want(
        {
          secrets: { KEY: SECRET, API: `${SECRET}:api::` },
          registryCredentials: SECRET,
          links: [{ component: 'side', alias: 's' }],
        },
        { taskRoleArn: ROLE },
      ),
    );
    const [app] = containerDefinitions ?? [];
    assert.deepEqual(app?.secrets, [
      { name: 'API', valueFrom: `${SECRET}:api::` },
      { name: 'KEY', valueFrom: SECRET },
    ]);
    assert.deepEqual(app?.repositoryCredentials, { credentialsParameter: SECRET });
    assert.deepEqual(app?.links, ['side:s']);
    assert.deepEqual([taskRoleArn, executionRoleArn], [ROLE, EXECUTION_ROLE]);
  });

  it('has the execution role only when the agent fetches something with it', () => {
    const roleOf = (...of: Parameters<typeof want>) => taskDefinitionOf(want(...of)).executionRoleArn;
    assert.equal(roleOf({}, { taskRoleArn: ROLE }), undefined);
    assert.equal(roleOf({ secrets: { KEY: SECRET } }), EXECUTION_ROLE);
    assert.equal(roleOf({ registryCredentials: SECRET }), EXECUTION_ROLE);
  });
});

describe('the content hash', () => {
  // Of revisions that run: were it another, every service would be rolled out anew by the next deployment.
  it('is for ever the same for what uses none of it', () => {
    assert.equal(hashOf(), '6105e697abab99a74aa45e26d0d0d4e5b0f11706dad74e08a0db4db21d571a9e');
  });

  it('differs with each secret, with the credentials, a link and the roles', () => {
    const hashes = [
      hashOf(),
      hashOf({ secrets: { KEY: SECRET } }),
      hashOf({ secrets: { OTHER: SECRET } }),
      hashOf({ secrets: { KEY: `${SECRET}:json::` } }),
      hashOf({ registryCredentials: SECRET }),
      hashOf({ registryCredentials: `${SECRET}x` }),
      hashOf({ links: [{ component: 'side', alias: 's' }] }),
      hashOf({ links: [{ component: 'side', alias: 't' }] }),
      hashOf({}, { taskRoleArn: ROLE }),
      contentHash(taskDefinitionOf({ ...want({ secrets: { KEY: SECRET } }), executionRoleArn: ROLE })),
    ];
    assert.equal(new Set(hashes).size, hashes.length);
  });

  it('does not depend on the order of secrets', () => {
    const body = taskDefinitionOf(want({ secrets: { A: SECRET, B: `${SECRET}b` } }));
    const hash = contentHash(body);
    body.containerDefinitions?.[0]?.secrets?.reverse();
    assert.equal(contentHash(body), hash);
  });
});
