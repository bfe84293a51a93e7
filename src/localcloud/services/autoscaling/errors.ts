/** Errors as Auto Scaling words them. */
import { AwsError } from '../../engine/contract.ts';

export const validation = (message: string): AwsError => new AwsError('ValidationError', message);

export const groupNotFound = (name: string): AwsError =>
  validation(`AutoScalingGroup name not found - AutoScalingGroup ${name} not found`);

export const notManaged = (instanceId: string): AwsError =>
  validation(`Instance Id not found - No managed instance found for instance ID ${instanceId}`);

export const activityInProgress = (activityId: string): AwsError =>
  new AwsError('ScalingActivityInProgress', `Scaling activity ${activityId} is in progress and blocks this action`);

export const resourceInUse = (message: string): AwsError => new AwsError('ResourceInUse', message);

export const limitExceeded = (message: string): AwsError => new AwsError('LimitExceeded', message);
