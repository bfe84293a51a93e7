import assert from 'node:assert/strict';
import {
  CreateRoleCommand,
  IAMClient,
  PutRolePolicyCommand,
  TagRoleCommand,
  UpdateAssumeRolePolicyCommand,
} from '@aws-sdk/client-iam';
import { CreateSecretCommand, DeleteSecretCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { PutParameterCommand, SSMClient } from '@aws-sdk/client-ssm';
import { ApplicationFailure } from '@temporalio/common';
import { MockActivityEnvironment } from '@temporalio/testing';
import { DefaultLogger } from '@temporalio/worker';
import { createPreflightActivities } from '../../../src/activities/preflight.ts';
import type { Deps } from '../../../src/activities/deps.ts';
import { createClients } from '../../../src/cloud/clients.ts';
import { check } from '../../../src/cloud/finding.ts';
import { toWonderlandError } from '../../../src/cloud/failures.ts';
import { letsIn } from '../../../src/cloud/roles.ts';
import { parseSecretArn } from '../../../src/cloud/secrets.ts';
import type { Reference } from '../../../src/domain/references.ts';
import type { Cloud } from '../../../src/localcloud/cloud.ts';
import { createKit, sdkConfig, startTestCloud, type Kit } from '../../localcloud/cloud-kit.ts';

const ACCOUNT = '123456789012';
const EXECUTION_ROLE = `arn:aws:iam::${ACCOUNT}:role/ecsTaskExecutionRole`;
const VALUE = 'planted-secret-value';

const policy = (...Statement: object[]): string => JSON.stringify({ Version: '2012-10-17', Statement });
const trust = (Service: string | string[], more: object = {}): object => ({
  Effect: 'Allow',
  Principal: { Service },
  Action: 'sts:AssumeRole',
  ...more,
});

const secret = (arn: string, key = 'components.0.secrets.KEY'): Reference => ({ kind: 'secret', key, arn });
const role = (arn: string): Reference => ({ kind: 'role', key: 'iam.role-arn', arn });

/** What fails on purpose here is not worth a log. */
const quietActivity = () => new MockActivityEnvironment({}, { logger: new DefaultLogger('ERROR', () => {}) });

describe('what a manifest names in AWS', function () {
  this.timeout(30_000);
  let cloud: Cloud;
  let kit: Kit;
  let iam: IAMClient;
  let secrets: SecretsManagerClient;
  let ssm: SSMClient;
  let db: string;
  before(async () => {
    cloud = await startTestCloud({ dataPlane: false });
    kit = createKit(cloud.addresses.url);
    iam = new IAMClient(sdkConfig(cloud.addresses.url));
    secrets = new SecretsManagerClient(sdkConfig(cloud.addresses.url));
    ssm = new SSMClient(sdkConfig(cloud.addresses.url));
    db = await createSecret('db', VALUE);
    await ssm.send(new PutParameterCommand({ Name: '/app/key', Value: VALUE, Type: 'String' }));
    await ssm.send(new PutParameterCommand({ Name: 'plain', Value: VALUE, Type: 'SecureString' }));
  });
  after(async () => {
    for (const client of [iam, secrets, ssm]) client.destroy();
    kit.close();
    await cloud.stop();
  });

  const createSecret = async (Name: string, SecretString?: string): Promise<string> =>
    (await secrets.send(new CreateSecretCommand({ Name, SecretString }))).ARN ?? '';
  const createRole = async (RoleName: string, service = 'ecs-tasks.amazonaws.com', Path = '/'): Promise<string> => {
    const AssumeRolePolicyDocument = policy(trust(service));
    return (await iam.send(new CreateRoleCommand({ RoleName, Path, AssumeRolePolicyDocument }))).Role?.Arn ?? '';
  };

  /** The activity, as a worker with this configuration runs it. */
  const look = async (references: Reference[], executionRole: string | undefined = EXECUTION_ROLE) => {
    const config = { region: 'eu-west-1', 'execution-role-arn': executionRole };
    const clients = createClients({ region: 'eu-west-1', 'aws-endpoint-url': cloud.addresses.url });
    const { checkReferences } = createPreflightActivities({ clients, config } as unknown as Deps);
    return (await quietActivity().run(checkReferences, { references })) as string[];
  };
  const refused = async (
    references: Reference[],
    message: string | RegExp,
    executionRole?: string,
  ): Promise<string> => {
    let hint = '';
    await assert.rejects(look(references, executionRole), (error) => {
      assert.ok(error instanceof ApplicationFailure, String(error));
      assert.deepEqual([error.type, error.nonRetryable], ['precondition_failed', true]);
      if (typeof message === 'string') assert.equal(error.message, message);
      else assert.match(error.message, message);
      [{ hint }] = error.details as [{ hint: string }];
      return true;
    });
    return hint;
  };

  before(() => {
    process.env.AWS_ACCESS_KEY_ID ??= 'AKIAWONDERLANDLOCAL1';
    process.env.AWS_SECRET_ACCESS_KEY ??= 'local-secret-key';
  });

  it('is good when it is there, however ECS lets it be written', async () => {
    const references = [
      secret(db),
      secret(`${db}:password::`),
      secret(`${db}::AWSCURRENT:`),
      secret(`arn:aws:ssm:eu-west-1:${ACCOUNT}:parameter/app/key`),
      secret(`arn:aws:ssm:eu-west-1:${ACCOUNT}:parameter/plain`),
      secret(db, 'components.0.registry-credentials'),
      role(await createRole('good', 'ecs-tasks.amazonaws.com', '/apps/')),
    ];
    assert.deepEqual(await look(references), []);
  });

  it('is looked at without reading a value', async () => {
    await look([secret(db), secret(`arn:aws:ssm:eu-west-1:${ACCOUNT}:parameter/app/key`)]);
    for (const asked of ['DescribeSecret', 'DescribeParameters', 'SimulatePrincipalPolicy'])
      assert.ok((await kit.journal(asked)).length > 0, asked);
    for (const read of ['GetSecretValue', 'BatchGetSecretValue', 'GetParameter', 'GetParameters'])
      assert.equal((await kit.journal(read)).length, 0, read);
  });

  it('is refused when it is not there, all that is missing at once', async () => {
    const none = `arn:aws:secretsmanager:eu-west-1:${ACCOUNT}:secret:none-AbCdEf`;
    const parameter = `arn:aws:ssm:eu-west-1:${ACCOUNT}:parameter/none`;
    const nobody = `arn:aws:iam::${ACCOUNT}:role/nobody`;
    const hint = await refused(
      [secret(db), secret(none), secret(parameter, 'components.1.secrets.OTHER'), role(nobody)],
      [
        `components.0.secrets.KEY names ${none}, and there is no such secret`,
        `components.1.secrets.OTHER names ${parameter}, and there is no such parameter`,
        `iam.role-arn names ${nobody}, and there is no such role`,
      ].join('; '),
    );
    assert.equal(hint, 'Create it, or correct the ARN in the manifest. Create it, or correct the ARN.');
  });

  it('is refused when ECS would not get a value of it', async () => {
    const empty = await createSecret('empty');
    await refused([secret(empty)], `components.0.secrets.KEY names ${empty}, a secret without a value`);
    const staged = `${db}::AWSPENDING:`;
    await refused(
      [secret(staged)],
      `components.0.secrets.KEY names ${staged}, a secret without a version labelled AWSPENDING`,
    );
    const doomed = await createSecret('doomed', VALUE);
    await secrets.send(new DeleteSecretCommand({ SecretId: doomed }));
    await refused([secret(doomed)], `components.0.secrets.KEY names ${doomed}, a secret that is marked for deletion`);
  });

  it('is not checked in another region or account, and says so', async () => {
    const far = db.replace('eu-west-1', 'us-east-1');
    const foreign = `arn:aws:ssm:eu-west-1:210987654321:parameter/app/key`;
    const warnings = await look([secret(far), secret(foreign)]);
    assert.ok(warnings.includes(`Not checked: components.0.secrets.KEY, ${far}: it is in the region us-east-1`));
    assert.ok(
      warnings.includes(`Not checked: components.0.secrets.KEY, ${foreign}: it is of the account 210987654321`),
    );
  });

  it('is a role by its whole ARN', async () => {
    const arn = await createRole('moved', 'ecs-tasks.amazonaws.com', '/apps/');
    const wrong = arn.replace('/apps', '');
    const hint = await refused([role(wrong)], `iam.role-arn names ${wrong}, and there is no such role`);
    assert.equal(hint, `Correct the ARN: IAM has ${arn}.`);
  });

  it('is refused as a role that ECS cannot assume', async () => {
    const arn = await createRole('for-ec2', 'ec2.amazonaws.com');
    const hint = await refused([role(arn)], `iam.role-arn names ${arn}, a role that ECS cannot assume`);
    assert.match(hint, /ecs-tasks\.amazonaws\.com do sts:AssumeRole/);
    const PolicyDocument = policy(trust(['ec2.amazonaws.com', 'ecs-tasks.amazonaws.com']));
    await iam.send(new UpdateAssumeRolePolicyCommand({ RoleName: 'for-ec2', PolicyDocument }));
    assert.deepEqual(await look([role(arn)]), []);
  });

  it('is refused as a role that this process may not pass', async () => {
    const arn = await createRole('kept');
    await iam.send(new TagRoleCommand({ RoleName: 'kept', Tags: [{ Key: 'wonderland:deny-pass', Value: '*' }] }));
    const hint = await refused(
      [role(arn)],
      /^iam\.role-arn names \S+\/kept, a role that the worker \(\S+\) may not pass/,
    );
    assert.match(hint, /^Allow iam:PassRole/);
  });

  it('needs an execution role of the configuration when it has secrets', async () => {
    const none = 'components.0.secrets.KEY needs an execution role, and none is configured';
    const config = createPreflightActivities({
      clients: createClients({ region: 'eu-west-1', 'aws-endpoint-url': cloud.addresses.url }),
      config: { region: 'eu-west-1' },
    } as unknown as Deps);
    await assert.rejects(quietActivity().run(config.checkReferences, { references: [secret(db)] }), {
      message: none,
      type: 'precondition_failed',
    });
    const missing = `arn:aws:iam::${ACCOUNT}:role/missing`;
    await refused(
      [secret(db)],
      `\`execution-role-arn\` of the configuration names ${missing}, and there is no such role`,
      missing,
    );
  });

  it('is refused when the execution role may not read it', async () => {
    const arn = await createRole('reader');
    const parameter = `arn:aws:ssm:eu-west-1:${ACCOUNT}:parameter/app/key`;
    const may = (Effect: string, Action: string, Resource: string) =>
      iam.send(
        new PutRolePolicyCommand({
          RoleName: 'reader',
          PolicyName: `${Effect}-${Action.split(':')[0]}`,
          PolicyDocument: policy({ Effect, Action, Resource }),
        }),
      );
    const hint = await refused(
      [secret(`${db}:key::`), secret(parameter)],
      [
        `components.0.secrets.KEY names ${db}:key::, and the execution role ${arn} may not read it: secretsmanager:GetSecretValue is not allowed`,
        `components.0.secrets.KEY names ${parameter}, and the execution role ${arn} may not read it: ssm:GetParameters is not allowed`,
      ].join('; '),
      arn,
    );
    assert.match(hint, /^Allow secretsmanager:GetSecretValue on it in a policy of the execution role\./);
    await may('Allow', 'secretsmanager:GetSecretValue', db);
    await may('Allow', 'ssm:*', '*');
    assert.deepEqual(await look([secret(`${db}:key::`), secret(parameter)], arn), []);
    await may('Deny', 'ssm:Get*', parameter);
    await refused([secret(parameter)], /ssm:GetParameters is explicitly denied$/, arn);
  });
});

describe('a check that cannot be made', () => {
  const failing = (name: string, status = 400) =>
    check('the secret a', () => {
      const error = Object.assign(new Error('text'), { name, $metadata: { httpStatusCode: status } });
      throw toWonderlandError(error, { service: 'IAM', operation: 'GetRole' });
    });

  it('finds nothing wrong, and says so', async () => {
    assert.deepEqual(await failing('AccessDenied', 403), [
      { unchecked: 'the secret a: AWS denies this process GetRole' },
    ]);
    assert.deepEqual(await failing('UnknownOperationException', 404), [
      { unchecked: 'the secret a: GetRole is not served here' },
    ]);
  });

  it('is tried again when AWS only has no time', async () => {
    await assert.rejects(failing('ThrottlingException'), { code: 'rate_limited' });
    await assert.rejects(failing('InternalFailure', 500), { code: 'unavailable' });
  });
});

describe('a trust policy', () => {
  const cases: [string, object[], boolean][] = [
    ['of the service alone', [trust('ecs-tasks.amazonaws.com')], true],
    ['of several', [trust(['ec2.amazonaws.com', 'ecs-tasks.amazonaws.com'])], true],
    ['under a condition', [trust('ecs-tasks.amazonaws.com', { Condition: { StringEquals: { a: 'b' } } })], true],
    ['of any action', [trust('ecs-tasks.amazonaws.com', { Action: ['sts:TagSession', 'sts:*'] })], true],
    ['of everybody', [{ Effect: 'Allow', Principal: '*', Action: 'sts:AssumeRole' }], true],
    ['of another', [trust('ecs.amazonaws.com')], false],
    ['of a person', [{ Effect: 'Allow', Principal: { AWS: 'arn:x' }, Action: 'sts:AssumeRole' }], false],
    ['of another action', [trust('ecs-tasks.amazonaws.com', { Action: 'sts:TagSession' })], false],
    ['that denies', [trust('ecs-tasks.amazonaws.com'), trust('ecs-tasks.amazonaws.com', { Effect: 'Deny' })], false],
  ];
  for (const [what, statements, expected] of cases)
    it(`${what} ${expected ? 'lets ECS in' : 'does not'}`, () =>
      assert.equal(letsIn(policy(...statements), 'ecs-tasks.amazonaws.com'), expected));
});

describe('the ARN of a secret', () => {
  it('is taken apart as the ECS agent does', () => {
    const arn = `arn:aws:secretsmanager:eu-west-1:${ACCOUNT}:secret:db-AbCdEf`;
    const common = { service: 'secretsmanager', region: 'eu-west-1', account: ACCOUNT, arn } as const;
    assert.deepEqual(parseSecretArn(arn), common);
    assert.deepEqual(parseSecretArn(`${arn}:key::`), common);
    assert.deepEqual(parseSecretArn(`${arn}::AWSPREVIOUS:`), { ...common, versionStage: 'AWSPREVIOUS' });
    assert.deepEqual(parseSecretArn(`${arn}:key::0123`), { ...common, versionId: '0123' });
    const parameter = `arn:aws:ssm:eu-west-1:${ACCOUNT}:parameter/app/key`;
    assert.equal(parseSecretArn(`${parameter}:3`).arn, parameter);
  });
});
