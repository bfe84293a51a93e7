import type { Cases } from '../support/case.ts';

const group = '/wonderland/web';
const missing = { logGroupName: 'missing', logStreamName: 'one' };
/** When the clouds' clock begins; moto's runs with the wall clock. */
const START = Date.UTC(2026, 0, 1);

export const logs: Cases = {
  service: 'logs',
  steps: [
    { name: 'create', operation: 'CreateLogGroup', moto: true, params: { logGroupName: group, tags: { team: 'a' } } },
    {
      name: 'create again',
      operation: 'CreateLogGroup',
      moto: true,
      params: { logGroupName: group },
      fails: 'ResourceAlreadyExistsException',
    },
    {
      name: 'keep',
      operation: 'PutRetentionPolicy',
      moto: true,
      params: { logGroupName: group, retentionInDays: 30 },
    },
    {
      name: 'keep oddly',
      operation: 'PutRetentionPolicy',
      params: { logGroupName: group, retentionInDays: 2 },
      fails: 'InvalidParameterException',
    },
    { name: 'groups', operation: 'DescribeLogGroups', moto: true, params: { logGroupNamePrefix: '/wonderland' } },
    { name: 'no groups', operation: 'DescribeLogGroups', moto: true, params: { logGroupNamePrefix: 'nothing' } },
    { name: 'stream', operation: 'CreateLogStream', moto: true, params: { logGroupName: group, logStreamName: 'one' } },
    {
      name: 'stream again',
      operation: 'CreateLogStream',
      moto: true,
      params: { logGroupName: group, logStreamName: 'one' },
      fails: 'ResourceAlreadyExistsException',
    },
    {
      name: 'second stream',
      operation: 'CreateLogStream',
      moto: true,
      params: { logGroupName: group, logStreamName: 'two' },
    },
    {
      name: 'put',
      operation: 'PutLogEvents',
      params: {
        logGroupName: group,
        logStreamName: 'one',
        logEvents: [
          { timestamp: START, message: 'first' },
          { timestamp: START + 1, message: '{"level":"error"}' },
        ],
      },
    },
    {
      name: 'put what is too old',
      operation: 'PutLogEvents',
      params: {
        logGroupName: group,
        logStreamName: 'one',
        logEvents: [
          { timestamp: START - 20 * 86_400_000, message: 'old' },
          { timestamp: START, message: 'new' },
        ],
      },
    },
    {
      name: 'put in disorder',
      operation: 'PutLogEvents',
      params: {
        logGroupName: group,
        logStreamName: 'one',
        logEvents: [
          { timestamp: START + 1, message: 'b' },
          { timestamp: START, message: 'a' },
        ],
      },
      fails: 'InvalidParameterException',
    },
    {
      name: 'put nowhere',
      operation: 'PutLogEvents',
      moto: true,
      params: { ...missing, logEvents: [{ timestamp: START, message: 'a' }] },
      fails: 'ResourceNotFoundException',
    },
    {
      name: 'head',
      operation: 'GetLogEvents',
      params: { logGroupName: group, logStreamName: 'one', startFromHead: true, limit: 2 },
    },
    {
      name: 'on',
      operation: 'GetLogEvents',
      params: { logGroupName: group, logStreamName: 'one', startFromHead: true, nextToken: '${head.nextForwardToken}' },
    },
    { name: 'empty', operation: 'GetLogEvents', moto: true, params: { logGroupName: group, logStreamName: 'two' } },
    { name: 'get nothing', operation: 'GetLogEvents', moto: true, params: missing, fails: 'ResourceNotFoundException' },
    {
      name: 'filter',
      operation: 'FilterLogEvents',
      params: { logGroupName: group, filterPattern: '{ $.level = "error" }' },
    },
    {
      name: 'filter nothing',
      operation: 'FilterLogEvents',
      moto: true,
      params: { logGroupName: group, logStreamNames: ['two'] },
    },
    {
      name: 'streams',
      operation: 'DescribeLogStreams',
      moto: true,
      params: { logGroupName: group, logStreamNamePrefix: 'tw' },
    },
    {
      name: 'streams of nothing',
      operation: 'DescribeLogStreams',
      moto: true,
      params: { logGroupName: 'missing' },
      fails: 'ResourceNotFoundException',
    },
    {
      name: 'tags',
      operation: 'ListTagsForResource',
      moto: true,
      params: { resourceArn: `arn:aws:logs:eu-west-1:123456789012:log-group:${group}` },
    },
    {
      name: 'metric filter',
      operation: 'PutMetricFilter',
      moto: true,
      params: {
        logGroupName: group,
        filterName: 'errors',
        filterPattern: 'ERROR',
        metricTransformations: [{ metricName: 'errors', metricNamespace: 'web', metricValue: '1' }],
      },
    },
    { name: 'metric filters', operation: 'DescribeMetricFilters', moto: true, params: { logGroupName: group } },
    {
      name: 'delete stream',
      operation: 'DeleteLogStream',
      moto: true,
      params: { logGroupName: group, logStreamName: 'two' },
    },
    { name: 'delete', operation: 'DeleteLogGroup', moto: true, params: { logGroupName: group } },
    {
      name: 'delete again',
      operation: 'DeleteLogGroup',
      moto: true,
      params: { logGroupName: group },
      fails: 'ResourceNotFoundException',
    },
  ],
};
