/** Topics: made once, described, tagged, deleted with their subscriptions. */
import { AwsError, type OperationTable, type Params } from '../../engine/contract.ts';
import { pageOf } from '../paging.ts';
import { addTags, dropTags, readTags, showTags } from '../tag-set.ts';
import { checkArn, invalid, unserved, type Topic } from './model.ts';
import { readRetryPolicy } from './retry-policy.ts';
import type { SnsStore } from './store.ts';

const PAGE_SIZE = 100;

/** Kept as they are; the others act. */
const KEPT_ATTRIBUTE =
  /^(Policy|DisplayName|TracingConfig|(HTTP|Firehose|Lambda|SQS|Application)(SuccessFeedbackRoleArn|SuccessFeedbackSampleRate|FailureFeedbackRoleArn))$/;

const checkAttribute = (name: string, value: string): void => {
  if (name.startsWith('Fifo') || name === 'ContentBasedDeduplication' || name === 'ArchivePolicy')
    throw unserved('A FIFO topic');
  if (name === 'KmsMasterKeyId') throw unserved('Encryption with KMS');
  if (name === 'SignatureVersion') {
    if (value !== '1' && value !== '2') throw invalid(`Attributes Reason: SignatureVersion: Invalid value [${value}]`);
  } else if (name === 'DeliveryPolicy') readRetryPolicy(undefined, value);
  else if (!KEPT_ATTRIBUTE.test(name)) throw invalid('AttributeName');
};

/** Everybody of the account may do everything. */
const defaultPolicy = (arn: string, account: string): string =>
  JSON.stringify({
    Version: '2008-10-17',
    Id: '__default_policy_ID',
    Statement: [
      {
        Sid: '__default_statement_ID',
        Effect: 'Allow',
        Principal: { AWS: '*' },
        Action: [
          'SNS:GetTopicAttributes',
          'SNS:SetTopicAttributes',
          'SNS:AddPermission',
          'SNS:RemovePermission',
          'SNS:DeleteTopic',
          'SNS:Subscribe',
          'SNS:ListSubscriptionsByTopic',
          'SNS:Publish',
        ],
        Resource: arn,
        Condition: { StringEquals: { 'AWS:SourceOwner': account } },
      },
    ],
  });

/** Naming a topic again is fine as long as it is the same topic; tags may be left out then. */
const refuseDifference = (topic: Topic, attributes: Record<string, string>, tags: Record<string, string>): void => {
  if (Object.entries(attributes).some(([key, value]) => topic.attributes[key] !== value))
    throw invalid('Attributes Reason: Topic already exists with different attributes');
  if (Object.entries(tags).some(([key, value]) => topic.tags[key] !== value))
    throw invalid('Tags Reason: Topic already exists with different tags');
};

const tooManyTags = (): AwsError =>
  new AwsError('TagLimitExceeded', 'Could not complete request: tag quota of per resource exceeded');

export const createTopicOperations = (store: SnsStore, account: string, region: string): OperationTable => {
  const { topics, subscriptions, topicOf, ofTopic } = store;

  const tagged = ({ ResourceArn }: Params): Topic => {
    checkArn(ResourceArn as string, 'ResourceArn', account);
    const topic = topics.get(ResourceArn as string);
    if (topic === undefined) throw new AwsError('ResourceNotFound', 'Resource does not exist', 404);
    return topic;
  };
  const describe = (topic: Topic): Params => {
    const count = (state: string): string =>
      String(ofTopic(topic.arn).filter((subscription) => subscription.state === state).length);
    return {
      Policy: defaultPolicy(topic.arn, account),
      DisplayName: '',
      ...topic.attributes,
      TopicArn: topic.arn,
      Owner: account,
      SubscriptionsPending: count('pending'),
      SubscriptionsConfirmed: count('confirmed'),
      SubscriptionsDeleted: String(topic.deletedCount),
      EffectiveDeliveryPolicy: JSON.stringify({
        http: {
          defaultHealthyRetryPolicy: readRetryPolicy(undefined, topic.attributes.DeliveryPolicy),
          disableSubscriptionOverrides: false,
          defaultRequestPolicy: { headerContentType: 'text/plain; charset=UTF-8' },
        },
      }),
    };
  };

  const byTopic = ({ TopicArn }: Params) => TopicArn as string | undefined;
  const byResource = ({ ResourceArn }: Params) => ResourceArn as string | undefined;
  return {
    CreateTopic: {
      mutating: true,
      resource: ({ Name }) => Name as string,
      note: 'standard topics only, without encryption',
      run: (params) => {
        const name = params.Name as string;
        const attributes = (params.Attributes ?? {}) as Record<string, string>;
        if (attributes.FifoTopic === 'true') throw unserved('A FIFO topic');
        if (!/^[A-Za-z0-9_-]{1,256}$/.test(name)) throw invalid('Topic Name');
        for (const [key, value] of Object.entries(attributes)) checkAttribute(key, value);
        const tags = addTags({}, readTags(params.Tags), tooManyTags);
        const arn = `arn:aws:sns:${region}:${account}:${name}`;
        const existing = topics.get(arn);
        if (existing !== undefined) refuseDifference(existing, attributes, tags);
        else topics.set(arn, { arn, attributes, tags, deletedCount: 0 });
        return { TopicArn: arn };
      },
    },
    DeleteTopic: {
      mutating: true,
      resource: byTopic,
      run: ({ TopicArn }) => {
        const arn = TopicArn as string;
        checkArn(arn, 'TopicArn', account);
        topics.delete(arn);
        for (const { arn: subscriptionArn } of ofTopic(arn)) subscriptions.delete(subscriptionArn);
        return {};
      },
    },
    ListTopics: {
      mutating: false,
      run: ({ NextToken: token }) => {
        const invalidToken = () => invalid('NextToken');
        const { items, next } = pageOf([...topics.keys()].sort(), { token, size: PAGE_SIZE, invalidToken });
        return { Topics: items.map((TopicArn) => ({ TopicArn })), NextToken: next };
      },
    },
    GetTopicAttributes: {
      mutating: false,
      resource: byTopic,
      run: (params) => ({ Attributes: describe(topicOf(params.TopicArn as string)) }),
    },
    SetTopicAttributes: {
      mutating: true,
      resource: byTopic,
      note: 'access policy, tracing and feedback are kept without effect',
      run: ({ TopicArn, AttributeName, AttributeValue = '' }) => {
        const topic = topicOf(TopicArn as string);
        checkAttribute(AttributeName as string, AttributeValue as string);
        topic.attributes[AttributeName as string] = AttributeValue as string;
        return {};
      },
    },
    TagResource: {
      mutating: true,
      resource: byResource,
      run: (params) => {
        addTags(tagged(params).tags, readTags(params.Tags), tooManyTags);
        return {};
      },
    },
    UntagResource: {
      mutating: true,
      resource: byResource,
      run: (params) => {
        dropTags(tagged(params).tags, params.TagKeys);
        return {};
      },
    },
    ListTagsForResource: {
      mutating: false,
      resource: byResource,
      run: (params) => ({ Tags: showTags(tagged(params).tags) }),
    },
  };
};
