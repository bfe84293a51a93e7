/** Attributes of subscriptions: which there are, and what of each AWS takes. */
import { isJsonObject } from '../json-object.ts';
import { compileFilterPolicy, type Filtered, type Scope } from './filter-policy.ts';
import { invalid, unserved, type Subscription, type Topic } from './model.ts';
import { readRetryPolicy } from './retry-policy.ts';

const SCOPES: readonly string[] = ['MessageAttributes', 'MessageBody'] satisfies Scope[];

const scopeOf = (attributes: Record<string, string>): Scope =>
  attributes.FilterPolicyScope === 'MessageBody' ? 'MessageBody' : 'MessageAttributes';

const checkAttribute = (name: string, value: string, all: Record<string, string>): void => {
  if (name === 'RawMessageDelivery') {
    if (value !== 'true' && value !== 'false')
      throw invalid(`Attributes Reason: RawMessageDelivery: Invalid value [${value}]. Must be true or false.`);
  } else if (name === 'FilterPolicyScope') {
    if (!SCOPES.includes(value))
      throw invalid(`FilterPolicyScope: Invalid value [${value}]. Please use either MessageBody or MessageAttributes`);
  } else if (name === 'FilterPolicy') {
    if (value !== '') compileFilterPolicy(value, scopeOf(all));
  } else if (name === 'DeliveryPolicy') readRetryPolicy(value, undefined);
  else if (name === 'RedrivePolicy') {
    if (!isJsonObject(value)) throw invalid('RedrivePolicy: failed to parse JSON.');
  } else if (name === 'ReplayPolicy') throw unserved('Replay');
  else if (name !== 'SubscriptionRoleArn') throw invalid('AttributeName');
};

/** @throws InvalidParameter for any that is none */
export const checkAttributes = (attributes: Record<string, string>): void => {
  for (const [name, value] of Object.entries(attributes)) checkAttribute(name, value, attributes);
};

/** An empty policy is none. */
export const setAttribute = ({ attributes }: Subscription, name: string, value: string): void => {
  const all = { ...attributes, [name]: value };
  checkAttribute(name, value, all);
  // A policy that was right in the one scope may be wrong in the other.
  if (name === 'FilterPolicyScope' && attributes.FilterPolicy !== undefined)
    checkAttribute('FilterPolicy', attributes.FilterPolicy, all);
  if (value === '') delete attributes[name];
  else attributes[name] = value;
};

export const isWanted = ({ attributes }: Subscription, message: Filtered): boolean =>
  attributes.FilterPolicy === undefined || compileFilterPolicy(attributes.FilterPolicy, scopeOf(attributes))(message);

export const describeSubscription = (
  subscription: Subscription,
  topic: Topic | undefined,
  owner: string,
  principal: string,
): Record<string, string> => {
  const { attributes, protocol } = subscription;
  const isHttp = protocol === 'http' || protocol === 'https';
  return {
    SubscriptionArn: subscription.arn,
    TopicArn: subscription.topicArn,
    Owner: owner,
    Protocol: protocol,
    Endpoint: subscription.endpoint,
    SubscriptionPrincipal: principal,
    ConfirmationWasAuthenticated: String(subscription.wasAuthenticated),
    PendingConfirmation: String(subscription.state === 'pending'),
    RawMessageDelivery: 'false',
    ...(attributes.FilterPolicy !== undefined && { FilterPolicyScope: 'MessageAttributes' }),
    ...attributes,
    ...(isHttp && {
      EffectiveDeliveryPolicy: JSON.stringify({
        healthyRetryPolicy: readRetryPolicy(attributes.DeliveryPolicy, topic?.attributes.DeliveryPolicy),
        guaranteed: false,
      }),
    }),
  };
};
