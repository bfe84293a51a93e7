import type { Cases } from '../support/case.ts';

const arn = 'arn:aws:sns:eu-west-1:123456789012';
const queue = 'arn:aws:sqs:eu-west-1:123456789012:queue';

export const sns: Cases = {
  service: 'sns',
  steps: [
    {
      name: 'create',
      operation: 'CreateTopic',
      moto: true,
      params: { Name: 'team', Tags: [{ Key: 'team', Value: 'a' }] },
    },
    { name: 'create again', operation: 'CreateTopic', moto: true, params: { Name: 'team' } },
    { name: 'create badly', operation: 'CreateTopic', moto: true, params: { Name: 'a b' }, fails: 'InvalidParameter' },
    {
      name: 'set',
      operation: 'SetTopicAttributes',
      moto: true,
      params: { TopicArn: '${create.TopicArn}', AttributeName: 'DisplayName', AttributeValue: 'The team' },
    },
    { name: 'attributes', operation: 'GetTopicAttributes', moto: true, params: { TopicArn: '${create.TopicArn}' } },
    {
      name: 'attributes of nothing',
      operation: 'GetTopicAttributes',
      moto: true,
      params: { TopicArn: `${arn}:nothing` },
      fails: 'NotFound',
    },
    {
      name: 'publish',
      operation: 'Publish',
      moto: true,
      params: {
        TopicArn: '${create.TopicArn}',
        Message: 'hello',
        Subject: 'a subject',
        MessageAttributes: { kind: { DataType: 'String', StringValue: 'deploy' } },
      },
    },
    {
      name: 'publish too much',
      operation: 'Publish',
      moto: true,
      params: { TopicArn: '${create.TopicArn}', Message: 'x'.repeat(262_145) },
      fails: 'InvalidParameter',
    },
    {
      name: 'batch',
      operation: 'PublishBatch',
      moto: true,
      params: {
        TopicArn: '${create.TopicArn}',
        PublishBatchRequestEntries: [
          { Id: 'a', Message: 'one' },
          { Id: 'b', Message: 'two' },
        ],
      },
    },
    {
      name: 'batch of one name',
      operation: 'PublishBatch',
      moto: true,
      params: {
        TopicArn: '${create.TopicArn}',
        PublishBatchRequestEntries: [
          { Id: 'a', Message: 'one' },
          { Id: 'a', Message: 'two' },
        ],
      },
      fails: 'BatchEntryIdsNotDistinct',
    },
    {
      name: 'subscribe',
      operation: 'Subscribe',
      moto: true,
      params: { TopicArn: '${create.TopicArn}', Protocol: 'sqs', Endpoint: queue },
    },
    {
      name: 'subscribe with a policy',
      operation: 'Subscribe',
      moto: true,
      params: {
        TopicArn: '${create.TopicArn}',
        Protocol: 'sqs',
        Endpoint: `${queue}-2`,
        Attributes: { FilterPolicy: '{"kind":["deploy"]}', RawMessageDelivery: 'true' },
      },
    },
    {
      name: 'subscribe badly',
      operation: 'Subscribe',
      params: { TopicArn: '${create.TopicArn}', Protocol: 'http', Endpoint: 'nowhere' },
      fails: 'InvalidParameter',
    },
    {
      name: 'subscriptions',
      operation: 'ListSubscriptionsByTopic',
      moto: true,
      params: { TopicArn: '${create.TopicArn}' },
    },
    {
      name: 'subscription',
      operation: 'GetSubscriptionAttributes',
      moto: true,
      params: { SubscriptionArn: '${subscribe with a policy.SubscriptionArn}' },
    },
    {
      name: 'unsubscribe',
      operation: 'Unsubscribe',
      moto: true,
      params: { SubscriptionArn: '${subscribe.SubscriptionArn}' },
    },
    {
      name: 'tag',
      operation: 'TagResource',
      moto: true,
      params: { ResourceArn: '${create.TopicArn}', Tags: [{ Key: 'more', Value: 'b' }] },
    },
    { name: 'tags', operation: 'ListTagsForResource', moto: true, params: { ResourceArn: '${create.TopicArn}' } },
    { name: 'topics', operation: 'ListTopics', moto: true },
    { name: 'delete', operation: 'DeleteTopic', moto: true, params: { TopicArn: '${create.TopicArn}' } },
    { name: 'no topics', operation: 'ListTopics', moto: true },
  ],
};
