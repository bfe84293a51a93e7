/** S3: buckets and objects in memory, path-style. */
import type { Engine, Parts } from '../registration.ts';
import { bucketOperations } from './s3/bucket-operations.ts';
import { listingOperations } from './s3/listing.ts';
import { multipartOperations } from './s3/multipart-operations.ts';
import { objectOperations } from './s3/object-operations.ts';
import { createStore } from './s3/store.ts';
import { tagOperations } from './s3/tags.ts';
import { uploadListings } from './s3/upload-listings.ts';

export const createS3 = (engine: Engine): Parts => {
  const store = createStore(engine);
  return {
    services: [
      {
        scope: 's3',
        model: 's3',
        throttlingCode: 'SlowDown',
        internalCode: 'InternalError',
        validationCode: 'InvalidArgument',
        missingCode: 'MalformedXML',
        operations: {
          ...bucketOperations(engine, store),
          ...objectOperations(store),
          ...listingOperations(store),
          ...multipartOperations(engine, store),
          ...uploadListings(store),
          ...tagOperations(store),
        },
        persistent: {
          key: 's3',
          save: store.save,
          load: store.load,
          start: async () => undefined,
          stop: async () => undefined,
        },
      },
    ],
  };
};
