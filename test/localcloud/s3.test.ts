import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CopyObjectCommand,
  CreateBucketCommand,
  CreateMultipartUploadCommand,
  DeleteBucketCommand,
  DeleteObjectCommand,
  DeleteObjectsCommand,
  GetBucketLocationCommand,
  GetBucketPolicyCommand,
  GetBucketTaggingCommand,
  GetObjectCommand,
  GetObjectTaggingCommand,
  HeadBucketCommand,
  HeadObjectCommand,
  ListBucketsCommand,
  ListMultipartUploadsCommand,
  ListObjectsCommand,
  ListObjectsV2Command,
  ListPartsCommand,
  PutBucketPolicyCommand,
  PutBucketTaggingCommand,
  PutObjectCommand,
  PutObjectTaggingCommand,
  S3Client,
  UploadPartCommand,
  type PutObjectCommandInput,
} from '@aws-sdk/client-s3';
import type { Cloud } from '../../src/localcloud/cloud.ts';
import { sdkConfig, startTestCloud } from './cloud-kit.ts';
import { sendSigned } from './support/sign.ts';

describe('localcloud S3', () => {
  let cloud: Cloud;
  let directory: string;
  let s3: S3Client;
  const Bucket = 'releases';
  const put = (Key: string, Body: PutObjectCommandInput['Body'] = 'hello', more: Partial<PutObjectCommandInput> = {}) =>
    s3.send(new PutObjectCommand({ Bucket, Key, Body, ...more }));
  const read = async (Key: string): Promise<string> => {
    const { Body } = await s3.send(new GetObjectCommand({ Bucket, Key }));
    return Body!.transformToString();
  };

  const start = async (): Promise<void> => {
    cloud = await startTestCloud({ dataPlane: false, speed: 'stepped', stateFile: join(directory, 'cloud.json') });
    s3 = new S3Client({ ...sdkConfig(cloud.addresses.url), forcePathStyle: true });
  };
  const stop = async (): Promise<void> => {
    s3.destroy();
    await cloud.stop();
  };

  before(async () => {
    directory = await mkdtemp(join(tmpdir(), 's3-'));
    await start();
    await s3.send(new CreateBucketCommand({ Bucket }));
  });
  after(async () => {
    await stop();
    await rm(directory, { recursive: true });
  });

  describe('buckets', () => {
    it('are made once, found, and deleted when they are empty', async () => {
      const mine = { Bucket: 'mine-alone' };
      await s3.send(new CreateBucketCommand(mine));
      await assert.rejects(s3.send(new CreateBucketCommand(mine)), { name: 'BucketAlreadyOwnedByYou' });
      assert.equal((await s3.send(new HeadBucketCommand(mine))).BucketRegion, 'eu-west-1');
      assert.equal((await s3.send(new GetBucketLocationCommand(mine))).LocationConstraint, 'eu-west-1');
      const { Buckets } = await s3.send(new ListBucketsCommand({ Prefix: 'mine' }));
      assert.deepEqual(
        Buckets!.map(({ Name }) => Name),
        ['mine-alone'],
      );
      await s3.send(new PutObjectCommand({ ...mine, Key: 'a', Body: '' }));
      await assert.rejects(s3.send(new DeleteBucketCommand(mine)), { name: 'BucketNotEmpty' });
      await s3.send(new DeleteObjectCommand({ ...mine, Key: 'a' }));
      await s3.send(new DeleteBucketCommand(mine));
      await assert.rejects(s3.send(new HeadBucketCommand(mine)), { name: 'NotFound' });
      await assert.rejects(s3.send(new ListObjectsV2Command(mine)), {
        name: 'NoSuchBucket',
        message: 'The specified bucket does not exist',
      });
    });

    it('are refused with a bad name or the wrong place', async () => {
      await assert.rejects(s3.send(new CreateBucketCommand({ Bucket: 'Not_Valid' })), { name: 'InvalidBucketName' });
      const elsewhere = { LocationConstraint: 'us-west-2' } as const;
      await assert.rejects(
        s3.send(new CreateBucketCommand({ Bucket: 'elsewhere', CreateBucketConfiguration: elsewhere })),
        { name: 'IllegalLocationConstraintException' },
      );
      const { status, text } = await sendSigned(cloud.addresses.url, {
        service: 's3',
        method: 'PUT',
        path: '/nowhere',
      });
      assert.equal(status, 400);
      assert.match(text, /<Error><Code>IllegalLocationConstraintException<\/Code>/);
    });

    it('come in pages', async () => {
      for (const name of ['page-a', 'page-b', 'page-c']) await s3.send(new CreateBucketCommand({ Bucket: name }));
      const first = await s3.send(new ListBucketsCommand({ Prefix: 'page-', MaxBuckets: 2 }));
      assert.equal(first.Buckets!.length, 2);
      const ContinuationToken = first.ContinuationToken;
      const second = await s3.send(new ListBucketsCommand({ Prefix: 'page-', MaxBuckets: 2, ContinuationToken }));
      assert.deepEqual([second.Buckets!.map(({ Name }) => Name), second.ContinuationToken], [['page-c'], undefined]);
    });

    it('keep tags and a policy', async () => {
      await assert.rejects(s3.send(new GetBucketTaggingCommand({ Bucket })), { name: 'NoSuchTagSet' });
      const TagSet = [{ Key: 'team', Value: 'blue' }];
      await s3.send(new PutBucketTaggingCommand({ Bucket, Tagging: { TagSet } }));
      assert.deepEqual((await s3.send(new GetBucketTaggingCommand({ Bucket }))).TagSet, TagSet);
      await assert.rejects(s3.send(new GetBucketPolicyCommand({ Bucket })), { name: 'NoSuchBucketPolicy' });
      const Policy = JSON.stringify({ Version: '2012-10-17', Statement: [] });
      await s3.send(new PutBucketPolicyCommand({ Bucket, Policy }));
      assert.equal((await s3.send(new GetBucketPolicyCommand({ Bucket }))).Policy, Policy);
    });
  });

  describe('objects', () => {
    it('come back as they went in', async () => {
      const body = 'Grüße';
      const { ETag, ChecksumCRC32 } = await put('dir/file ü+.txt', body, {
        ContentType: 'text/plain; charset=utf-8',
        CacheControl: 'no-cache',
        Metadata: { build: '17' },
        Tagging: 'team=blue',
      });
      assert.equal(ETag, `"${createHash('md5').update(body).digest('hex')}"`);
      assert.ok(ChecksumCRC32);
      const found = await s3.send(new GetObjectCommand({ Bucket, Key: 'dir/file ü+.txt' }));
      assert.equal(await found.Body!.transformToString(), body);
      assert.equal(found.ContentType, 'text/plain; charset=utf-8');
      assert.equal(found.CacheControl, 'no-cache');
      assert.deepEqual(found.Metadata, { build: '17' });
      assert.equal(found.ChecksumCRC32, ChecksumCRC32);
      assert.equal(found.TagCount, 1);
      const head = await s3.send(new HeadObjectCommand({ Bucket, Key: 'dir/file ü+.txt' }));
      assert.deepEqual([head.ContentLength, head.ETag], [7, ETag]);
      assert.ok(head.LastModified instanceof Date);
      const { TagSet } = await s3.send(new GetObjectTaggingCommand({ Bucket, Key: 'dir/file ü+.txt' }));
      assert.deepEqual(TagSet, [{ Key: 'team', Value: 'blue' }]);
    });

    it('are refused when their checksum is another', async () => {
      await assert.rejects(put('bad', 'hello', { ChecksumCRC32: 'AAAAAA==' }), { name: 'BadDigest' });
      await assert.rejects(put('bad', 'hello', { ContentMD5: createHash('md5').update('other').digest('base64') }), {
        name: 'BadDigest',
      });
      await assert.rejects(read('bad'), { name: 'NoSuchKey', message: 'The specified key does not exist.' });
    });

    it('have the checksum their client chose', async () => {
      // Check values of the catalogue of CRCs and of FIPS 180.
      const checks = {
        CRC32: ['y/Q5Jg==', 'ChecksumCRC32'],
        CRC32C: ['4waSgw==', 'ChecksumCRC32C'],
        CRC64NVME: ['rosUhgp5mIg=', 'ChecksumCRC64NVME'],
        SHA256: ['FeKw08M4keuw8e9gnsQZQgwg4yDOlMZfvIwzEkSOsiU=', 'ChecksumSHA256'],
      } as const;
      for (const [ChecksumAlgorithm, [value, member]] of Object.entries(checks)) {
        const headers = { [`x-amz-checksum-${ChecksumAlgorithm.toLowerCase()}`]: value };
        const path = `/${Bucket}/sum`;
        const given = { service: 's3', method: 'PUT', path, headers, body: '123456789' };
        const { status, text } = await sendSigned(cloud.addresses.url, given);
        assert.equal(status, 200, `${ChecksumAlgorithm}: ${text}`);
        const head = await s3.send(new HeadObjectCommand({ Bucket, Key: 'sum', ChecksumMode: 'ENABLED' }));
        assert.equal(head[member], value);
      }
    });

    it('may be streamed, with their checksum behind them', async () => {
      const chunks = Array.from({ length: 40 }, (_, i) => Buffer.alloc(5000, i));
      const length = 40 * 5000;
      await put('stream', Readable.from(chunks), { ContentLength: length, ContentEncoding: 'gzip' });
      const { Body, ContentEncoding } = await s3.send(new GetObjectCommand({ Bucket, Key: 'stream' }));
      assert.deepEqual(Buffer.from(await Body!.transformToByteArray()), Buffer.concat(chunks));
      assert.equal(ContentEncoding, 'gzip');
    });

    it('of a stream are refused when chunks are missing', async () => {
      const body = '5\r\nhel';
      const { status, text } = await sendSigned(cloud.addresses.url, {
        service: 's3',
        method: 'PUT',
        path: `/${Bucket}/torn`,
        headers: {
          'x-amz-content-sha256': 'STREAMING-UNSIGNED-PAYLOAD-TRAILER',
          'x-amz-decoded-content-length': '5',
          'content-encoding': 'aws-chunked',
        },
        body,
      });
      assert.equal(status, 400);
      assert.match(text, /<Code>IncompleteBody<\/Code>/);
    });

    it('are given in parts', async () => {
      await put('ranged', '0123456789');
      const part = async (Range: string) => {
        const found = await s3.send(new GetObjectCommand({ Bucket, Key: 'ranged', Range }));
        return [found.$metadata.httpStatusCode, await found.Body!.transformToString(), found.ContentRange];
      };
      assert.deepEqual(await part('bytes=2-4'), [206, '234', 'bytes 2-4/10']);
      assert.deepEqual(await part('bytes=7-'), [206, '789', 'bytes 7-9/10']);
      assert.deepEqual(await part('bytes=-2'), [206, '89', 'bytes 8-9/10']);
      assert.deepEqual(await part('lines=1-2'), [200, '0123456789', undefined]);
      await assert.rejects(part('bytes=10-'), { name: 'InvalidRange' });
    });

    it('are read on conditions', async () => {
      const { ETag } = await put('conditional');
      const get = (more: object) => s3.send(new GetObjectCommand({ Bucket, Key: 'conditional', ...more }));
      const status = (expected: number) => (error: { $metadata: { httpStatusCode: number } }) =>
        error.$metadata.httpStatusCode === expected;
      await get({ IfMatch: ETag });
      await get({ IfNoneMatch: '"other"' });
      await assert.rejects(get({ IfNoneMatch: ETag }), status(304));
      await assert.rejects(get({ IfMatch: '"other"' }), { name: 'PreconditionFailed' });
      await assert.rejects(get({ IfModifiedSince: new Date(Date.now() + 86_400_000) }), status(304));
      await assert.rejects(get({ IfUnmodifiedSince: new Date(0) }), { name: 'PreconditionFailed' });
    });

    it('are written on conditions', async () => {
      const { ETag } = await put('lock', '1', { IfNoneMatch: '*' });
      await assert.rejects(put('lock', '2', { IfNoneMatch: '*' }), { name: 'PreconditionFailed' });
      await put('lock', '2', { IfMatch: ETag! });
      await assert.rejects(put('lock', '3', { IfMatch: ETag! }), { name: 'PreconditionFailed' });
      await assert.rejects(put('no-lock', '3', { IfMatch: ETag! }), { name: 'NoSuchKey' });
      assert.equal(await read('lock'), '2');
    });

    it('are copied, with their metadata or new', async () => {
      await put('copy/from me', 'content', { Metadata: { a: '1' }, ContentType: 'text/html', Tagging: 'x=y' });
      const CopySource = `${Bucket}/copy/${encodeURIComponent('from me')}`;
      const copy = (Key: string, more: object = {}) =>
        s3.send(new CopyObjectCommand({ Bucket, Key, CopySource, ...more }));
      const { CopyObjectResult } = await copy('copy/to');
      assert.ok(CopyObjectResult!.LastModified instanceof Date);
      const kept = await s3.send(new HeadObjectCommand({ Bucket, Key: 'copy/to' }));
      assert.deepEqual([kept.Metadata, kept.ContentType, kept.TagCount], [{ a: '1' }, 'text/html', 1]);
      await copy('copy/new', { MetadataDirective: 'REPLACE', Metadata: { b: '2' } });
      assert.deepEqual((await s3.send(new HeadObjectCommand({ Bucket, Key: 'copy/new' }))).Metadata, { b: '2' });
      await assert.rejects(copy('copy/from me'), { name: 'InvalidRequest' });
      await assert.rejects(copy('copy/to', { CopySourceIfMatch: '"other"' }), { name: 'PreconditionFailed' });
    });

    it('are deleted whether they are there or not', async () => {
      await put('gone/a');
      await put('gone/b');
      await s3.send(new DeleteObjectCommand({ Bucket, Key: 'gone/never' }));
      const Objects = ['gone/a', 'gone/b', 'gone/never'].map((Key) => ({ Key }));
      const { Deleted } = await s3.send(new DeleteObjectsCommand({ Bucket, Delete: { Objects } }));
      assert.equal(Deleted!.length, 3);
      const quiet = await s3.send(new DeleteObjectsCommand({ Bucket, Delete: { Objects, Quiet: true } }));
      assert.equal(quiet.Deleted, undefined);
      await assert.rejects(read('gone/a'), { name: 'NoSuchKey' });
      await assert.rejects(s3.send(new HeadObjectCommand({ Bucket, Key: 'gone/a' })), { name: 'NotFound' });
    });

    it('take ten tags and no more', async () => {
      await put('tagged');
      const tag = (count: number) => {
        const TagSet = Array.from({ length: count }, (_, i) => ({ Key: `k${i}`, Value: 'v' }));
        return s3.send(new PutObjectTaggingCommand({ Bucket, Key: 'tagged', Tagging: { TagSet } }));
      };
      await tag(10);
      await assert.rejects(tag(11), { name: 'BadRequest' });
    });

    it("are their bucket owner's alone, and not read out of an archive", async () => {
      await put('owned', 'x', { ACL: 'bucket-owner-full-control' });
      await assert.rejects(put('owned', 'x', { ACL: 'public-read' }), { name: 'AccessControlListNotSupported' });
      await assert.rejects(s3.send(new CreateBucketCommand({ Bucket: 'public-one', ACL: 'public-read' })), {
        name: 'InvalidBucketAclWithObjectOwnership',
      });
      await assert.rejects(put('owned', 'x', { StorageClass: 'SNOW' }), { name: 'InvalidStorageClass' });
      await put('archived', 'x', { StorageClass: 'GLACIER' });
      await assert.rejects(read('archived'), { name: 'InvalidObjectState' });
      const head = await s3.send(new HeadObjectCommand({ Bucket, Key: 'archived' }));
      assert.equal(head.StorageClass, 'GLACIER');
    });

    it('cannot be had by presigned URLs', async () => {
      const response = await fetch(`${cloud.addresses.url}/${Bucket}/a?X-Amz-Signature=0&X-Amz-Expires=60`);
      assert.equal(response.status, 501);
      assert.match(await response.text(), /<Error><Code>NotImplemented<\/Code><Message>Presigned URLs/);
    });

    it('are too large above ten mebibytes', async () => {
      await assert.rejects(put('large', Buffer.alloc(10 * 1024 * 1024 + 1)), { name: 'EntityTooLarge' });
    });
  });

  describe('listing', () => {
    const list = { Bucket: 'listed' };
    before(async () => {
      await s3.send(new CreateBucketCommand(list));
      for (const Key of ['a.txt', 'b/1', 'b/2', 'b/c/3', 'd e+ü', 'z']) {
        await s3.send(new PutObjectCommand({ ...list, Key, Body: Key }));
      }
    });

    it('folds what is below a delimiter', async () => {
      const found = await s3.send(new ListObjectsV2Command({ ...list, Delimiter: '/' }));
      assert.deepEqual(
        found.Contents!.map(({ Key }) => Key),
        ['a.txt', 'd e+ü', 'z'],
      );
      assert.deepEqual(found.CommonPrefixes, [{ Prefix: 'b/' }]);
      assert.deepEqual([found.KeyCount, found.IsTruncated], [4, false]);
      const below = await s3.send(new ListObjectsV2Command({ ...list, Delimiter: '/', Prefix: 'b/' }));
      assert.deepEqual(
        below.Contents!.map(({ Key, Size }) => [Key, Size]),
        [
          ['b/1', 3],
          ['b/2', 3],
        ],
      );
      assert.deepEqual(below.CommonPrefixes, [{ Prefix: 'b/c/' }]);
    });

    it('goes page by page, also over a prefix', async () => {
      const names: string[] = [];
      let ContinuationToken: string | undefined;
      do {
        const page: any = await s3.send(
          new ListObjectsV2Command({ ...list, Delimiter: '/', MaxKeys: 1, ContinuationToken }),
        );
        names.push(...(page.Contents ?? []).map(({ Key }: any) => Key));
        names.push(...(page.CommonPrefixes ?? []).map(({ Prefix }: any) => Prefix));
        assert.equal(page.KeyCount, 1);
        ContinuationToken = page.NextContinuationToken;
      } while (ContinuationToken !== undefined);
      assert.deepEqual(names, ['a.txt', 'b/', 'd e+ü', 'z']);
      await assert.rejects(s3.send(new ListObjectsV2Command({ ...list, ContinuationToken: 'x' })), {
        name: 'InvalidArgument',
      });
    });

    it('begins behind a key', async () => {
      const found = await s3.send(new ListObjectsV2Command({ ...list, StartAfter: 'b/2' }));
      assert.deepEqual(
        found.Contents!.map(({ Key }) => Key),
        ['b/c/3', 'd e+ü', 'z'],
      );
      const old = await s3.send(new ListObjectsCommand({ ...list, Marker: 'b/', Delimiter: '/', MaxKeys: 1 }));
      assert.deepEqual([old.Contents![0]!.Key, old.NextMarker], ['d e+ü', 'd e+ü']);
    });

    it('encodes keys when asked to', async () => {
      const found = await s3.send(new ListObjectsV2Command({ ...list, Prefix: 'd', EncodingType: 'url' }));
      assert.equal(found.Contents![0]!.Key, 'd%20e%2B%C3%BC');
    });
  });

  describe('uploads in parts', () => {
    const PART = 5 * 1024 * 1024;
    const begin = async (Key: string) => {
      const { UploadId } = await s3.send(new CreateMultipartUploadCommand({ Bucket, Key, ContentType: 'text/x-log' }));
      const part = async (PartNumber: number, Body: Buffer) => {
        const { ETag } = await s3.send(new UploadPartCommand({ Bucket, Key, UploadId, PartNumber, Body }));
        return { PartNumber, ETag };
      };
      const complete = (Parts: { PartNumber: number; ETag: string | undefined }[]) =>
        s3.send(new CompleteMultipartUploadCommand({ Bucket, Key, UploadId, MultipartUpload: { Parts } }));
      return { UploadId, part, complete };
    };

    it('become one object', async () => {
      const { UploadId, part, complete } = await begin('parts');
      const parts = [await part(1, Buffer.alloc(PART, 1)), await part(2, Buffer.from('the end'))];
      const { Parts } = await s3.send(new ListPartsCommand({ Bucket, Key: 'parts', UploadId }));
      assert.deepEqual(
        Parts!.map(({ PartNumber, Size }) => [PartNumber, Size]),
        [
          [1, PART],
          [2, 7],
        ],
      );
      await assert.rejects(read('parts'), { name: 'NoSuchKey' });
      await assert.rejects(complete(parts.toReversed()), { name: 'InvalidPartOrder' });
      await assert.rejects(complete([{ PartNumber: 1, ETag: '"0"' }]), { name: 'InvalidPart' });
      const { ETag } = await complete(parts);
      assert.match(ETag!, /^"[0-9a-f]{32}-2"$/);
      const head = await s3.send(new HeadObjectCommand({ Bucket, Key: 'parts', PartNumber: 2 }));
      assert.deepEqual([head.ContentLength, head.PartsCount, head.ContentType], [7, 2, 'text/x-log']);
      const found = await s3.send(new GetObjectCommand({ Bucket, Key: 'parts', Range: `bytes=${PART - 1}-` }));
      assert.equal(await found.Body!.transformToString(), '\u0001the end');
      await assert.rejects(complete(parts), { name: 'NoSuchUpload' });
    });

    it('need parts of some size', async () => {
      const { part, complete } = await begin('small');
      const parts = [await part(1, Buffer.from('a')), await part(2, Buffer.from('b'))];
      await assert.rejects(complete(parts), { name: 'EntityTooSmall' });
    });

    it('can be given up', async () => {
      const { UploadId } = await begin('given-up');
      const uploads = async () =>
        (await s3.send(new ListMultipartUploadsCommand({ Bucket, Prefix: 'given-up' }))).Uploads ?? [];
      assert.equal((await uploads()).length, 1);
      await s3.send(new AbortMultipartUploadCommand({ Bucket, Key: 'given-up', UploadId }));
      assert.equal((await uploads()).length, 0);
    });
  });

  it('outlives the process', async () => {
    await put('kept', 'for long', { Metadata: { a: 'b' } });
    await stop();
    await start();
    const found = await s3.send(new GetObjectCommand({ Bucket, Key: 'kept' }));
    assert.equal(await found.Body!.transformToString(), 'for long');
    assert.deepEqual(found.Metadata, { a: 'b' });
  });
});
