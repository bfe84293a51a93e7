import assert from 'node:assert/strict';
import { CloudWatchLogsClient, CreateLogGroupCommand, FilterLogEventsCommand } from '@aws-sdk/client-cloudwatch-logs';
import {
  CreateServiceCommand,
  DescribeTaskDefinitionCommand,
  DescribeTasksCommand,
  RegisterTaskDefinitionCommand,
  RunTaskCommand,
  type ContainerDefinition,
  type Task,
} from '@aws-sdk/client-ecs';
import {
  CreateRoleCommand,
  DeleteRoleCommand,
  IAMClient,
  PutRolePolicyCommand,
  TagRoleCommand,
} from '@aws-sdk/client-iam';
import { CreateSecretCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { PutParameterCommand, SSMClient } from '@aws-sdk/client-ssm';
import { sdkConfig } from './cloud-kit.ts';
import { startSteppedCloud, type SteppedCloud } from './support/stepped.ts';

const cluster = 'crims';
const EXECUTION_ROLE = 'arn:aws:iam::123456789012:role/ecsTaskExecutionRole';
const PLANTED = 'planted-secret-value';

const trustOf = (service: string): string =>
  JSON.stringify({
    Version: '2012-10-17',
    Statement: [{ Effect: 'Allow', Principal: { Service: service }, Action: 'sts:AssumeRole' }],
  });

const TRUST = trustOf('ecs-tasks.amazonaws.com');

describe('what tasks are given by reference', () => {
  let cloud: SteppedCloud;
  let iam: IAMClient;
  let secrets: SecretsManagerClient;
  let parameters: SSMClient;
  before(async () => {
    cloud = await startSteppedCloud();
    iam = new IAMClient(sdkConfig(cloud.url));
    secrets = new SecretsManagerClient(sdkConfig(cloud.url));
    parameters = new SSMClient(sdkConfig(cloud.url));
  });
  after(async () => {
    for (const client of [iam, secrets, parameters]) client.destroy();
    await cloud.stop();
  });

  const register = (family: string, container: Partial<ContainerDefinition>, roles: object = {}) => {
    const web = { name: 'web', image: 'registry.example.com/web:v1', memory: 64, ...container };
    const definition = { family, containerDefinitions: [web], executionRoleArn: EXECUTION_ROLE, ...roles };
    return cloud.ecs.send(new RegisterTaskDefinitionCommand(definition));
  };
  const run = async (taskDefinition: string): Promise<Task> => {
    const { tasks = [] } = await cloud.ecs.send(new RunTaskCommand({ cluster, taskDefinition }));
    await cloud.pass(2);
    const answer = await cloud.ecs.send(new DescribeTasksCommand({ cluster, tasks: [tasks[0]?.taskArn ?? ''] }));
    assert.ok(answer.tasks?.[0] !== undefined);
    return answer.tasks[0];
  };
  const createSecret = async (Name: string, SecretString: string): Promise<string> =>
    (await secrets.send(new CreateSecretCommand({ Name, SecretString }))).ARN ?? '';

  it('are secrets, whose values are nowhere to be seen', async () => {
    const arn = await createSecret('api-key', PLANTED);
    await parameters.send(new PutParameterCommand({ Name: '/app/key', Value: PLANTED, Type: 'SecureString' }));
    const logs = new CloudWatchLogsClient(sdkConfig(cloud.url));
    await logs.send(new CreateLogGroupCommand({ logGroupName: 'web' }));
    await register('given', {
      secrets: [
        { name: 'KEY', valueFrom: arn },
        { name: 'OTHER', valueFrom: '/app/key' },
      ],
      logConfiguration: { logDriver: 'awslogs', options: { 'awslogs-group': 'web', 'awslogs-region': 'eu-west-1' } },
    });
    const task = await run('given');
    assert.equal(task.lastStatus, 'RUNNING');
    const seen = [
      task,
      await cloud.ecs.send(new DescribeTaskDefinitionCommand({ taskDefinition: 'given' })),
      await logs.send(new FilterLogEventsCommand({ logGroupName: 'web' })),
      await cloud.admin('GET', 'journal'),
      await cloud.admin('GET', 'tasks'),
    ];
    assert.ok(!JSON.stringify(seen).includes(PLANTED));
    logs.destroy();
  });

  it('must be there before the pull', async () => {
    const missing = 'arn:aws:secretsmanager:eu-west-1:123456789012:secret:missing-AbCdEf';
    const failures: [string, string, RegExp][] = [
      ['no-secret', missing, /unable to retrieve secret from asm: .*ResourceNotFoundException/],
      ['no-parameter', '/no/such', /unable to retrieve secrets from ssm: /],
    ];
    for (const [family, valueFrom, text] of failures) {
      await register(family, { secrets: [{ name: 'KEY', valueFrom }] });
      const { lastStatus, stopCode, stoppedReason = '', pullStartedAt } = await run(family);
      assert.deepEqual([lastStatus, stopCode, pullStartedAt], ['STOPPED', 'TaskFailedToStart', undefined]);
      assert.match(stoppedReason, /^ResourceInitializationError: unable to pull secrets or registry auth: /);
      assert.match(stoppedReason, text);
    }
  });

  it('are read with the execution role, and with its rights only', async () => {
    const arn = await createSecret('out-of-reach', PLANTED);
    await iam.send(new CreateRoleCommand({ RoleName: 'reader', AssumeRolePolicyDocument: TRUST }));
    const executionRoleArn = 'arn:aws:iam::123456789012:role/reader';
    await register('reader', { secrets: [{ name: 'KEY', valueFrom: arn }] }, { executionRoleArn });
    const { stoppedReason = '' } = await run('reader');
    assert.match(stoppedReason, /assumed-role\/reader\/[0-9a-f]{32} is not authorized to perform: secretsmanager:Get/);
    const Statement = [
      { Effect: 'Allow', Action: 'secretsmanager:GetSecretValue', Resource: `${arn.slice(0, -6)}??????` },
    ];
    const PolicyDocument = JSON.stringify({ Version: '2012-10-17', Statement });
    await iam.send(new PutRolePolicyCommand({ RoleName: 'reader', PolicyName: 'read', PolicyDocument }));
    assert.equal((await run('reader')).lastStatus, 'RUNNING');
  });

  it('take an execution role', async () => {
    const none = { executionRoleArn: undefined };
    const repositoryCredentials = { credentialsParameter: await createSecret('no-role', PLANTED) };
    await assert.rejects(register('no-role', { secrets: [{ name: 'KEY', valueFrom: '/x' }] }, none), {
      message: /you must also specify a value for 'executionRoleArn'/,
    });
    await assert.rejects(register('no-role', { repositoryCredentials }, none), {
      message:
        'Private repository authentication requires that the task definition specify a value for executionRoleArn.',
    });
  });

  it('are credentials of a registry that gives nothing away without them', async () => {
    const image = 'registry.example.com/web:v1-private';
    const good = await createSecret('registry', JSON.stringify({ username: 'u', password: PLANTED }));
    await register('pulled', { image, repositoryCredentials: { credentialsParameter: good } });
    assert.equal((await run('pulled')).lastStatus, 'RUNNING');
    const bad = await createSecret('no-registry', PLANTED);
    await register('not-pulled', { image, repositoryCredentials: { credentialsParameter: bad } });
    const { stoppedReason = '' } = await run('not-pulled');
    assert.match(stoppedReason, /^ResourceInitializationError: /);
    assert.ok(!stoppedReason.includes(PLANTED));
  });

  it('are roles that exist, let ECS in, and may be passed', async () => {
    const create = async (RoleName: string, service: string): Promise<string> => {
      const AssumeRolePolicyDocument = trustOf(service);
      return (await iam.send(new CreateRoleCommand({ RoleName, AssumeRolePolicyDocument }))).Role?.Arn ?? '';
    };
    await assert.rejects(register('roles', {}, { taskRoleArn: 'arn:aws:iam::123456789012:role/nobody' }), {
      name: 'ClientException',
      message: 'Role is not valid',
    });

    const forEc2 = await create('for-ec2', 'ec2.amazonaws.com');
    await register('roles', {}, { taskRoleArn: forEc2 });
    await assert.rejects(run('roles'), {
      name: 'ClientException',
      message: `ECS was unable to assume the role '${forEc2}' that was provided for this task. Please verify that the role being passed has the proper trust relationship and permissions and that your IAM user has permissions to pass this role.`,
    });

    const kept = await create('kept', 'ecs-tasks.amazonaws.com');
    await register('roles', {}, { taskRoleArn: kept });
    assert.equal((await run('roles')).lastStatus, 'RUNNING');
    await iam.send(
      new TagRoleCommand({ RoleName: 'kept', Tags: [{ Key: 'wonderland:deny-pass', Value: 'wonderland' }] }),
    );
    const denied = {
      name: 'AccessDeniedException',
      message: `User: arn:aws:iam::123456789012:user/wonderland is not authorized to perform: iam:PassRole on resource: ${kept} because no identity-based policy allows the iam:PassRole action`,
    };
    await assert.rejects(run('roles'), denied);
    await assert.rejects(register('roles', {}, { taskRoleArn: kept }), denied);
    await assert.rejects(
      cloud.ecs.send(new CreateServiceCommand({ cluster, serviceName: 'roles', taskDefinition: 'roles' })),
      denied,
    );

    const fleeting = await create('fleeting', 'ecs-tasks.amazonaws.com');
    await register('fleeting', {}, { taskRoleArn: fleeting });
    await cloud.create('fleeting', 'fleeting', { desiredCount: 1 });
    await iam.send(new DeleteRoleCommand({ RoleName: 'fleeting' }));
    await cloud.passUntil(async () => (await cloud.tasks('fleeting', 'STOPPED')).length > 0, 'a task without its role');
    const [task] = await cloud.tasks('fleeting', 'STOPPED');
    assert.equal(task?.stopCode, 'TaskFailedToStart');
    assert.match(task.stoppedReason ?? '', /^ECS was unable to assume the role /);
  });
});
