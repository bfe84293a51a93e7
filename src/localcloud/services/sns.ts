/** SNS: topics, subscriptions, and what is published to them brought to endpoints on this machine. */
import type { Persistent, Topics } from '../engine/contract.ts';
import type { Certificate } from '../proxy/certificate.ts';
import type { Engine, Parts } from '../registration.ts';
import { createSink, type Received } from '../sink.ts';
import { createDelivery, type Attempt } from './sns/delivery.ts';
import { createDocuments } from './sns/documents.ts';
import { createPost } from './sns/post.ts';
import { createPublishing } from './sns/publish.ts';
import { createSigner } from './sns/signing.ts';
import { createSnsStore } from './sns/store.ts';
import { createSubscriptions } from './sns/subscriptions.ts';
import { createTopicOperations } from './sns/topics.ts';

/** AWS truncates the subjects that other services give; more than this is refused. */
const LONGEST_SUBJECT = 100;

/** What the admin endpoint shows of SNS. */
export interface SnsDesk {
  /** PEM, for the signatures of what is sent. */
  certificate(): string;
  /** Emails, the newest last. */
  outbox(): Received[];
  /** Deliveries over HTTP, the newest last. */
  attempts(): readonly Attempt[];
  /** Confirms a subscription as its owner would; its ARN, undefined when there is none to confirm. */
  confirm(topicArn: string, endpoint: string): string | undefined;
}

export const createSns = (engine: Engine): Parts & { topics: Topics; desk: SnsDesk } => {
  const { account, region, clock } = engine;
  const store = createSnsStore(account);
  const signer = createSigner(engine.changed);
  const outbox = createSink();
  const delivery = createDelivery(engine);
  const post = createPost(createDocuments(engine, signer), delivery, outbox, clock);
  const subscriptions = createSubscriptions(engine, store, post);
  const publishing = createPublishing(engine, store, post);

  const persistent: Persistent = {
    key: 'sns',
    save: () => ({ ...store.save(), signer: signer.save(), outbox: outbox.save(), delivery: delivery.save() }),
    load: (data) => {
      const saved = data as { signer?: Certificate; outbox: unknown; delivery: unknown };
      store.load(data);
      signer.load(saved.signer);
      outbox.load(saved.outbox);
      delivery.load(saved.delivery);
    },
    start: async () => {
      subscriptions.start();
      delivery.start();
    },
    stop: async () => delivery.stop(),
  };

  return {
    services: [
      {
        scope: 'sns',
        model: 'sns',
        throttlingCode: 'Throttled',
        validationCode: 'InvalidParameter',
        internalCode: 'InternalError',
        operations: {
          ...createTopicOperations(store, account, region),
          ...subscriptions.operations,
          ...publishing.operations,
        },
        persistent,
      },
    ],
    topics: {
      publish: (topicArn, { subject, message }) => {
        const topic = store.topics.get(topicArn);
        if (topic === undefined) return false;
        publishing.publish(topic, { Message: message, Subject: subject.slice(0, LONGEST_SUBJECT) });
        return true;
      },
    },
    desk: {
      certificate: signer.certificate,
      outbox: outbox.list,
      attempts: delivery.attempts,
      confirm: subscriptions.confirm,
    },
  };
};
