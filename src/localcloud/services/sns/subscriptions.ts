/** Subscriptions: asked for, confirmed with a token, ended, and their attributes. */
import { callerArn } from '../../engine/arn.ts';
import { AwsError, type CallContext, type OperationTable, type Params } from '../../engine/contract.ts';
import { ANONYMOUS } from '../../auth/accounts.ts';
import type { Engine } from '../../registration.ts';
import { pageOf } from '../paging.ts';
import { checkEndpoint, needsConfirmation } from './endpoints.ts';
import { invalid, type Subscription, type Topic } from './model.ts';
import type { Post } from './post.ts';
import type { SnsStore } from './store.ts';
import { checkAttributes, describeSubscription, setAttribute } from './subscription-attributes.ts';
import { tableOf } from '../../engine/table.ts';

const PAGE_SIZE = 100;
const TOKEN_DIGITS = 228;
/** Tokens, and subscriptions nobody has confirmed, last so long. */
const TOKEN_MILLISECONDS = 2 * 86_400_000;

const isSame = (a: Record<string, string>, b: Record<string, string>): boolean =>
  Object.keys({ ...a, ...b }).every((key) => a[key] === b[key]);

const isSigned = ({ accessKeyId }: CallContext): boolean => accessKeyId !== ANONYMOUS;

export interface SubscriptionDesk {
  operations: OperationTable;
  /** Confirms in the place of an endpoint's owner; undefined when there is nothing to confirm. */
  confirm(topicArn: string, endpoint: string): string | undefined;
  /** Forgets, from now on, what nobody has confirmed in time. */
  start(): void;
}

export const createSubscriptions = (engine: Engine, store: SnsStore, post: Post): SubscriptionDesk => {
  const { clock, random, account } = engine;
  const { topics, subscriptions, topicOf, subscriptionOf, ofTopic } = store;

  const newToken = (subscription: Subscription): string => {
    const token = random.hex(TOKEN_DIGITS);
    subscription.tokens[token] = clock.now() + TOKEN_MILLISECONDS;
    return token;
  };
  const forgetLater = ({ arn, tokens }: Subscription): void => {
    const until = Math.max(...Object.values(tokens));
    clock.after(Math.max(0, until - clock.now()), () => {
      const subscription = subscriptions.get(arn);
      if (subscription === undefined || subscription.state === 'confirmed') return;
      if (Math.max(...Object.values(subscription.tokens)) > clock.now()) return;
      subscriptions.delete(arn);
      engine.changed();
    });
  };
  const invite = (topic: Topic, subscription: Subscription): void => {
    post.invite(topic, subscription, newToken(subscription));
    forgetLater(subscription);
  };

  const subscribe = (params: Params, context: CallContext): Params => {
    const { Protocol: protocol, Endpoint: endpoint = '', ReturnSubscriptionArn: wantsArn = false } = params;
    const topic = topicOf(params.TopicArn as string);
    checkEndpoint(protocol as string, endpoint as string);
    const attributes = (params.Attributes ?? {}) as Record<string, string>;
    checkAttributes(attributes);
    const existing = ofTopic(topic.arn).find(
      (one) => one.state !== 'deactivated' && one.protocol === protocol && one.endpoint === endpoint,
    );
    if (existing !== undefined && !isSame(attributes, existing.attributes))
      throw invalid('Attributes Reason: Subscription already exists with different attributes');
    const subscription: Subscription = existing ?? {
      arn: `${topic.arn}:${random.uuid()}`,
      topicArn: topic.arn,
      protocol: protocol as string,
      endpoint: endpoint as string,
      state: needsConfirmation(protocol as string) ? 'pending' : 'confirmed',
      attributes: { ...attributes },
      tokens: tableOf(),
      needsAuthentication: false,
      wasAuthenticated: !needsConfirmation(protocol as string) && isSigned(context),
    };
    subscriptions.set(subscription.arn, subscription);
    if (subscription.state === 'pending') invite(topic, subscription);
    const isHidden = subscription.state === 'pending' && wantsArn !== true;
    return { SubscriptionArn: isHidden ? 'pending confirmation' : subscription.arn };
  };

  const confirmed = (subscription: Subscription, isAuthenticated: boolean): string => {
    const topic = topics.get(subscription.topicArn);
    if (subscription.state === 'deactivated' && topic !== undefined) topic.deletedCount -= 1;
    subscription.state = 'confirmed';
    subscription.wasAuthenticated = isAuthenticated;
    return subscription.arn;
  };
  const confirm = (params: Params, context: CallContext): Params => {
    const { Token, TopicArn, AuthenticateOnUnsubscribe } = params as Record<string, string>;
    const topic = topicOf(TopicArn as string);
    const subscription = ofTopic(topic.arn).find(({ tokens }) => tokens[Token as string] !== undefined);
    if (subscription === undefined) throw invalid('Token');
    if ((subscription.tokens[Token as string] as number) < clock.now())
      throw invalid('Token Reason: the token has expired');
    const needsAuthentication = AuthenticateOnUnsubscribe === 'true';
    if (needsAuthentication && !isSigned(context))
      throw new AwsError('AuthorizationError', 'A signature is needed with AuthenticateOnUnsubscribe.', 403);
    subscription.needsAuthentication = needsAuthentication;
    return { SubscriptionArn: confirmed(subscription, needsAuthentication) };
  };

  const end = (subscription: Subscription, context: CallContext): void => {
    const topic = topics.get(subscription.topicArn);
    if (topic !== undefined) topic.deletedCount += 1;
    if (isSigned(context) || topic === undefined) {
      subscriptions.delete(subscription.arn);
      return;
    }
    // Whoever has the link is not asked who he is, so that the endpoint hears of it and may come back.
    subscription.state = 'deactivated';
    post.bidFarewell(topic, subscription, newToken(subscription));
    forgetLater(subscription);
  };
  const unsubscribe = (params: Params, context: CallContext): Params => {
    const arn = params.SubscriptionArn as string;
    const isThere = subscriptions.get(arn)?.state !== undefined;
    // Ending what has ended succeeds.
    if (!isThere && arn.split(':').length >= 6) return {};
    const subscription = subscriptionOf(arn);
    if (subscription.state === 'pending')
      throw invalid('SubscriptionArn Reason: A subscription that is pending confirmation cannot be deleted');
    if (subscription.needsAuthentication && !isSigned(context))
      throw new AwsError('AuthorizationError', 'A signature is needed to end this subscription.', 403);
    end(subscription, context);
    return {};
  };

  const list = (all: readonly Subscription[], { NextToken: token }: Params): Params => {
    const shown = all
      .filter(({ state }) => state !== 'deactivated')
      .map(({ arn, topicArn: TopicArn, protocol: Protocol, endpoint: Endpoint, state }) => ({
        SubscriptionArn: state === 'pending' ? 'PendingConfirmation' : arn,
        Owner: account,
        Protocol,
        Endpoint,
        TopicArn,
      }));
    const { items, next } = pageOf(shown, { token, size: PAGE_SIZE, invalidToken: () => invalid('NextToken') });
    return { Subscriptions: items, NextToken: next };
  };

  const byTopic = ({ TopicArn }: Params) => TopicArn as string | undefined;
  const bySubscription = ({ SubscriptionArn }: Params) => SubscriptionArn as string | undefined;
  const operations: OperationTable = {
    Subscribe: {
      mutating: true,
      resource: byTopic,
      note: 'http and https on the loopback only; email into an outbox; sqs and lambda are kept; sms, application, firehose are not served',
      run: subscribe,
    },
    ConfirmSubscription: { mutating: true, resource: byTopic, run: confirm },
    Unsubscribe: { mutating: true, resource: bySubscription, run: unsubscribe },
    ListSubscriptions: { mutating: false, run: (params) => list([...subscriptions.values()], params) },
    ListSubscriptionsByTopic: {
      mutating: false,
      resource: byTopic,
      run: (params) => list(ofTopic(topicOf(params.TopicArn as string).arn), params),
    },
    GetSubscriptionAttributes: {
      mutating: false,
      resource: bySubscription,
      run: ({ SubscriptionArn }, { userName }) => {
        const subscription = subscriptionOf(SubscriptionArn as string);
        const principal = callerArn({ account, userName });
        return {
          Attributes: describeSubscription(subscription, topics.get(subscription.topicArn), account, principal),
        };
      },
    },
    SetSubscriptionAttributes: {
      mutating: true,
      resource: bySubscription,
      note: 'RedrivePolicy and SubscriptionRoleArn are kept without effect; no cidr and wildcard in filter policies',
      run: ({ SubscriptionArn, AttributeName, AttributeValue = '' }) => {
        setAttribute(subscriptionOf(SubscriptionArn as string), AttributeName as string, AttributeValue as string);
        return {};
      },
    },
  };

  return {
    operations,
    confirm: (topicArn, endpoint) => {
      const subscription = ofTopic(topicArn).find((one) => one.endpoint === endpoint && one.state === 'pending');
      return subscription && confirmed(subscription, false);
    },
    start: () => {
      for (const subscription of subscriptions.values()) {
        if (subscription.state !== 'confirmed') forgetLater(subscription);
      }
    },
  };
};
