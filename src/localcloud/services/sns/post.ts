/** Sends letters to the endpoints of subscriptions, each by its protocol. */
import type { Clock } from '../../engine/contract.ts';
import type { Sink } from '../../sink.ts';
import type { Delivery } from './delivery.ts';
import { textFor, type Documents, type Letter } from './documents.ts';
import type { Message, Subscription, Topic } from './model.ts';
import { readRetryPolicy } from './retry-policy.ts';

export interface Post {
  invite(topic: Topic, subscription: Subscription, token: string): void;
  bidFarewell(topic: Topic, subscription: Subscription, token: string): void;
  notify(topic: Topic, subscription: Subscription, message: Message): void;
}

export const createPost = (
  documents: Documents,
  delivery: Delivery,
  outbox: Pick<Sink, 'take'>,
  { now }: Pick<Clock, 'now'>,
): Post => {
  /** `plain`: what a person reads. */
  const send = (topic: Topic, subscription: Subscription, letter: Letter, plain: string): void => {
    const { arn, protocol, endpoint, attributes } = subscription;
    if (protocol === 'http' || protocol === 'https') {
      delivery.send(arn, endpoint, letter, readRetryPolicy(attributes.DeliveryPolicy, topic.attributes.DeliveryPolicy));
    } else if (protocol === 'email' || protocol === 'email-json') {
      const body = protocol === 'email' ? plain : letter.body;
      outbox.take({ path: `/email/${endpoint}`, time: Math.round(now()), body });
    }
  };
  const readable = ({ body }: Letter): string => {
    const { Message: text, SubscribeURL: url } = JSON.parse(body) as { Message: string; SubscribeURL: string };
    return `${text}\n\n${url}\n`;
  };
  return {
    invite: (topic, subscription, token) => {
      const letter = documents.invitation(topic, token);
      send(topic, subscription, letter, readable(letter));
    },
    bidFarewell: (topic, subscription, token) => {
      const letter = documents.farewell(topic, subscription, token);
      send(topic, subscription, letter, readable(letter));
    },
    notify: (topic, subscription, message) => {
      const letter = documents.notification(topic, subscription, message);
      const subject = message.subject ?? 'AWS Notification Message';
      send(topic, subscription, letter, `Subject: ${subject}\n\n${textFor(message, subscription)}\n`);
    },
  };
};
