import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  BatchGetSecretValueCommand,
  CreateSecretCommand,
  DeleteSecretCommand,
  DescribeSecretCommand,
  GetSecretValueCommand,
  ListSecretsCommand,
  ListSecretVersionIdsCommand,
  PutSecretValueCommand,
  RestoreSecretCommand,
  SecretsManagerClient,
  TagResourceCommand,
  UntagResourceCommand,
  UpdateSecretCommand,
  UpdateSecretVersionStageCommand,
} from '@aws-sdk/client-secrets-manager';
import type { Cloud } from '../../src/localcloud/cloud.ts';
import { sdkConfig, startTestCloud } from './cloud-kit.ts';

const DAY = 86_400_000;

describe('localcloud Secrets Manager', () => {
  let cloud: Cloud;
  let secrets: SecretsManagerClient;
  let directory: string;
  const token = (digit: string): string => digit.repeat(32);
  const value = async (SecretId: string, more: object = {}) =>
    (await secrets.send(new GetSecretValueCommand({ SecretId, ...more }))).SecretString;
  const create = (Name: string, SecretString = 'open sesame', more: object = {}) =>
    secrets.send(new CreateSecretCommand({ Name, SecretString, ...more }));
  const missing = {
    name: 'ResourceNotFoundException',
    message: "Secrets Manager can't find the specified secret.",
  };

  const start = async (): Promise<void> => {
    cloud = await startTestCloud({ dataPlane: false, speed: 'stepped', stateFile: join(directory, 'cloud.json') });
    secrets = new SecretsManagerClient(sdkConfig(cloud.addresses.url));
  };
  const stop = async (): Promise<void> => {
    secrets.destroy();
    await cloud.stop();
  };
  before(async () => {
    directory = await mkdtemp(join(tmpdir(), 'secrets-'));
    await start();
  });
  after(async () => {
    await stop();
    await rm(directory, { recursive: true });
  });

  it('finds a secret by its name, its ARN, and its ARN without the six characters', async () => {
    const { ARN } = await create('team/db');
    assert.match(ARN!, /^arn:aws:secretsmanager:eu-west-1:123456789012:secret:team\/db-[A-Za-z0-9]{6}$/);
    for (const id of ['team/db', ARN!, ARN!.slice(0, -7)]) assert.equal(await value(id), 'open sesame');
    await assert.rejects(value('team/d'), missing);
    await assert.rejects(value('team/db-AAAAAA'), missing);
  });

  it('keeps bytes as bytes', async () => {
    const SecretBinary = Buffer.from([0, 255, 1]);
    await secrets.send(new CreateSecretCommand({ Name: 'bytes', SecretBinary }));
    const found = await secrets.send(new GetSecretValueCommand({ SecretId: 'bytes' }));
    assert.deepEqual([Buffer.from(found.SecretBinary!), found.SecretString], [SecretBinary, undefined]);
    await assert.rejects(create('both', 'text', { SecretBinary }), { name: 'InvalidParameterException' });
  });

  it('makes a secret once', async () => {
    const first = await create('once', 'a', { ClientRequestToken: token('1') });
    const again = await create('once', 'a', { ClientRequestToken: token('1') });
    assert.deepEqual([again.ARN, again.VersionId], [first.ARN, token('1')]);
    await assert.rejects(create('once', 'b', { ClientRequestToken: token('1') }), { name: 'ResourceExistsException' });
    await assert.rejects(create('once', 'a'), {
      name: 'ResourceExistsException',
      message: 'The operation failed because the secret once already exists.',
    });
    await assert.rejects(create('not valid!?'), { name: 'InvalidParameterException' });
  });

  it('moves labels as values follow one another', async () => {
    const SecretId = 'rotated';
    await create(SecretId, 'one', { ClientRequestToken: token('a') });
    const put = (SecretString: string, ClientRequestToken: string, VersionStages?: string[]) =>
      secrets.send(new PutSecretValueCommand({ SecretId, SecretString, ClientRequestToken, VersionStages }));
    await put('two', token('b'));
    await put('two', token('b'));
    await assert.rejects(put('other', token('b')), { name: 'ResourceExistsException' });
    assert.equal(await value(SecretId), 'two');
    assert.equal(await value(SecretId, { VersionStage: 'AWSPREVIOUS' }), 'one');
    assert.equal(await value(SecretId, { VersionId: token('a') }), 'one');
    await put('three', token('c'), ['AWSPENDING']);
    assert.equal(await value(SecretId), 'two');
    assert.equal(await value(SecretId, { VersionStage: 'AWSPENDING' }), 'three');
    await assert.rejects(value(SecretId, { VersionStage: 'NONE' }), {
      name: 'ResourceNotFoundException',
      message: "Secrets Manager can't find the specified secret value for staging label: NONE",
    });
    await assert.rejects(value(SecretId, { VersionStage: 'AWSCURRENT', VersionId: token('a') }), {
      name: 'InvalidRequestException',
    });
    const move = { SecretId, VersionStage: 'AWSCURRENT', MoveToVersionId: token('c') };
    await assert.rejects(secrets.send(new UpdateSecretVersionStageCommand(move)), {
      name: 'InvalidParameterException',
    });
    await secrets.send(new UpdateSecretVersionStageCommand({ ...move, RemoveFromVersionId: token('b') }));
    const { VersionIdsToStages } = await secrets.send(new DescribeSecretCommand({ SecretId }));
    assert.deepEqual(VersionIdsToStages, {
      [token('b')]: ['AWSPREVIOUS'],
      [token('c')]: ['AWSPENDING', 'AWSCURRENT'],
    });
    const versions = async (IncludeDeprecated: boolean) =>
      (await secrets.send(new ListSecretVersionIdsCommand({ SecretId, IncludeDeprecated }))).Versions!.length;
    assert.deepEqual([await versions(false), await versions(true)], [2, 3]);
  });

  it('updates description and value', async () => {
    await create('updated', 'one', { Description: 'before' });
    const update = (more: object) => secrets.send(new UpdateSecretCommand({ SecretId: 'updated', ...more }));
    assert.equal((await update({ Description: 'after' })).VersionId, undefined);
    await update({ SecretString: 'two', ClientRequestToken: token('d') });
    await assert.rejects(update({ SecretString: 'two', ClientRequestToken: token('d') }), {
      name: 'ResourceExistsException',
    });
    const found = await secrets.send(new DescribeSecretCommand({ SecretId: 'updated' }));
    assert.equal(found.Description, 'after');
    assert.equal(await value('updated'), 'two');
  });

  it('deletes after a while, and gives back until then', async () => {
    const { ARN } = await create('doomed');
    const remove = (more: object = {}) => secrets.send(new DeleteSecretCommand({ SecretId: 'doomed', ...more }));
    await assert.rejects(remove({ RecoveryWindowInDays: 6 }), { name: 'InvalidParameterException' });
    await assert.rejects(remove({ RecoveryWindowInDays: 7, ForceDeleteWithoutRecovery: true }), {
      name: 'InvalidParameterException',
    });
    const marked = {
      name: 'InvalidRequestException',
      message: "You can't perform this operation on the secret because it was marked for deletion.",
    };
    await remove({ RecoveryWindowInDays: 7 });
    await assert.rejects(value('doomed'), marked);
    await assert.rejects(create('doomed'), { name: 'InvalidRequestException' });
    await cloud.advance!(6 * DAY);
    await secrets.send(new RestoreSecretCommand({ SecretId: ARN }));
    assert.equal(await value('doomed'), 'open sesame');
    await remove({ RecoveryWindowInDays: 7 });
    await cloud.advance!(7 * DAY);
    await assert.rejects(value('doomed'), missing);
    const second = await create('doomed');
    assert.notEqual(second.ARN, ARN);
    await remove({ ForceDeleteWithoutRecovery: true });
    await remove({ ForceDeleteWithoutRecovery: true });
    await assert.rejects(value('doomed'), missing);
  });

  it('lists in pages, by filters, without what is marked for deletion', async () => {
    for (const name of ['list/a', 'list/b', 'list/c']) {
      await create(name, 'x', { Tags: [{ Key: 'letter', Value: name.slice(-1) }], Description: 'Some Words' });
    }
    await secrets.send(new DeleteSecretCommand({ SecretId: 'list/c' }));
    const list = async (...filters: [string, ...string[]][]) => {
      const Filters = filters.map(([Key, ...Values]) => ({ Key: Key as 'name', Values }));
      const { SecretList } = await secrets.send(new ListSecretsCommand({ Filters, SortBy: 'name' }));
      return SecretList!.map(({ Name }) => Name);
    };
    assert.deepEqual(await list(['name', 'list/']), ['list/a', 'list/b']);
    assert.deepEqual(await list(['name', 'list/'], ['tag-value', 'b']), ['list/b']);
    assert.deepEqual(await list(['name', 'list/', '!list/a']), ['list/b']);
    assert.deepEqual(await list(['description', 'words']), ['list/a', 'list/b']);
    const Filters = [{ Key: 'name' as const, Values: ['list/'] }];
    const first = await secrets.send(new ListSecretsCommand({ Filters, MaxResults: 1, IncludePlannedDeletion: true }));
    const rest = await secrets.send(
      new ListSecretsCommand({ Filters, NextToken: first.NextToken, IncludePlannedDeletion: true }),
    );
    assert.deepEqual(
      [...first.SecretList!, ...rest.SecretList!].map(({ Name }) => Name),
      ['list/a', 'list/b', 'list/c'],
    );
    await assert.rejects(secrets.send(new ListSecretsCommand({ NextToken: 'nonsense' })), {
      name: 'InvalidNextTokenException',
    });
  });

  it('gives several values at once, and says what is missing', async () => {
    await create('batch/a', 'A');
    await create('batch/b', 'B');
    const SecretIdList = ['batch/a', 'batch/none', 'batch/b'];
    const { SecretValues, Errors } = await secrets.send(new BatchGetSecretValueCommand({ SecretIdList }));
    assert.deepEqual(
      SecretValues!.map(({ SecretString }) => SecretString),
      ['A', 'B'],
    );
    assert.deepEqual(
      Errors!.map(({ SecretId, ErrorCode }) => [SecretId, ErrorCode]),
      [['batch/none', 'ResourceNotFoundException']],
    );
  });

  it('tags', async () => {
    const SecretId = 'tagged';
    await create(SecretId);
    await secrets.send(new TagResourceCommand({ SecretId, Tags: [{ Key: 'a', Value: '1' }] }));
    await secrets.send(new TagResourceCommand({ SecretId, Tags: [{ Key: 'b', Value: '2' }] }));
    await secrets.send(new UntagResourceCommand({ SecretId, TagKeys: ['a'] }));
    const { Tags } = await secrets.send(new DescribeSecretCommand({ SecretId }));
    assert.deepEqual(Tags, [{ Key: 'b', Value: '2' }]);
  });

  it('outlives the process, and never shows a value in the journal', async () => {
    await create('kept', 'very-secret-value');
    await assert.rejects(create('kept', 'very-secret-value'), (error: Error) => !error.message.includes('very-secret'));
    await stop();
    await start();
    assert.equal(await value('kept'), 'very-secret-value');
    const journal = await readFile(join(directory, 'cloud.json.journal'), 'utf8');
    assert.match(journal, /"operation":"CreateSecret"/);
    assert.doesNotMatch(journal, /very-secret-value/);
  });
});
