import { ACMClient } from '@aws-sdk/client-acm';
import { CloudWatchClient } from '@aws-sdk/client-cloudwatch';
import { CloudWatchLogsClient } from '@aws-sdk/client-cloudwatch-logs';
import { EC2Client } from '@aws-sdk/client-ec2';
import { ECSClient } from '@aws-sdk/client-ecs';
import { ElasticLoadBalancingClient } from '@aws-sdk/client-elastic-load-balancing';
import { IAMClient } from '@aws-sdk/client-iam';
import { Route53Client } from '@aws-sdk/client-route-53';
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { SNSClient } from '@aws-sdk/client-sns';
import { SSMClient } from '@aws-sdk/client-ssm';
import { STSClient } from '@aws-sdk/client-sts';
import type { Config } from '../config.ts';

/** One SDK client per AWS service, all of one account and region. */
export type Clients = ReturnType<typeof createClients>;

/**
 * Credentials come from the SDK's standard chain. The SDK's own retries are off, because Temporal's policies own
 * them; a call that does not connect within 2 s or does not answer within 6 s fails.
 */
export function createClients(config: Pick<Config, 'region' | 'aws-endpoint-url'>) {
  const endpoint = config['aws-endpoint-url'];
  const options = {
    region: config.region,
    ...(endpoint === undefined ? {} : { endpoint }),
    maxAttempts: 1,
    requestHandler: { connectionTimeout: 2_000, requestTimeout: 6_000, throwOnRequestTimeout: true },
  };
  return {
    ecs: new ECSClient(options),
    elb: new ElasticLoadBalancingClient(options),
    route53: new Route53Client(options),
    ec2: new EC2Client(options),
    sts: new STSClient(options),
    acm: new ACMClient(options),
    logs: new CloudWatchLogsClient(options),
    sns: new SNSClient(options),
    cloudwatch: new CloudWatchClient(options),
    iam: new IAMClient(options),
    secrets: new SecretsManagerClient(options),
    ssm: new SSMClient(options),
  };
}
