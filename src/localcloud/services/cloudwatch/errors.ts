/** CloudWatch's errors, by the code that goes on the wire. */
import { AwsError } from '../../engine/contract.ts';

export const invalidValue = (message: string): AwsError => new AwsError('InvalidParameterValue', message);
export const invalidCombination = (message: string): AwsError => new AwsError('InvalidParameterCombination', message);
export const missingParameter = (message: string): AwsError => new AwsError('MissingParameter', message);
export const invalid = (message: string): AwsError => new AwsError('ValidationError', message);
export const invalidToken = (): AwsError => new AwsError('InvalidNextToken', 'The specified nextToken is invalid.');
export const notServed = (what: string): AwsError =>
  new AwsError('NotImplemented', `${what} are not served by this local cloud.`, 501);
