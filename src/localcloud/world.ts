/** Everything one AWS account has in its region: the services, and what they share. */
import type { Machines, Persistent } from './engine/contract.ts';
import { BUCKET_RULES } from './engine/throttle-rules.ts';
import { createThrottle, type Throttle } from './engine/throttle.ts';
import type { Images } from './images.ts';
import type { Engine, ServiceRegistration } from './registration.ts';
import { createAcm } from './services/acm.ts';
import { createApplicationAutoScaling } from './services/application-autoscaling.ts';
import { createAutoScaling } from './services/autoscaling.ts';
import { createCloudWatch } from './services/cloudwatch.ts';
import { createMachines, type MachineFaults } from './services/ec2.ts';
import { createEcr, type EcrRegistry } from './services/ecr.ts';
import { createEcs, type EcsParts } from './services/ecs.ts';
import { createElb, type Elb } from './services/elb.ts';
import { createIam } from './services/iam.ts';
import { createLogs } from './services/logs.ts';
import { createRoute53, type Route53 } from './services/route53.ts';
import { createS3 } from './services/s3.ts';
import { createSecretSource } from './services/secret-source.ts';
import { createSecretsManager } from './services/secretsmanager.ts';
import { createSns, type SnsDesk } from './services/sns.ts';
import { createSsm } from './services/ssm.ts';
import { createSts } from './services/sts.ts';

export interface World {
  engine: Engine;
  services: ServiceRegistration[];
  persistents: Persistent[];
  throttle: Throttle;
  ecs: EcsParts;
  elb: Elb;
  route53: Route53;
  sns: SnsDesk;
  machines: Machines & MachineFaults;
  ecr: EcrRegistry;
}

/** Makes the services; nothing runs before their `start`. */
export const createWorld = (engine: Engine, { images }: { images: Images }): World => {
  const ec2 = createMachines(engine);
  const elb = createElb(engine, ec2.machines, { isIssued: (arn) => acm.isIssued(arn) });
  const route53 = createRoute53(engine, elb);
  const logs = createLogs(engine);
  const secretsManager = createSecretsManager(engine);
  const ssm = createSsm(engine);
  const iam = createIam(engine);
  const ecr = createEcr(engine, images);
  const acm = createAcm(engine, { route53, elb });
  const ecs = createEcs(engine, {
    machines: ec2.machines,
    balancers: elb.balancers,
    images,
    logs: logs.sink,
    secrets: createSecretSource(secretsManager, ssm, iam.roles),
    roles: iam.roles,
    alarms: { state: (name) => cloudWatch.alarms.state(name) },
  });
  const { fleet } = ecs;
  const sns = createSns(engine);
  const cloudWatch = createCloudWatch(engine, {
    topics: sns.topics,
    fleet,
    balancers: elb.report,
    requests: elb.takeRequestCounts,
  });
  const parts = [
    ec2,
    elb,
    createAutoScaling(engine, { ec2, balancers: elb.balancers }),
    route53,
    logs,
    ecs,
    createSts(engine),
    secretsManager,
    ssm,
    iam,
    ecr,
    acm,
    sns,
    createS3(engine),
    cloudWatch,
    createApplicationAutoScaling(engine, { fleet, alarms: cloudWatch.scalingAlarms }),
  ];
  const services = parts.flatMap((part) => part.services);
  return {
    engine,
    services,
    persistents: services.flatMap(({ persistent }) => persistent ?? []),
    throttle: createThrottle(BUCKET_RULES, engine.clock.realNow),
    ecs,
    elb,
    route53,
    sns: sns.desk,
    machines: ec2.machines,
    ecr: ecr.registry,
  };
};
