/** Errors as EC2 words them. */
import { AwsError } from '../../engine/contract.ts';

export const instanceNotFound = (ids: readonly string[]): AwsError =>
  new AwsError(
    'InvalidInstanceID.NotFound',
    ids.length === 1
      ? `The instance ID '${ids[0]}' does not exist`
      : `The instance IDs '${ids.join(', ')}' do not exist`,
  );

/** @throws InvalidInstanceID.Malformed */
export const checkInstanceId = (id: string): void => {
  if (/^i-([0-9a-f]{8}|[0-9a-f]{17})$/.test(id)) return;
  throw new AwsError('InvalidInstanceID.Malformed', `Invalid id: "${id}" (expecting "i-...")`);
};

export const invalidValue = (message: string): AwsError => new AwsError('InvalidParameterValue', message);

export const missingParameter = (name: string): AwsError =>
  new AwsError('MissingParameter', `The request must contain the parameter ${name}`);

export const invalidCombination = (message: string): AwsError => new AwsError('InvalidParameterCombination', message);

/** The zone has nothing to give: what a launch there is answered with, and what an Auto Scaling activity repeats. */
export const insufficientCapacity = (instanceType: string, zone: string, others: readonly string[]): AwsError =>
  new AwsError(
    'InsufficientInstanceCapacity',
    `We currently do not have sufficient ${instanceType} capacity in the Availability Zone you requested (${zone}). Our system will be working on provisioning additional capacity. You can currently get ${instanceType} capacity by not specifying an Availability Zone in your request or choosing ${others.join(', ')}.`,
    500,
  );

export const incorrectState = (instanceId: string, what: string): AwsError =>
  new AwsError(
    'IncorrectInstanceState',
    `The instance '${instanceId}' is not in a state from which it can be ${what}.`,
  );
