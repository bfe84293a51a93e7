import assert from 'node:assert/strict';
import {
  AddTagsToResourceCommand,
  DeleteParameterCommand,
  DeleteParametersCommand,
  DescribeParametersCommand,
  GetParameterCommand,
  GetParameterHistoryCommand,
  GetParametersByPathCommand,
  GetParametersCommand,
  ListTagsForResourceCommand,
  PutParameterCommand,
  RemoveTagsFromResourceCommand,
  SSMClient,
  type PutParameterCommandInput,
} from '@aws-sdk/client-ssm';
import type { Cloud } from '../../src/localcloud/cloud.ts';
import { sdkConfig, startTestCloud } from './cloud-kit.ts';

describe('localcloud Parameter Store', () => {
  let cloud: Cloud;
  let ssm: SSMClient;
  const put = (Name: string, Value: string, more: Partial<PutParameterCommandInput> = {}) =>
    ssm.send(new PutParameterCommand({ Name, Value, Type: 'String', ...more }));
  const get = async (Name: string, WithDecryption = false) =>
    (await ssm.send(new GetParameterCommand({ Name, WithDecryption }))).Parameter!;

  before(async () => {
    cloud = await startTestCloud({ dataPlane: false, speed: 'stepped' });
    ssm = new SSMClient(sdkConfig(cloud.addresses.url));
  });
  after(async () => {
    ssm.destroy();
    await cloud.stop();
  });

  it('keeps versions, and overwrites only when it is told to', async () => {
    assert.equal((await put('/app/colour', 'red')).Version, 1);
    await assert.rejects(put('/app/colour', 'blue'), { name: 'ParameterAlreadyExists' });
    assert.equal((await put('/app/colour', 'blue', { Overwrite: true })).Version, 2);
    const found = await get('/app/colour');
    assert.deepEqual([found.Value, found.Version, found.Type], ['blue', 2, 'String']);
    assert.equal(found.ARN, 'arn:aws:ssm:eu-west-1:123456789012:parameter/app/colour');
    assert.equal((await get('/app/colour:1')).Value, 'red');
    assert.equal((await get(found.ARN)).Value, 'blue');
    await assert.rejects(get('/app/colour:3'), { name: 'ParameterVersionNotFound' });
    await assert.rejects(get('/app/none'), { name: 'ParameterNotFound' });
    const { Parameters } = await ssm.send(new GetParameterHistoryCommand({ Name: '/app/colour' }));
    assert.deepEqual(
      Parameters!.map(({ Version, Value, LastModifiedUser }) => [Version, Value, LastModifiedUser]),
      [
        [1, 'red', 'arn:aws:iam::123456789012:user/wonderland'],
        [2, 'blue', 'arn:aws:iam::123456789012:user/wonderland'],
      ],
    );
    await assert.rejects(put('/app/colour', 'x', { Overwrite: true, Type: 'SecureString' }), {
      name: 'HierarchyTypeMismatchException',
    });
  });

  it('decrypts what is secure only when it is told to', async () => {
    await put('/app/password', 'open-sesame', { Type: 'SecureString' });
    assert.equal((await get('/app/password', true)).Value, 'open-sesame');
    assert.doesNotMatch((await get('/app/password')).Value!, /open-sesame/);
  });

  it('never shows a value in the journal or in an error', async () => {
    const secret = 'never-to-be-seen';
    const more = { AllowedPattern: '^\\d+$', Type: 'SecureString' } as const;
    await assert.rejects(put('/app/pattern', secret, more), (error: Error) => {
      assert.equal(error.name, 'ParameterPatternMismatchException');
      return !error.message.includes(secret);
    });
    await assert.rejects(put('/app/large', secret.repeat(400)), (error: Error) => {
      assert.equal(error.name, 'ValidationException');
      return !error.message.includes(secret);
    });
    const response = await fetch(`${cloud.addresses.url}/_wonderland/journal?operation=PutParameter`);
    const journal = await response.text();
    assert.match(journal, /\/app\/pattern/);
    assert.doesNotMatch(journal, new RegExp(secret));
  });

  it('refuses names that are none', async () => {
    await assert.rejects(put('no/slash', 'x'), { message: 'Parameter name must be a fully qualified name.' });
    await assert.rejects(put('/aws/x', 'x'), { name: 'AccessDeniedException' });
    await assert.rejects(put('ssm-thing', 'x'), { name: 'ValidationException' });
    await assert.rejects(put('/a/b c', 'x'), { name: 'ValidationException' });
    await assert.rejects(put(`/${'a/'.repeat(15)}b`, 'x'), { name: 'HierarchyLevelLimitExceededException' });
    await assert.rejects(put('/typeless', 'x', { Type: undefined }), { name: 'ValidationException' });
  });

  it('gives several at once, and says which are none', async () => {
    await put('/many/a', '1');
    await put('/many/b', '2,3', { Type: 'StringList' });
    const Names = ['/many/a', '/many/none', '/many/b'];
    const { Parameters, InvalidParameters } = await ssm.send(new GetParametersCommand({ Names }));
    assert.deepEqual(
      Parameters!.map(({ Value }) => Value),
      ['1', '2,3'],
    );
    assert.deepEqual(InvalidParameters, ['/many/none']);
  });

  it('walks a path, level by level or whole, page by page', async () => {
    for (const name of ['/path/a', '/path/b', '/path/deep/c', '/pathological']) await put(name, name);
    const walk = async (Recursive: boolean) => {
      const names: (string | undefined)[] = [];
      let NextToken: string | undefined;
      do {
        const page: any = await ssm.send(
          new GetParametersByPathCommand({ Path: '/path', Recursive, MaxResults: 2, NextToken }),
        );
        assert.ok(page.Parameters.length <= 2);
        names.push(...page.Parameters.map(({ Name }: any) => Name));
        NextToken = page.NextToken;
      } while (NextToken !== undefined);
      return names;
    };
    assert.deepEqual(await walk(false), ['/path/a', '/path/b']);
    assert.deepEqual(await walk(true), ['/path/a', '/path/b', '/path/deep/c']);
    await assert.rejects(ssm.send(new GetParametersByPathCommand({ Path: 'path' })), { name: 'ValidationException' });
    await assert.rejects(ssm.send(new GetParametersByPathCommand({ Path: '/path', NextToken: 'x' })), {
      name: 'InvalidNextToken',
    });
  });

  it('describes by filters', async () => {
    await put('/filter/a', 'x', { Tags: [{ Key: 'team', Value: 'blue' }], Description: 'first' });
    await put('/filter/b', 'x', { Type: 'SecureString' });
    const describe = async (Key: string, Option: string | undefined, ...Values: string[]) => {
      const ParameterFilters = [
        { Key, Option, Values },
        { Key: 'Path', Values: ['/filter'] },
      ];
      const { Parameters } = await ssm.send(new DescribeParametersCommand({ ParameterFilters }));
      return Parameters!.map(({ Name }) => Name);
    };
    assert.deepEqual(await describe('Name', 'Contains', 'filter'), ['/filter/a', '/filter/b']);
    assert.deepEqual(await describe('Type', undefined, 'SecureString'), ['/filter/b']);
    assert.deepEqual(await describe('tag:team', undefined, 'blue'), ['/filter/a']);
    await assert.rejects(describe('Colour', undefined, 'red'), { name: 'InvalidFilterKey' });
  });

  it('tags', async () => {
    await put('/tags', 'x');
    const resource = { ResourceType: 'Parameter', ResourceId: '/tags' } as const;
    await ssm.send(new AddTagsToResourceCommand({ ...resource, Tags: [{ Key: 'a', Value: '1' }] }));
    await ssm.send(new AddTagsToResourceCommand({ ...resource, Tags: [{ Key: 'b', Value: '2' }] }));
    await ssm.send(new RemoveTagsFromResourceCommand({ ...resource, TagKeys: ['a'] }));
    const { TagList } = await ssm.send(new ListTagsForResourceCommand(resource));
    assert.deepEqual(TagList, [{ Key: 'b', Value: '2' }]);
    await assert.rejects(ssm.send(new ListTagsForResourceCommand({ ...resource, ResourceId: '/none' })), {
      name: 'InvalidResourceId',
    });
  });

  it('deletes', async () => {
    for (const name of ['/gone/a', '/gone/b']) await put(name, 'x');
    await ssm.send(new DeleteParameterCommand({ Name: '/gone/a' }));
    await assert.rejects(ssm.send(new DeleteParameterCommand({ Name: '/gone/a' })), { name: 'ParameterNotFound' });
    const many = await ssm.send(new DeleteParametersCommand({ Names: ['/gone/a', '/gone/b'] }));
    assert.deepEqual([many.DeletedParameters, many.InvalidParameters], [['/gone/b'], ['/gone/a']]);
  });
});
