import { checkArn, notFound, type Subscription, type Topic } from './model.ts';
import { tableOf } from '../../engine/table.ts';

export type SnsStore = ReturnType<typeof createSnsStore>;

/** Topics and subscriptions, by ARN. */
export const createSnsStore = (account: string) => {
  const topics = new Map<string, Topic>();
  const subscriptions = new Map<string, Subscription>();

  const topicOf = (arn: string, member = 'TopicArn'): Topic => {
    checkArn(arn, member, account);
    const topic = topics.get(arn);
    if (topic === undefined) throw notFound('Topic');
    return topic;
  };
  const subscriptionOf = (arn: string): Subscription => {
    checkArn(arn, 'SubscriptionArn', account);
    const subscription = subscriptions.get(arn);
    if (subscription === undefined || subscription.state === 'deactivated') throw notFound('Subscription');
    return subscription;
  };
  return {
    topics,
    subscriptions,
    topicOf,
    subscriptionOf,
    /** Those that were ended too. */
    ofTopic: (topicArn: string): Subscription[] =>
      [...subscriptions.values()].filter((subscription) => subscription.topicArn === topicArn),
    save: () => ({ topics: [...topics.values()], subscriptions: [...subscriptions.values()] }),
    load: (data: unknown): void => {
      const saved = data as { topics: Topic[]; subscriptions: Subscription[] };
      for (const topic of saved.topics) topics.set(topic.arn, topic);
      for (const one of saved.subscriptions) subscriptions.set(one.arn, { ...one, tokens: tableOf(one.tokens) });
    },
  };
};
