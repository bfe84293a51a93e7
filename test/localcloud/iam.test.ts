import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  AttachRolePolicyCommand,
  CreateRoleCommand,
  DeleteRoleCommand,
  DeleteRolePolicyCommand,
  DetachRolePolicyCommand,
  GetRoleCommand,
  GetRolePolicyCommand,
  IAMClient,
  ListAttachedRolePoliciesCommand,
  ListRolePoliciesCommand,
  ListRolesCommand,
  ListRoleTagsCommand,
  PutRolePolicyCommand,
  SimulatePrincipalPolicyCommand,
  TagRoleCommand,
  UntagRoleCommand,
  UpdateAssumeRolePolicyCommand,
} from '@aws-sdk/client-iam';
import type { Cloud } from '../../src/localcloud/cloud.ts';
import { createIam } from '../../src/localcloud/services/iam.ts';
import { createRandom } from '../../src/localcloud/engine/random.ts';
import type { Engine } from '../../src/localcloud/registration.ts';
import { sdkConfig, startTestCloud } from './cloud-kit.ts';

const trust = (Service: string, more: object = {}): string =>
  JSON.stringify({
    Version: '2012-10-17',
    Statement: [{ Effect: 'Allow', Principal: { Service }, Action: 'sts:AssumeRole', ...more }],
  });
const policy = (...Statement: object[]): string => JSON.stringify({ Version: '2012-10-17', Statement });

describe('localcloud IAM', () => {
  let cloud: Cloud;
  let iam: IAMClient;
  let directory: string;
  const create = (RoleName: string, more: object = {}) =>
    iam.send(new CreateRoleCommand({ RoleName, AssumeRolePolicyDocument: trust('ecs-tasks.amazonaws.com'), ...more }));

  const start = async (): Promise<void> => {
    cloud = await startTestCloud({ dataPlane: false, speed: 'stepped', stateFile: join(directory, 'cloud.json') });
    iam = new IAMClient(sdkConfig(cloud.addresses.url));
  };
  const stop = async (): Promise<void> => {
    iam.destroy();
    await cloud.stop();
  };
  before(async () => {
    directory = await mkdtemp(join(tmpdir(), 'iam-'));
    await start();
  });
  after(async () => {
    await stop();
    await rm(directory, { recursive: true });
  });

  it('has the roles of an account that runs ECS', async () => {
    const { Roles } = await iam.send(new ListRolesCommand({}));
    assert.deepEqual(
      Roles!.map(({ Arn }) => Arn),
      ['arn:aws:iam::123456789012:role/ecsServiceRole', 'arn:aws:iam::123456789012:role/ecsTaskExecutionRole'],
    );
    const first = await iam.send(new ListRolesCommand({ MaxItems: 1 }));
    const rest = await iam.send(new ListRolesCommand({ Marker: first.Marker }));
    assert.deepEqual([first.IsTruncated, rest.Roles![0]!.RoleName], [true, 'ecsTaskExecutionRole']);
    await assert.rejects(iam.send(new ListRolesCommand({ Marker: 'x' })), { name: 'ValidationError' });
  });

  it('makes a role once, and describes it', async () => {
    await create('web-task', { Path: '/apps/', Tags: [{ Key: 'team', Value: 'blue' }], Description: 'of the web' });
    const { Role } = await iam.send(new GetRoleCommand({ RoleName: 'web-task' }));
    assert.equal(Role!.Arn, 'arn:aws:iam::123456789012:role/apps/web-task');
    assert.match(Role!.RoleId!, /^AROA[A-Z0-9]{17}$/);
    assert.equal(decodeURIComponent(Role!.AssumeRolePolicyDocument!), trust('ecs-tasks.amazonaws.com'));
    assert.deepEqual([Role!.Tags, Role!.MaxSessionDuration], [[{ Key: 'team', Value: 'blue' }], 3600]);
    await assert.rejects(create('web-task'), {
      name: 'EntityAlreadyExistsException',
      message: 'Role with name web-task already exists.',
    });
    await assert.rejects(iam.send(new GetRoleCommand({ RoleName: 'none' })), {
      name: 'NoSuchEntityException',
      message: 'The role with name none cannot be found.',
    });
  });

  it('refuses policies that are none', async () => {
    const wrong = (AssumeRolePolicyDocument: string) => create('wrong', { AssumeRolePolicyDocument });
    const malformed = (message: string) => ({ name: 'MalformedPolicyDocumentException', message });
    await assert.rejects(wrong('{'), malformed('This policy contains invalid Json'));
    await assert.rejects(wrong('{}'), malformed('Syntax errors in policy.'));
    await assert.rejects(wrong(trust('x', { Resource: '*' })), malformed('Has prohibited field Resource'));
    const put = (PolicyDocument: string) =>
      iam.send(new PutRolePolicyCommand({ RoleName: 'ecsServiceRole', PolicyName: 'p', PolicyDocument }));
    await assert.rejects(put(trust('x')), malformed('Policy document should not specify a principal.'));
    await assert.rejects(
      put(policy({ Effect: 'Allow', Action: 's3:*' })),
      malformed('Policy statement must contain resources.'),
    );
  });

  it('deletes a role only without its policies', async () => {
    const RoleName = 'doomed';
    const PolicyArn = 'arn:aws:iam::aws:policy/ReadOnlyAccess';
    const PolicyDocument = policy({ Effect: 'Allow', Action: 's3:GetObject', Resource: '*' });
    await create(RoleName);
    await iam.send(new AttachRolePolicyCommand({ RoleName, PolicyArn }));
    await iam.send(new AttachRolePolicyCommand({ RoleName, PolicyArn }));
    await iam.send(new PutRolePolicyCommand({ RoleName, PolicyName: 'inline', PolicyDocument }));
    const { AttachedPolicies } = await iam.send(new ListAttachedRolePoliciesCommand({ RoleName }));
    assert.deepEqual(AttachedPolicies, [{ PolicyName: 'ReadOnlyAccess', PolicyArn }]);
    assert.deepEqual((await iam.send(new ListRolePoliciesCommand({ RoleName }))).PolicyNames, ['inline']);
    const found = await iam.send(new GetRolePolicyCommand({ RoleName, PolicyName: 'inline' }));
    assert.equal(decodeURIComponent(found.PolicyDocument!), PolicyDocument);
    const remove = () => iam.send(new DeleteRoleCommand({ RoleName }));
    await assert.rejects(remove(), { message: 'Cannot delete entity, must detach all policies first.' });
    await iam.send(new DetachRolePolicyCommand({ RoleName, PolicyArn }));
    await assert.rejects(iam.send(new DetachRolePolicyCommand({ RoleName, PolicyArn })), {
      name: 'NoSuchEntityException',
    });
    await assert.rejects(remove(), { name: 'DeleteConflictException' });
    await iam.send(new DeleteRolePolicyCommand({ RoleName, PolicyName: 'inline' }));
    await remove();
    await assert.rejects(remove(), { name: 'NoSuchEntityException' });
    await assert.rejects(
      iam.send(
        new AttachRolePolicyCommand({
          RoleName: 'ecsServiceRole',
          PolicyArn: `${PolicyArn.replace('::aws', '::123456789012')}`,
        }),
      ),
      {
        name: 'NoSuchEntityException',
      },
    );
  });

  it('tags', async () => {
    const RoleName = 'tagged';
    await create(RoleName);
    await iam.send(
      new TagRoleCommand({
        RoleName,
        Tags: [
          { Key: 'a', Value: '1' },
          { Key: 'b', Value: '2' },
        ],
      }),
    );
    await iam.send(new UntagRoleCommand({ RoleName, TagKeys: ['a'] }));
    assert.deepEqual((await iam.send(new ListRoleTagsCommand({ RoleName }))).Tags, [{ Key: 'b', Value: '2' }]);
  });

  it('simulates what a role and a user may do', async () => {
    const RoleName = 'simulated';
    const { Role } = await create(RoleName);
    const PolicyDocument = policy(
      { Effect: 'Allow', Action: 's3:Get*', Resource: 'arn:aws:s3:::bucket/*' },
      { Effect: 'Deny', Action: 's3:*', Resource: 'arn:aws:s3:::bucket/private/*' },
    );
    await iam.send(new PutRolePolicyCommand({ RoleName, PolicyName: 'p', PolicyDocument }));
    const decide = async (PolicySourceArn: string, action: string, resource: string) => {
      const { EvaluationResults } = await iam.send(
        new SimulatePrincipalPolicyCommand({ PolicySourceArn, ActionNames: [action], ResourceArns: [resource] }),
      );
      return EvaluationResults![0]!.EvalDecision;
    };
    const arn = Role!.Arn!;
    assert.equal(await decide(arn, 's3:getobject', 'arn:aws:s3:::bucket/a'), 'allowed');
    assert.equal(await decide(arn, 's3:GetObject', 'arn:aws:s3:::bucket/private/a'), 'explicitDeny');
    assert.equal(await decide(arn, 's3:PutObject', 'arn:aws:s3:::bucket/a'), 'implicitDeny');
    const user = 'arn:aws:iam::123456789012:user/wonderland';
    assert.equal(await decide(user, 'iam:PassRole', arn), 'allowed');
    await iam.send(new TagRoleCommand({ RoleName, Tags: [{ Key: 'wonderland:deny-pass', Value: 'wonderland' }] }));
    assert.equal(await decide(user, 'iam:PassRole', arn), 'explicitDeny');
    assert.equal(await decide(`${user}er`, 'iam:PassRole', arn), 'allowed');
  });

  it('outlives the process, what was deleted too', async () => {
    const RoleName = 'ecsServiceRole';
    const PolicyArn = 'arn:aws:iam::aws:policy/service-role/AmazonEC2ContainerServiceRole';
    await iam.send(new DetachRolePolicyCommand({ RoleName, PolicyArn }));
    await iam.send(new DeleteRoleCommand({ RoleName }));
    await create('kept');
    await stop();
    await start();
    await iam.send(new GetRoleCommand({ RoleName: 'kept' }));
    await assert.rejects(iam.send(new GetRoleCommand({ RoleName })), { name: 'NoSuchEntityException' });
  });

  it('tells ECS which roles there are, and whom they trust', async () => {
    const engine = { account: '123456789012', random: createRandom(1), clock: { now: () => 0 } };
    const { roles, services } = createIam(engine as unknown as Engine);
    const arn = 'arn:aws:iam::123456789012:role/ecsTaskExecutionRole';
    const { operations } = services[0]!;
    const call = (name: string, params: object) =>
      operations[name]!.run({ RoleName: 'ecsTaskExecutionRole', ...params }, {} as never);
    assert.deepEqual([roles.exists(arn), roles.exists(`${arn}s`)], [true, false]);
    assert.deepEqual(
      [roles.trusts(arn, 'ecs-tasks.amazonaws.com'), roles.trusts(arn, 'ec2.amazonaws.com')],
      [true, false],
    );
    assert.equal(roles.allows(arn, 'ssm:GetParameters', 'arn:aws:ssm:eu-west-1:123456789012:parameter/a'), true);
    assert.equal(roles.allows(arn, 'ssm:PutParameter', '*'), false);
    await call('UpdateAssumeRolePolicy', { PolicyDocument: trust('ec2.amazonaws.com') });
    assert.equal(roles.trusts(arn, 'ecs-tasks.amazonaws.com'), false);
    assert.equal(roles.mayPass('alice', arn), true);
    await call('TagRole', { Tags: [{ Key: 'wonderland:deny-pass', Value: 'bob alice' }] });
    assert.deepEqual([roles.mayPass('alice', arn), roles.mayPass('carol', arn)], [false, true]);
    await call('TagRole', { Tags: [{ Key: 'wonderland:deny-pass', Value: '*' }] });
    assert.equal(roles.mayPass('carol', arn), false);
  });

  it('changes whom a role trusts', async () => {
    const RoleName = 'kept';
    const PolicyDocument = trust('ec2.amazonaws.com');
    await iam.send(new UpdateAssumeRolePolicyCommand({ RoleName, PolicyDocument }));
    const { Role } = await iam.send(new GetRoleCommand({ RoleName }));
    assert.equal(decodeURIComponent(Role!.AssumeRolePolicyDocument!), PolicyDocument);
  });
});
