import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { DescribeTaskDefinitionCommand, ListTaskDefinitionsCommand } from '@aws-sdk/client-ecs';
import { CreateRoleCommand, IAMClient, TagRoleCommand } from '@aws-sdk/client-iam';
import { CreateSecretCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { PutParameterCommand, SSMClient } from '@aws-sdk/client-ssm';
import { parse, stringify } from 'yaml';
import type { Result } from '../setup/process.ts';
import { sharedStack, type Stack } from '../setup/stack.ts';
import { streamOf, view } from './support/api.ts';
import { awsOf, balancersOf, ecsServiceOf, mutationsOf, recordsOf } from './support/aws.ts';
import { assertExit } from './support/exit.ts';
import { leaksIn } from './support/look-into.ts';
import { domainOf, manifestOf, writeManifest, type ManifestWant } from './support/manifest.ts';
import { meanwhile } from './support/side-by-side.ts';
import { withTemporal } from './support/temporal.ts';

const ACCOUNT = '123456789012';
const EXECUTION_ROLE = `arn:aws:iam::${ACCOUNT}:role/ecsTaskExecutionRole`;
const NO_SECRET = `arn:aws:secretsmanager:eu-west-1:${ACCOUNT}:secret:gone-AbCdEf`;
const NO_ROLE = `arn:aws:iam::${ACCOUNT}:role/gone`;

const plant = (name: string): string => `${name}-${randomBytes(12).toString('hex')}`;

/** What is added to a usual manifest: to its first component, and at the top. */
interface More extends ManifestWant {
  component?: object;
  sidecar?: object;
  role?: string;
}

function manifest({ component, sidecar, role, ...want }: More): string {
  const usual = parse(manifestOf(want)) as { components: object[] };
  const components = [{ ...usual.components[0], ...component }, ...(sidecar === undefined ? [] : [sidecar])];
  return stringify({ ...usual, components, ...(role !== undefined && { iam: { 'role-arn': role } }) });
}

describe('References to secrets and roles', () => {
  const planted = { secret: plant('secret'), parameter: plant('parameter'), password: plant('password') };
  let stack: Stack;
  let secretArn: string;
  let registryArn: string;
  let roleArn: string;

  const deploy = (want: More) => stack.wl(['deploy', want.service, '-f', writeManifest(stack, manifest(want))]);

  const isUntouched = async (service: string): Promise<void> => {
    assert.deepEqual(await mutationsOf(stack, service), []);
    assert.deepEqual(await balancersOf(stack, service), []);
    assert.deepEqual(await recordsOf(stack, domainOf(service)), []);
  };

  const prepared = meanwhile('a deployment by reference', async () => {
    stack = await sharedStack();
    const options = {
      endpoint: stack.client.awsEndpointUrl,
      region: 'eu-west-1',
      credentials: { accessKeyId: 'AKIAWONDERLANDOTHER1', secretAccessKey: 'other-secret-key' },
    };
    const secrets = new SecretsManagerClient(options);
    const create = async (Name: string, content: object) =>
      (await secrets.send(new CreateSecretCommand({ Name, SecretString: JSON.stringify(content) }))).ARN ?? '';
    secretArn = await create('referred', { password: planted.secret });
    registryArn = await create('referred-registry', { username: 'u', password: planted.password });
    const parameter = { Name: '/referred/key', Value: planted.parameter, Type: 'SecureString' } as const;
    await new SSMClient(options).send(new PutParameterCommand(parameter));
    const iam = new IAMClient(options);
    const createRole = async (RoleName: string, Service: string) => {
      const Statement = [{ Effect: 'Allow', Principal: { Service }, Action: 'sts:AssumeRole' }];
      const AssumeRolePolicyDocument = JSON.stringify({ Version: '2012-10-17', Statement });
      return (await iam.send(new CreateRoleCommand({ RoleName, AssumeRolePolicyDocument }))).Role?.Arn ?? '';
    };
    roleArn = await createRole('referred', 'ecs-tasks.amazonaws.com');
    const forEc2 = await createRole('referred-ec2', 'ec2.amazonaws.com');
    const kept = await createRole('referred-kept', 'ecs-tasks.amazonaws.com');
    const Tags = [{ Key: 'wonderland:deny-pass', Value: '*' }];
    await iam.send(new TagRoleCommand({ RoleName: 'referred-kept', Tags }));

    const good: More = {
      service: 'referrer',
      tag: 'v1-private',
      component: {
        secrets: {
          DB_PASSWORD: `${secretArn}:password::`,
          LICENCE: `arn:aws:ssm:eu-west-1:${ACCOUNT}:parameter/referred/key`,
        },
        'registry-credentials': registryArn,
        links: [{ component: 'side', alias: 'metrics' }],
      },
      sidecar: { name: 'side', image: 'registry.example.com/worker:v1' },
      role: roleArn,
    };
    const first = await deploy(good);
    const [again, noSecret, noRole, notAssumed, notPassed, noCredentials] = await Promise.all([
      deploy(good),
      deploy({ service: 'no-secret', component: { secrets: { KEY: NO_SECRET } } }),
      deploy({ service: 'no-role', role: NO_ROLE }),
      deploy({ service: 'not-assumed', role: forEc2 }),
      deploy({ service: 'not-passed', role: kept }),
      deploy({ service: 'no-credentials', tag: 'v1-private' }),
    ]);
    return { first, again, noSecret, noRole, notAssumed, notPassed, noCredentials };
  });
  before(() => void prepared());

  it('reach ECS as references', async () => {
    const { first } = prepared();
    assertExit(first, 0);
    const { ecs } = awsOf(stack);
    const { taskDefinition } = await ecs.send(
      new DescribeTaskDefinitionCommand({ taskDefinition: 'service-referrer' }),
    );
    const [web, side] = taskDefinition?.containerDefinitions ?? [];
    assert.deepEqual(web?.secrets, [
      { name: 'DB_PASSWORD', valueFrom: `${secretArn}:password::` },
      { name: 'LICENCE', valueFrom: `arn:aws:ssm:eu-west-1:${ACCOUNT}:parameter/referred/key` },
    ]);
    assert.deepEqual(web?.repositoryCredentials, { credentialsParameter: registryArn });
    assert.deepEqual([web?.links, side?.links ?? []], [['side:metrics'], []]);
    assert.deepEqual([taskDefinition?.taskRoleArn, taskDefinition?.executionRoleArn], [roleArn, EXECUTION_ROLE]);
    const service = await ecsServiceOf(stack, 'referrer');
    assert.equal(service?.runningCount, 1);
  });

  it('are known again: the same manifest changes nothing', async () => {
    assertExit(prepared().again, 0);
    const { taskDefinitionArns } = await awsOf(stack).ecs.send(
      new ListTaskDefinitionsCommand({ familyPrefix: 'service-referrer' }),
    );
    assert.equal(taskDefinitionArns?.length, 1);
  });

  it('leave the values where they are: in no output, answer, history or file, and Wonderland asked for none', async () => {
    const outputs = prepared();
    const ids = [...new Set(JSON.stringify(outputs).match(/(?<=referrer\/)\d{10}/g))];
    assert.equal(ids.length, 2);
    const heard: unknown[] = [outputs];
    for (const id of ids) heard.push(await streamOf(stack, 'referrer', id), await view(stack, 'referrer', id));
    assert.deepEqual(leaksIn(heard, planted), []);
    await withTemporal(stack, async (temporal) => {
      let histories = 0;
      for await (const run of temporal.workflow.list({ query: "WlService = 'referrer'" })) {
        const handle = temporal.workflow.getHandle(run.workflowId, run.runId);
        const seen = [run.raw, (await handle.describe()).raw, await handle.fetchHistory()];
        assert.deepEqual(leaksIn(seen, planted), [], run.workflowId);
        histories += 1;
      }
      assert.ok(histories >= 2, `found ${histories} runs`);
    });
    for (const entry of readdirSync(stack.stateDir, { recursive: true, withFileTypes: true })) {
      // Where AWS itself keeps the secrets.
      if (!entry.isFile() || entry.name.startsWith('cloud.json')) continue;
      const text = readFileSync(join(entry.parentPath, entry.name), 'latin1');
      assert.deepEqual(leaksIn(text, planted), [], entry.name);
    }
    for (const operation of ['GetSecretValue', 'BatchGetSecretValue', 'GetParameter', 'GetParameters'])
      assert.deepEqual(await stack.journal({ operation, resource: 'referred' }), [], operation);
  });

  const refusals: [string, () => Result, RegExp][] = [
    [
      'no-secret',
      () => prepared().noSecret,
      /components\.0\.secrets\.KEY names \S+:secret:gone-AbCdEf, and there is no/,
    ],
    ['no-role', () => prepared().noRole, /iam\.role-arn names \S+:role\/gone, and there is no such role/],
    ['not-assumed', () => prepared().notAssumed, /iam\.role-arn names \S+, a role that ECS cannot assume/],
    ['not-passed', () => prepared().notPassed, /iam\.role-arn names \S+, a role that the worker \(\S+\) may not pass/],
  ];
  for (const [service, outcome, text] of refusals) {
    it(`are refused before anything is touched: ${service}`, async () => {
      assertExit(outcome(), 6);
      assert.match(outcome().stderr, text);
      await isUntouched(service);
    });
  }

  it('are missed by name: an image that takes credentials, and none given', async () => {
    const { noCredentials } = prepared();
    assertExit(noCredentials, 7);
    assert.match(noCredentials.stderr, /^Warning: .*v1-private was not checked: .* no `registry-credentials`/m);
    assert.match(noCredentials.stderr, /CannotPullContainerError: .*no basic auth credentials/);
    assert.match(noCredentials.stderr, /as `registry-credentials` in the manifest/);
    assert.equal(await ecsServiceOf(stack, 'no-credentials'), undefined);
    assert.deepEqual(await balancersOf(stack, 'no-credentials'), []);
  });
});
