import type { Cases } from '../support/case.ts';

const Bucket = 'conform-records';
const object = { Bucket, Key: 'services/web.json' };

export const s3: Cases = {
  service: 's3',
  steps: [
    {
      name: 'create',
      operation: 'CreateBucket',
      moto: true,
      params: { Bucket, CreateBucketConfiguration: { LocationConstraint: 'eu-west-1' } },
    },
    {
      name: 'create again',
      operation: 'CreateBucket',
      moto: true,
      params: { Bucket, CreateBucketConfiguration: { LocationConstraint: 'eu-west-1' } },
      fails: 'BucketAlreadyOwnedByYou',
    },
    {
      name: 'put',
      operation: 'PutObject',
      moto: true,
      params: { ...object, Body: '{"a":1}', ContentType: 'application/json', Metadata: { team: 'a' } },
    },
    { name: 'put another', operation: 'PutObject', moto: true, params: { Bucket, Key: 'other', Body: 'text' } },
    { name: 'get', operation: 'GetObject', moto: true, params: object },
    { name: 'head', operation: 'HeadObject', moto: true, params: object },
    { name: 'get nothing', operation: 'GetObject', moto: true, params: { Bucket, Key: 'nothing' }, fails: 'NoSuchKey' },
    {
      name: 'no bucket',
      operation: 'ListObjectsV2',
      moto: true,
      params: { Bucket: 'nobody-has-this-one' },
      fails: 'NoSuchBucket',
    },
    {
      name: 'list',
      operation: 'ListObjectsV2',
      moto: true,
      params: { Bucket, Prefix: 'services/', EncodingType: 'url' },
    },
    {
      name: 'folders',
      operation: 'ListObjectsV2',
      moto: true,
      params: { Bucket, Delimiter: '/', EncodingType: 'url' },
    },
    { name: 'page', operation: 'ListObjectsV2', params: { Bucket, MaxKeys: 1, EncodingType: 'url' } },
    {
      name: 'put only when new',
      operation: 'PutObject',
      moto: true,
      params: { ...object, Body: 'x', IfNoneMatch: '*' },
      fails: 'PreconditionFailed',
    },
    {
      name: 'delete many',
      operation: 'DeleteObjects',
      moto: true,
      params: { Bucket, Delete: { Objects: [{ Key: 'services/web.json' }, { Key: 'nothing' }] } },
    },
    {
      name: 'delete bucket too early',
      operation: 'DeleteBucket',
      moto: true,
      params: { Bucket },
      fails: 'BucketNotEmpty',
    },
    { name: 'delete', operation: 'DeleteObject', moto: true, params: { Bucket, Key: 'other' } },
    { name: 'delete bucket', operation: 'DeleteBucket', moto: true, params: { Bucket } },
  ],
};
