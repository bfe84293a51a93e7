/** Errors of S3, in its own words. */
import { AwsError } from '../../engine/contract.ts';

export const noSuchBucket = (bucket: string): AwsError =>
  new AwsError('NoSuchBucket', 'The specified bucket does not exist', 404, { BucketName: bucket });

export const noSuchKey = (key: string): AwsError =>
  new AwsError('NoSuchKey', 'The specified key does not exist.', 404, { Key: key });

export const noSuchUpload = (uploadId: string): AwsError =>
  new AwsError(
    'NoSuchUpload',
    'The specified upload does not exist. The upload ID may be invalid, or the upload may have been aborted or completed.',
    404,
    { UploadId: uploadId },
  );

export const preconditionFailed = (condition: string): AwsError =>
  new AwsError('PreconditionFailed', 'At least one of the pre-conditions you specified did not hold', 412, {
    Condition: condition,
  });

export const invalidArgument = (message: string, name: string, value: unknown): AwsError =>
  new AwsError('InvalidArgument', message, 400, { ArgumentName: name, ArgumentValue: String(value) });

export const invalidRequest = (message: string): AwsError => new AwsError('InvalidRequest', message);

/** A part of S3 that this cloud does not have. */
export const notServed = (what: string): AwsError =>
  new AwsError('NotImplemented', `${what} is not served by this local cloud.`, 501);
