/** What SNS sends to the endpoints of subscriptions: documents as JSON, or the bare message. */
import type { Engine } from '../../registration.ts';
import type { Message, MessageAttribute, Subscription, Topic } from './model.ts';
import type { SignatureVersion, Signer } from './signing.ts';

/** A request to be made, all but where to. */
export interface Letter {
  headers: Record<string, string>;
  body: string;
}

/** As AWS prints them: a line for each member, and a space before the colon. */
const print = (document: Record<string, unknown>): string => {
  const lines = Object.entries(document)
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => `  "${name}" : ${JSON.stringify(value)}`);
  return `{\n${lines.join(',\n')}\n}`;
};

const shownAttributes = (attributes: Record<string, MessageAttribute>): Record<string, unknown> | undefined => {
  const entries = Object.entries(attributes).map(([name, { DataType, StringValue, BinaryValue }]) => [
    name,
    { Type: DataType, Value: StringValue ?? BinaryValue?.toString('base64') },
  ]);
  return entries.length === 0 ? undefined : (Object.fromEntries(entries) as Record<string, unknown>);
};

export const textFor = ({ text, textByProtocol }: Message, { protocol }: Subscription): string =>
  textByProtocol[protocol] ?? text;

export type Documents = ReturnType<typeof createDocuments>;

export const createDocuments = (
  { clock, endpoint, random, account }: Pick<Engine, 'clock' | 'endpoint' | 'random' | 'account'>,
  signer: Signer,
) => {
  const seal = (topic: Topic, document: Record<string, unknown>) => {
    const version = (topic.attributes.SignatureVersion ?? '1') as SignatureVersion;
    return {
      SignatureVersion: version,
      Signature: signer.sign(document, version),
      SigningCertURL: `${endpoint()}/_wonderland/sns-signing.pem?account=${account}`,
    };
  };
  const headersOf = (type: string, id: string, topic: Topic, subscription?: Subscription): Record<string, string> => ({
    'x-amz-sns-message-type': type,
    'x-amz-sns-message-id': id,
    'x-amz-sns-topic-arn': topic.arn,
    ...(subscription !== undefined && { 'x-amz-sns-subscription-arn': subscription.arn }),
    'content-type': 'text/plain; charset=UTF-8',
    'user-agent': 'Amazon Simple Notification Service Agent',
  });
  const timestamp = (): string => new Date(Math.round(clock.now())).toISOString();

  /** Asks the endpoint's owner: to begin, or to go on after all. */
  const confirmation = (
    topic: Topic,
    token: string,
    type: 'SubscriptionConfirmation' | 'UnsubscribeConfirmation',
    message: string,
    subscription?: Subscription,
  ): Letter => {
    const document = {
      Type: type,
      MessageId: random.uuid(),
      Token: token,
      TopicArn: topic.arn,
      Message: message,
      SubscribeURL: `${endpoint()}/?Action=ConfirmSubscription&TopicArn=${topic.arn}&Token=${token}`,
      Timestamp: timestamp(),
    };
    return {
      headers: headersOf(type, document.MessageId, topic, subscription),
      body: print({ ...document, ...seal(topic, document) }),
    };
  };

  return {
    invitation: (topic: Topic, token: string): Letter =>
      confirmation(
        topic,
        token,
        'SubscriptionConfirmation',
        `You have chosen to subscribe to the topic ${topic.arn}.\nTo confirm the subscription, visit the SubscribeURL included in this message.`,
      ),
    farewell: (topic: Topic, subscription: Subscription, token: string): Letter =>
      confirmation(
        topic,
        token,
        'UnsubscribeConfirmation',
        `You have chosen to deactivate subscription ${subscription.arn}.\nTo cancel this operation and restore the subscription, visit the SubscribeURL included in this message.`,
        subscription,
      ),
    notification: (topic: Topic, subscription: Subscription, message: Message): Letter => {
      const headers = headersOf('Notification', message.id, topic, subscription);
      const text = textFor(message, subscription);
      if (subscription.attributes.RawMessageDelivery === 'true')
        return { headers: { ...headers, 'x-amz-sns-rawdelivery': 'true' }, body: text };
      const document = {
        Type: 'Notification',
        MessageId: message.id,
        TopicArn: topic.arn,
        Subject: message.subject,
        Message: text,
        Timestamp: timestamp(),
      };
      const UnsubscribeURL = `${endpoint()}/?Action=Unsubscribe&SubscriptionArn=${subscription.arn}`;
      const MessageAttributes = shownAttributes(message.attributes);
      return { headers, body: print({ ...document, ...seal(topic, document), UnsubscribeURL, MessageAttributes }) };
    },
  };
};
