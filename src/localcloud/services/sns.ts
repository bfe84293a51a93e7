/** SNS: topics with their tags, and what was published to them. */
import { AwsError, type Operation, type Params } from '../engine/contract.ts';
import type { Engine, Parts } from '../registration.ts';
import { list, optionalText, requiredText, texts } from './params.ts';

/** Messages kept of each topic. */
const KEPT_MESSAGES = 100;
const PAGE_SIZE = 100;

interface Topic {
  arn: string;
  attributes: Record<string, string>;
  tags: Record<string, string>;
  messages: { id: string; time: number; subject?: string; message: string }[];
}

export const createSns = (engine: Engine): Parts => {
  let topics: Record<string, Topic> = {};

  const find = (arn: string): Topic => {
    const topic = topics[arn];
    if (topic === undefined) throw new AwsError('NotFound', 'Topic does not exist', 404);
    return topic;
  };

  const findTagged = (params: Params): Topic => {
    const topic = topics[requiredText(params, 'ResourceArn')];
    if (topic === undefined) throw new AwsError('ResourceNotFound', 'Resource does not exist', 404);
    return topic;
  };

  const createTopic: Operation = (params) => {
    const name = requiredText(params, 'Name');
    if (!/^[A-Za-z0-9_-]{1,256}$/.test(name)) throw new AwsError('InvalidParameter', 'Invalid parameter: Topic Name');
    const arn = `arn:aws:sns:${engine.region}:${engine.account}:${name}`;
    const attributes = (params.Attributes || {}) as Record<string, string>;
    const tags = readTags(params);
    const existing = topics[arn];
    if (existing !== undefined) refuseDifference(existing, attributes, tags);
    topics[arn] ??= { arn, attributes, tags, messages: [] };
    return { TopicArn: arn };
  };

  const listTopics: Operation = (params) => {
    const arns = Object.keys(topics).sort();
    const start = Number(optionalText(params, 'NextToken') ?? 0);
    const next = start + PAGE_SIZE;
    return {
      Topics: arns.slice(start, next).map((TopicArn) => ({ TopicArn })),
      NextToken: next < arns.length ? String(next) : undefined,
    };
  };

  const getTopicAttributes: Operation = (params) => {
    const topic = find(requiredText(params, 'TopicArn'));
    const counted = { SubscriptionsConfirmed: '0', SubscriptionsPending: '0', SubscriptionsDeleted: '0' };
    const attributes = { TopicArn: topic.arn, Owner: engine.account, ...counted, ...topic.attributes };
    return { Attributes: new Map(Object.entries(attributes)) };
  };

  const tagResource: Operation = (params) => {
    Object.assign(findTagged(params).tags, readTags(params));
    return {};
  };

  const untagResource: Operation = (params) => {
    const topic = findTagged(params);
    for (const key of texts(params, 'TagKeys')) delete topic.tags[key];
    return {};
  };

  const listTags: Operation = (params) => ({
    Tags: Object.entries(findTagged(params).tags).map(([Key, Value]) => ({ Key, Value })),
  });

  const publish: Operation = (params) => {
    const topic = find(requiredText(params, 'TopicArn'));
    const id = engine.random.uuid();
    const subject = optionalText(params, 'Subject');
    const message = requiredText(params, 'Message');
    topic.messages.push({ id, time: engine.clock.now(), message, ...(subject === undefined ? {} : { subject }) });
    topic.messages = topic.messages.slice(-KEPT_MESSAGES);
    return { MessageId: id };
  };

  const deleteTopic: Operation = (params) => {
    delete topics[requiredText(params, 'TopicArn')];
    return {};
  };

  const byTopic = (params: Params): string | undefined => optionalText(params, 'TopicArn');
  const byResource = (params: Params): string | undefined => optionalText(params, 'ResourceArn');
  return {
    services: [
      {
        scope: 'sns',
        model: 'sns',
        throttlingCode: 'Throttling',
        validationCode: 'InvalidParameter',
        internalCode: 'InternalError',
        operations: {
          CreateTopic: { run: createTopic, mutating: true, resource: (params) => optionalText(params, 'Name') },
          DeleteTopic: { run: deleteTopic, mutating: true, resource: byTopic },
          ListTopics: { run: listTopics, mutating: false },
          GetTopicAttributes: { run: getTopicAttributes, mutating: false, resource: byTopic },
          TagResource: { run: tagResource, mutating: true, resource: byResource },
          UntagResource: { run: untagResource, mutating: true, resource: byResource },
          ListTagsForResource: { run: listTags, mutating: false, resource: byResource },
          Publish: { run: publish, mutating: true, resource: byTopic },
        },
        persistent: {
          key: 'sns',
          save: () => topics,
          load: (data) => {
            topics = data as Record<string, Topic>;
          },
          start: async () => undefined,
          stop: async () => undefined,
        },
      },
    ],
  };
};

const readTags = (params: Params): Record<string, string> =>
  Object.fromEntries(list(params, 'Tags').map((tag) => [requiredText(tag, 'Key'), optionalText(tag, 'Value') ?? '']));

/** Naming a topic again is fine as long as it is the same topic; tags may be left out then. */
const refuseDifference = (topic: Topic, attributes: Params, tags: Record<string, string>): void => {
  const differs = Object.entries(attributes).some(([key, value]) => topic.attributes[key] !== value);
  if (differs) {
    throw new AwsError(
      'InvalidParameter',
      'Invalid parameter: Attributes Reason: Topic already exists with different attributes',
    );
  }
  const tagsDiffer = Object.entries(tags).some(([key, value]) => topic.tags[key] !== value);
  if (tagsDiffer) {
    throw new AwsError('InvalidParameter', 'Invalid parameter: Tags Reason: Topic already exists with different tags');
  }
};
