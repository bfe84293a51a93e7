import type { Cases } from '../support/case.ts';
import { acm } from './acm.ts';
import { applicationAutoscaling } from './application-autoscaling.ts';
import { autoscaling } from './autoscaling.ts';
import { cloudwatch } from './cloudwatch.ts';
import { ec2 } from './ec2.ts';
import { ecr } from './ecr.ts';
import { ecs } from './ecs.ts';
import { elb } from './elb.ts';
import { iam } from './iam.ts';
import { logs } from './logs.ts';
import { route53 } from './route53.ts';
import { s3 } from './s3.ts';
import { secretsmanager } from './secretsmanager.ts';
import { sns } from './sns.ts';
import { ssm } from './ssm.ts';
import { sts } from './sts.ts';

/** In this order against one cloud: what a service leaves behind, the next ones find. */
export const ALL: readonly Cases[] = [
  sts,
  ecs,
  applicationAutoscaling,
  elb,
  route53,
  ec2,
  autoscaling,
  cloudwatch,
  logs,
  sns,
  s3,
  secretsmanager,
  ssm,
  ecr,
  iam,
  acm,
];
