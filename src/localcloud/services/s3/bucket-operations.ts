/** Buckets, and the policies kept with them. */
import { AwsError, type OperationTable, type Params } from '../../engine/contract.ts';
import type { Engine } from '../../registration.ts';
import { invalidArgument, notServed } from './errors.ts';
import { resourceOf } from './resource.ts';
import type { Store } from './store.ts';

const LARGEST_PAGE = 10_000;

/** General purpose buckets. */
const isName = (name: string): boolean =>
  /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/.test(name) &&
  !/\.\.|^\d+\.\d+\.\d+\.\d+$|^xn--|^sthree-|^amzn-s3-demo-|-s3alias$|--ol-s3$|\.mrap$|--x-s3$/.test(name);

export const bucketOperations = (engine: Engine, { buckets, bucketOf, owner, now }: Store): OperationTable => {
  const write = (run: (params: Params) => Params) => ({ mutating: true, resource: resourceOf, run });
  const read = (run: (params: Params) => Params) => ({ mutating: false, resource: resourceOf, run });
  const arnOf = (name: string): string => `arn:aws:s3:::${name}`;

  const checkLocation = (params: Params): void => {
    const { LocationConstraint: place } = (params.CreateBucketConfiguration ?? {}) as { LocationConstraint?: string };
    if (place === engine.region) return;
    const which = place ?? 'unspecified';
    throw new AwsError(
      'IllegalLocationConstraintException',
      `The ${which} location constraint is incompatible for the region specific endpoint this request was sent to.`,
    );
  };

  const create = (params: Params): Params => {
    const name = String(params.Bucket);
    if (!isName(name))
      throw new AwsError('InvalidBucketName', 'The specified bucket is not valid.', 400, { BucketName: name });
    checkLocation(params);
    if (params.ACL !== undefined && params.ACL !== 'private') {
      throw new AwsError(
        'InvalidBucketAclWithObjectOwnership',
        "Bucket cannot have ACLs set with ObjectOwnership's BucketOwnerEnforced setting",
      );
    }
    if (params.ObjectLockEnabledForBucket === true) throw notServed('Object lock');
    if (buckets.has(name)) {
      const message = 'Your previous request to create the named bucket succeeded and you already own it.';
      throw new AwsError('BucketAlreadyOwnedByYou', message, 409, { BucketName: name });
    }
    buckets.set(name, { name, createdAt: now(), tags: {}, objects: new Map(), uploads: new Map() });
    return { Location: `http://${name}.s3.amazonaws.com/`, BucketArn: arnOf(name) };
  };

  const remove = (params: Params): Params => {
    const { name, objects } = bucketOf(params);
    if (objects.size > 0) {
      throw new AwsError('BucketNotEmpty', 'The bucket you tried to delete is not empty', 409, { BucketName: name });
    }
    buckets.delete(name);
    return {};
  };

  const list = (params: Params): Params => {
    const { ContinuationToken: after = '', Prefix: prefix = '', MaxBuckets: size = LARGEST_PAGE } = params;
    const from = Buffer.from(String(after), 'base64').toString();
    if (after !== '' && !from.startsWith('after:'))
      throw invalidArgument('The continuation token provided is incorrect', 'continuation-token', after);
    const found = [...buckets.values()]
      .filter(({ name }) => name.startsWith(String(prefix)) && name > from.slice('after:'.length))
      .sort((a, b) => (a.name < b.name ? -1 : 1));
    const shown = params.BucketRegion === undefined || params.BucketRegion === engine.region ? found : [];
    const page = shown.slice(0, Number(size));
    const last = page.at(-1);
    return {
      Buckets: page.map(({ name, createdAt }) => ({
        Name: name,
        CreationDate: createdAt / 1000,
        BucketRegion: engine.region,
        BucketArn: arnOf(name),
      })),
      Owner: { ID: owner },
      ...(params.Prefix !== undefined && { Prefix: prefix }),
      ...(shown.length > page.length &&
        last && { ContinuationToken: Buffer.from(`after:${last.name}`).toString('base64') }),
    };
  };

  const putPolicy = (params: Params): Params => {
    const bucket = bucketOf(params);
    const policy = String(params.Policy);
    try {
      if (typeof JSON.parse(policy) !== 'object') throw new TypeError('no object');
    } catch {
      throw new AwsError('MalformedPolicy', "Policies must be valid JSON and the first byte must be '{'");
    }
    bucket.policy = policy;
    return {};
  };

  const getPolicy = (params: Params): Params => {
    const { name, policy } = bucketOf(params);
    if (policy !== undefined) return { Policy: policy };
    throw new AwsError('NoSuchBucketPolicy', 'The bucket policy does not exist', 404, { BucketName: name });
  };

  const perAccount = 'each account has its names to itself';
  return {
    ListBuckets: read(list),
    CreateBucket: { ...write(create), note: `${perAccount}; no ACLs, no object lock` },
    HeadBucket: {
      ...read((params) => {
        const { name } = bucketOf(params);
        return { BucketRegion: engine.region, BucketArn: arnOf(name), AccessPointAlias: false };
      }),
      note: perAccount,
    },
    DeleteBucket: write(remove),
    GetBucketLocation: read((params) => {
      bucketOf(params);
      return { LocationConstraint: engine.region };
    }),
    GetBucketVersioning: {
      ...read((params) => {
        bucketOf(params);
        return {};
      }),
      depth: 'fixed',
      note: 'versioning cannot be enabled',
    },
    PutBucketPolicy: { ...write(putPolicy), depth: 'keeps' },
    GetBucketPolicy: { ...read(getPolicy), depth: 'keeps' },
    DeleteBucketPolicy: {
      ...write((params) => {
        delete bucketOf(params).policy;
        return {};
      }),
      depth: 'keeps',
    },
  };
};
