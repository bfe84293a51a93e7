/** What SNS keeps, and its ways to say no. */
import { AwsError } from '../../engine/contract.ts';

export interface Topic {
  arn: string;
  /** Those that were set, by name. */
  attributes: Record<string, string>;
  tags: Record<string, string>;
  /** Subscriptions that were confirmed once and are no more. */
  deletedCount: number;
}

type SubscriptionState = 'pending' | 'confirmed' | 'deactivated';

export interface Subscription {
  arn: string;
  topicArn: string;
  protocol: string;
  endpoint: string;
  /** `deactivated`: ended through its UnsubscribeURL; its token still brings it back. */
  state: SubscriptionState;
  /** Those that were set, by name. */
  attributes: Record<string, string>;
  /** They confirm it until so many cloud milliseconds since the epoch. */
  tokens: Record<string, number>;
  /** A token is taken from, or an end asked of, nobody but who signs. */
  needsAuthentication: boolean;
  wasAuthenticated: boolean;
}

export interface MessageAttribute {
  DataType: string;
  StringValue?: string;
  BinaryValue?: Buffer;
}

/** A message as it was published. */
export interface Message {
  id: string;
  subject?: string;
  /** For every protocol, and what some get instead. */
  text: string;
  textByProtocol: Record<string, string>;
  attributes: Record<string, MessageAttribute>;
}

export const invalid = (what: string): AwsError => new AwsError('InvalidParameter', `Invalid parameter: ${what}`);

export const notFound = (what: 'Topic' | 'Subscription'): AwsError =>
  new AwsError('NotFound', `${what} does not exist`, 404);

export const unserved = (what: string): AwsError =>
  new AwsError('NotImplemented', `${what} is not served by this local cloud.`, 501);

/** @throws InvalidParameter when it is none, AuthorizationError when it is another account's */
export const checkArn = (arn: string, member: string, account: string): void => {
  const elements = arn.split(':');
  if (elements.length < 6)
    throw invalid(`${member} Reason: An ARN must have at least 6 elements, not ${elements.length}`);
  if (elements[4] !== account)
    throw new AwsError('AuthorizationError', `User is not authorized to access the resource ${arn}`, 403);
};
