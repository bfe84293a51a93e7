/** The AWS SDK for JavaScript. */
import * as acm from '@aws-sdk/client-acm';
import * as applicationAutoScaling from '@aws-sdk/client-application-auto-scaling';
import * as autoScaling from '@aws-sdk/client-auto-scaling';
import * as cloudWatch from '@aws-sdk/client-cloudwatch';
import * as logs from '@aws-sdk/client-cloudwatch-logs';
import * as ec2 from '@aws-sdk/client-ec2';
import * as ecr from '@aws-sdk/client-ecr';
import * as ecs from '@aws-sdk/client-ecs';
import * as elb from '@aws-sdk/client-elastic-load-balancing';
import * as iam from '@aws-sdk/client-iam';
import * as route53 from '@aws-sdk/client-route-53';
import * as s3 from '@aws-sdk/client-s3';
import * as secretsManager from '@aws-sdk/client-secrets-manager';
import * as sns from '@aws-sdk/client-sns';
import * as ssm from '@aws-sdk/client-ssm';
import * as sts from '@aws-sdk/client-sts';
import { sdkConfig } from '../../localcloud/cloud-kit.ts';
import type { Client, Outcome, Params, Service } from './case.ts';

interface SdkClient {
  send(command: unknown): Promise<Params>;
  destroy(): void;
}

const MODULES: Record<Service, [module: object, client: string]> = {
  acm: [acm, 'ACMClient'],
  'application-autoscaling': [applicationAutoScaling, 'ApplicationAutoScalingClient'],
  autoscaling: [autoScaling, 'AutoScalingClient'],
  cloudwatch: [cloudWatch, 'CloudWatchClient'],
  ec2: [ec2, 'EC2Client'],
  ecr: [ecr, 'ECRClient'],
  ecs: [ecs, 'ECSClient'],
  elb: [elb, 'ElasticLoadBalancingClient'],
  iam: [iam, 'IAMClient'],
  logs: [logs, 'CloudWatchLogsClient'],
  route53: [route53, 'Route53Client'],
  s3: [s3, 'S3Client'],
  secretsmanager: [secretsManager, 'SecretsManagerClient'],
  sns: [sns, 'SNSClient'],
  ssm: [ssm, 'SSMClient'],
  sts: [sts, 'STSClient'],
};

const construct = <T>(module: object, name: string, argument: object): T => {
  const found = (module as Record<string, (new (argument: object) => T) | undefined>)[name];
  if (found === undefined) throw new Error(`the SDK has no ${name}`);
  return new found(argument);
};

/** The SDK names exceptions by their class; the code that came over the wire is beside it. */
const readError = (error: Error & { Code?: string; Error?: { Code?: string }; message: string }) => ({
  code: error.Error?.Code ?? error.Code ?? error.name,
  message: error.message,
});

/** Streams are read; the rest is left to normalising. */
const readAnswer = async ({ $metadata: _metadata, ...answer }: Params): Promise<Params> => {
  const body = answer.Body as { transformToString?(): Promise<string> } | undefined;
  return body?.transformToString === undefined ? answer : { ...answer, Body: await body.transformToString() };
};

export const createJsClient = (url: string): Client => {
  const clients = new Map<Service, SdkClient>();
  const clientOf = (service: Service): SdkClient => {
    const known = clients.get(service);
    if (known !== undefined) return known;
    const [module, name] = MODULES[service];
    const client = construct<SdkClient>(module, name, { ...sdkConfig(url), forcePathStyle: true });
    clients.set(service, client);
    return client;
  };
  return {
    perform: async (service, operation, params): Promise<Outcome> => {
      const command = construct(MODULES[service][0], `${operation}Command`, params);
      try {
        return { answer: await readAnswer(await clientOf(service).send(command)) };
      } catch (error) {
        return { error: readError(error as Error) };
      }
    },
    close: () => clients.forEach((client) => client.destroy()),
  };
};
