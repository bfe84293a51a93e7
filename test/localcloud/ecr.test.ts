import assert from 'node:assert/strict';
import {
  BatchDeleteImageCommand,
  BatchGetImageCommand,
  CreateRepositoryCommand,
  DeleteRepositoryCommand,
  DescribeImagesCommand,
  DescribeRepositoriesCommand,
  ECRClient,
  GetAuthorizationTokenCommand,
  GetLifecyclePolicyCommand,
  ListImagesCommand,
  ListTagsForResourceCommand,
  PutImageCommand,
  PutImageTagMutabilityCommand,
  PutLifecyclePolicyCommand,
  TagResourceCommand,
  UntagResourceCommand,
} from '@aws-sdk/client-ecr';
import type { Cloud } from '../../src/localcloud/cloud.ts';
import { sdkConfig, startTestCloud } from './cloud-kit.ts';

const HOST = '123456789012.dkr.ecr.eu-west-1.amazonaws.com';
const HOUR = 3_600_000;

describe('localcloud ECR', () => {
  let cloud: Cloud;
  let ecr: ECRClient;
  const manifest = (name: string): string =>
    JSON.stringify({ schemaVersion: 2, config: { size: 10, digest: `sha256:${name}` }, layers: [{ size: 100 }] });
  const create = (repositoryName: string, more: object = {}) =>
    ecr.send(new CreateRepositoryCommand({ repositoryName, ...more }));
  const put = (repositoryName: string, imageTag: string, imageManifest = manifest(imageTag)) =>
    ecr.send(new PutImageCommand({ repositoryName, imageTag, imageManifest }));
  const tagsOf = async (repositoryName: string) =>
    (await ecr.send(new ListImagesCommand({ repositoryName }))).imageIds!.map(({ imageTag }) => imageTag);
  const pull = async (name: string, reference: string, headers: Record<string, string> = {}) => {
    const response = await fetch(`${cloud.addresses.url}/v2/${name}/manifests/${reference}`, { headers });
    return { status: response.status, digest: response.headers.get('docker-content-digest') };
  };

  before(async () => {
    cloud = await startTestCloud({ dataPlane: false, speed: 'stepped' });
    ecr = new ECRClient(sdkConfig(cloud.addresses.url));
  });
  after(async () => {
    ecr.destroy();
    await cloud.stop();
  });

  it('makes, finds and deletes repositories', async () => {
    const { repository } = await create('shop/api', { tags: [{ Key: 'team', Value: 'blue' }] });
    assert.equal(repository!.repositoryUri, `${HOST}/shop/api`);
    assert.equal(repository!.repositoryArn, 'arn:aws:ecr:eu-west-1:123456789012:repository/shop/api');
    await assert.rejects(create('shop/api'), {
      name: 'RepositoryAlreadyExistsException',
      message: "The repository with name 'shop/api' already exists in the registry with id '123456789012'",
    });
    await assert.rejects(create('Not/Valid'), { name: 'InvalidParameterException' });
    const missing = new DescribeRepositoriesCommand({ repositoryNames: ['shop/none'] });
    await assert.rejects(ecr.send(missing), { name: 'RepositoryNotFoundException' });
    await put('shop/api', 'v1');
    const remove = (force: boolean) => ecr.send(new DeleteRepositoryCommand({ repositoryName: 'shop/api', force }));
    await assert.rejects(remove(false), { name: 'RepositoryNotEmptyException' });
    await remove(true);
    await assert.rejects(tagsOf('shop/api'), { name: 'RepositoryNotFoundException' });
  });

  it('lists repositories in pages, the scripted ones among them', async () => {
    const names: (string | undefined)[] = [];
    let nextToken: string | undefined;
    do {
      const page: any = await ecr.send(new DescribeRepositoriesCommand({ maxResults: 2, nextToken }));
      assert.ok(page.repositories.length <= 2);
      names.push(...page.repositories.map(({ repositoryName }: any) => repositoryName));
      nextToken = page.nextToken;
    } while (nextToken !== undefined);
    for (const known of ['app', 'web', 'worker', 'wonderland-autoscaler']) assert.ok(names.includes(known), known);
  });

  it('knows scripted images by their tag, with the digest the registry gives', async () => {
    const { imageDetails } = await ecr.send(
      new DescribeImagesCommand({ repositoryName: 'web', imageIds: [{ imageTag: 'v1' }] }),
    );
    const { digest } = await pull(`${HOST}/web`, 'v1');
    assert.equal(imageDetails![0]!.imageDigest, digest);
    assert.deepEqual(imageDetails![0]!.imageTags, ['v1']);
    const none = new DescribeImagesCommand({ repositoryName: 'web', imageIds: [{ imageTag: 'nightly' }] });
    await assert.rejects(ecr.send(none), {
      name: 'ImageNotFoundException',
      message:
        "The image with imageId {imageDigest:'null', imageTag:'nightly'} does not exist within the repository with name 'web' in the registry with id '123456789012'",
    });
  });

  it('takes images, and gives them to whoever pulls', async () => {
    await create('pushed');
    const { image } = await put('pushed', 'v7-crash');
    const digest = image!.imageId!.imageDigest!;
    assert.deepEqual(await pull(`${HOST}/pushed`, 'v7-crash'), { status: 200, digest });
    assert.deepEqual(await pull('pushed', digest), { status: 200, digest });
    await assert.rejects(
      ecr.send(new DescribeImagesCommand({ repositoryName: 'pushed', imageIds: [{ imageTag: 'v8' }] })),
      { name: 'ImageNotFoundException' },
    );
    await assert.rejects(put('pushed', 'v7-crash'), { name: 'ImageAlreadyExistsException' });
    const { imageDetails } = await ecr.send(new DescribeImagesCommand({ repositoryName: 'pushed' }));
    assert.deepEqual([imageDetails![0]!.imageSizeInBytes, imageDetails![0]!.imageDigest], [110, digest]);
  });

  it('moves tags, unless they are immutable', async () => {
    await create('tags');
    await put('tags', 'v1', manifest('one'));
    await put('tags', 'latest', manifest('one'));
    await put('tags', 'latest', manifest('two'));
    const { images, failures } = await ecr.send(
      new BatchGetImageCommand({ repositoryName: 'tags', imageIds: [{ imageTag: 'latest' }, { imageTag: 'none' }] }),
    );
    assert.equal(images![0]!.imageManifest, manifest('two'));
    assert.deepEqual(failures![0]!.failureCode, 'ImageNotFound');
    const imageTagMutability = 'IMMUTABLE';
    await ecr.send(new PutImageTagMutabilityCommand({ repositoryName: 'tags', imageTagMutability }));
    await assert.rejects(put('tags', 'latest', manifest('three')), {
      name: 'ImageTagAlreadyExistsException',
      message:
        "The image tag 'latest' already exists in the 'tags' repository and cannot be overwritten because the tag is immutable.",
    });
    await put('tags', 'v3', manifest('three'));
  });

  it('promotes a scripted image under another tag', async () => {
    const imageIds = [{ imageTag: 'v1-unhealthy' }];
    const { images } = await ecr.send(new BatchGetImageCommand({ repositoryName: 'app', imageIds }));
    await put('app', 'stable', images![0]!.imageManifest);
    assert.deepEqual(await pull('app', 'stable'), await pull('app', 'v1-unhealthy'));
    const response = await fetch(`${cloud.addresses.url}/_wonderland/images`);
    assert.match(await response.text(), /"tag":"stable"[^}]*"healthStatus":500/);
  });

  it('deletes images, tag by tag', async () => {
    await create('pruned');
    await put('pruned', 'v1', manifest('one'));
    await put('pruned', 'v2', manifest('one'));
    const remove = (imageTag: string) =>
      ecr.send(new BatchDeleteImageCommand({ repositoryName: 'pruned', imageIds: [{ imageTag }] }));
    await remove('v1');
    assert.deepEqual(await tagsOf('pruned'), ['v2']);
    await remove('v2');
    assert.deepEqual(await tagsOf('pruned'), []);
    assert.equal((await remove('v2')).failures![0]!.failureCode, 'ImageNotFound');
    assert.equal((await pull('pruned', 'v2')).status, 404);
  });

  it('gives a token that is good for twelve hours', async () => {
    const { authorizationData } = await ecr.send(new GetAuthorizationTokenCommand({}));
    const [{ authorizationToken, proxyEndpoint } = {}] = authorizationData!;
    assert.equal(proxyEndpoint, `https://${HOST}`);
    const authorization = `Basic ${authorizationToken}`;
    assert.equal((await pull('web', 'v1', { authorization })).status, 200);
    const forged = `Basic ${Buffer.from('AWS:forged').toString('base64')}`;
    assert.equal((await pull('web', 'v1', { authorization: forged })).status, 401);
    await cloud.advance!(12 * HOUR);
    assert.equal((await pull('web', 'v1', { authorization })).status, 401);
    assert.equal((await pull('web', 'v1')).status, 200);
  });

  it('keeps lifecycle policies and tags', async () => {
    const { repository } = await create('kept');
    const resourceArn = repository!.repositoryArn!;
    const get = new GetLifecyclePolicyCommand({ repositoryName: 'kept' });
    await assert.rejects(ecr.send(get), { name: 'LifecyclePolicyNotFoundException' });
    const selection = { tagStatus: 'any', countType: 'imageCountMoreThan', countNumber: 10 };
    const rules = [{ rulePriority: 1, selection, action: { type: 'expire' } }];
    const lifecyclePolicyText = JSON.stringify({ rules });
    await ecr.send(new PutLifecyclePolicyCommand({ repositoryName: 'kept', lifecyclePolicyText }));
    assert.equal((await ecr.send(get)).lifecyclePolicyText, lifecyclePolicyText);
    await ecr.send(new TagResourceCommand({ resourceArn, tags: [{ Key: 'a', Value: '1' }] }));
    await ecr.send(new TagResourceCommand({ resourceArn, tags: [{ Key: 'b', Value: '2' }] }));
    await ecr.send(new UntagResourceCommand({ resourceArn, tagKeys: ['a'] }));
    const { tags } = await ecr.send(new ListTagsForResourceCommand({ resourceArn }));
    assert.deepEqual(tags, [{ Key: 'b', Value: '2' }]);
  });
});
