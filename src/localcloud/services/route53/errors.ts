/** Errors of Route 53, in its words. */
import { AwsError } from '../../engine/contract.ts';

export const invalidInput = (message: string): AwsError => new AwsError('InvalidInput', message);

/** Every objection of a batch, in brackets. */
export const invalidBatch = (objections: readonly string[]): AwsError =>
  new AwsError('InvalidChangeBatch', `[${objections.join(', ')}]`);

export const noSuchZone = (id: string): AwsError =>
  new AwsError('NoSuchHostedZone', `No hosted zone found with ID: ${id}`, 404);

export const noSuchHealthCheck = (id: string): AwsError =>
  new AwsError('NoSuchHealthCheck', `A health check with id ${id} does not exist.`, 404);

export const priorRequestNotComplete = (): AwsError =>
  new AwsError(
    'PriorRequestNotComplete',
    'The request was rejected because Route 53 was still processing a prior request.',
  );
