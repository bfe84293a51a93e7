import type { World } from '../../../src/activities/observe.ts';
import type { Holdings } from '../../../src/activities/retire.ts';
import type { ObservedBalancer, ObservedRecord, ObservedService } from '../../../src/domain/deploy/observed.ts';
import type { RolloutSnapshot, StoppedTask } from '../../../src/domain/deploy/rollout.ts';
import type { DeploymentSettings, ServiceSpec } from '../../../src/domain/service-spec.ts';

export const SERVICE = 'web';
export const INCARNATION = 'web-1466580000';
export const DOMAIN = 'web.example.com';

/** ARN of a revision of the service. */
export const revisionArn = (revision: number): string =>
  `arn:aws:ecs:eu-west-1:123456789012:task-definition/service-${SERVICE}:${revision}`;

/** What the service shall be: two tasks of `v8` behind its domain. */
export const specOf = (
  deployment: Partial<DeploymentSettings> = {},
  scheme: 'internet-facing' | 'internal' = 'internet-facing',
): ServiceSpec => ({
  scale: 2,
  components: [
    {
      name: SERVICE,
      image: 'registry.example.com/web:v8',
      env: {},
      memoryMiB: 64,
      cpuUnits: 32,
      logTypes: [],
      stopTimeoutSeconds: 30,
    },
  ],
  endpoint: {
    domain: DOMAIN,
    component: SERVICE,
    containerPort: 80,
    scheme,
    healthCheck: {
      protocol: 'HTTP',
      path: '/health',
      intervalSeconds: 10,
      timeoutSeconds: 5,
      healthyThreshold: 2,
      unhealthyThreshold: 2,
      gracePeriodSeconds: 60,
    },
    listeners: [{ port: 80, protocol: 'HTTP' }],
  },
  deployment: {
    timeoutSeconds: 180,
    settleSeconds: 5,
    failures: 3,
    minimumHealthyPercent: 50,
    onFailure: 'rollback',
    ...deployment,
  },
});

/** The same behind another kind of load balancer: what runs has to be replaced. */
export const replacing = (deployment: Partial<DeploymentSettings> = {}): ServiceSpec => specOf(deployment, 'internal');

export const balancerOf = (name: string, hostPort: number): ObservedBalancer => ({
  name,
  dnsName: `${name}-1.eu-west-1.elb.amazonaws.com`,
  zoneId: 'Z1',
  scheme: 'internet-facing',
  listeners: [{ port: 80, protocol: 'HTTP', instancePort: hostPort }],
  healthCheck: {
    target: `HTTP:${hostPort}/health`,
    intervalSeconds: 10,
    timeoutSeconds: 5,
    healthyThreshold: 2,
    unhealthyThreshold: 2,
  },
  crossZone: true,
  drainingSeconds: 180,
  availabilityZones: ['eu-west-1a'],
});

const service: ObservedService = {
  name: INCARNATION,
  desired: 2,
  minimumHealthyPercent: 100,
  maximumPercent: 200,
  gracePeriodSeconds: 60,
  primary: {
    id: 'ecs-svc/7',
    status: 'PRIMARY',
    taskDefinition: revisionArn(7),
    desired: 2,
    running: 2,
    pending: 0,
    failed: 0,
  },
  contentHash: 'v7',
  isRevisionActive: true,
  behindBalancer: { component: SERVICE, containerPort: 80 },
  hostPort: 11_000,
  team: 'crew',
  activeDeployment: '1466580000',
  domain: DOMAIN,
  releases: ['1466580000:7'],
  cpuUnits: 32,
  memoryMiB: 64,
};

/** What runs: two tasks of revision 7, and a record that points to the balancer already. */
export const running: World = {
  service,
  balancer: balancerOf(INCARNATION, 11_000),
  domain: {
    zoneId: 'Z2',
    records: [
      {
        type: 'A',
        targets: [`dualstack.${INCARNATION}-1.eu-west-1.elb.amazonaws.com`],
        alias: true,
        pointsToService: SERVICE,
      },
    ],
    recordSets: [],
  },
  cluster: {
    name: 'crims',
    instances: ['i-1', 'i-2', 'i-3', 'i-4'].map((id) => ({
      id,
      availabilityZone: 'eu-west-1a',
      cpuTotal: 1024,
      memoryTotal: 1024,
      cpuFree: 512,
      memoryFree: 512,
      portsUsed: ['i-1', 'i-2'].includes(id) ? [11_000] : [],
    })),
    ownInstances: ['i-1', 'i-2'],
  },
  waits: { dnsSeconds: 60, idleSeconds: 60 },
};

const withRecords = (...records: ObservedRecord[]): World => ({
  ...running,
  domain: { zoneId: 'Z2', records, recordSets: [] },
});

/** `v8` runs already. */
export const runningAlready: World = { ...running, service: { ...service, contentHash: 'v8' } };

/** `v8` runs already, and its health check is asked for less often than it shall be. */
export const checkedOtherwise: World = {
  ...runningAlready,
  balancer: {
    ...balancerOf(INCARNATION, 11_000),
    healthCheck: { ...balancerOf(INCARNATION, 11_000).healthCheck, intervalSeconds: 30 },
  },
};

/** One of its two tasks is missing. */
export const notWhole: World = { ...running, service: { ...service, primary: { ...service.primary, running: 1 } } };

/** The release that runs has another name. */
export const renamed: World = { ...running, service: { ...service, domain: 'old.example.com' } };

/** Its tasks take up to five minutes to stop. */
export const stoppingSlowly: World = { ...running, service: { ...service, stopTimeoutSeconds: 300 } };

/** ECS service and load balancer are gone. */
export const withoutService: World = {
  domain: running.domain,
  cluster: { ...running.cluster, ownInstances: [] },
  waits: running.waits,
};

/** Somebody took the record away: it is written anew, and its change waited for. */
export const withoutRecord = withRecords();

/** A record from before there was an alias: resolvers keep it for ten minutes. */
export const withLongTtl = withRecords({
  type: 'CNAME',
  ttlSeconds: 600,
  targets: [`${INCARNATION}-1.eu-west-1.elb.amazonaws.com`],
  alias: false,
  pointsToService: SERVICE,
});

/** Somebody else's tasks fill the cluster. */
export const withoutRoom: World = {
  ...running,
  cluster: {
    ...running.cluster,
    instances: running.cluster.instances.map((i) => ({ ...i, cpuFree: 0, memoryFree: 0 })),
  },
  service: { ...service, cpuUnits: 16 },
};

/** What a deletion finds. */
export const holdings: Holdings = {
  aliases: { domains: [DOMAIN], balancers: [INCARNATION] },
  services: [INCARNATION],
  balancers: [INCARNATION],
  revisions: [revisionArn(7)],
};

/** A rollout as it looks; who is PRIMARY is the script's business. */
export type Looks = Omit<RolloutSnapshot, 'primary'>;

const serving = (...instances: string[]) =>
  instances.map((instance) => ({ instance, state: 'InService', description: 'N/A' }));

/** New tasks wait for room; the old ones serve. */
export const starting: Looks = {
  service: 'ACTIVE',
  desired: 2,
  ours: { running: 0, pending: 2 },
  others: { running: 2, pending: 0, deployments: 1 },
  ourInstances: [],
  oldTasks: 2,
  oldStopping: 0,
  stopped: [],
  health: serving('i-1', 'i-2'),
};

/** One of the new tasks runs, without being in service yet. */
export const oneRuns: Looks = { ...starting, ours: { running: 1, pending: 1 }, ourInstances: ['i-3'] };

/** It is in service, too. */
export const oneServes: Looks = { ...oneRuns, health: serving('i-1', 'i-2', 'i-3') };

/** Every new task serves; the old ones drain. */
export const draining: Looks = {
  ...starting,
  ours: { running: 2, pending: 0 },
  ourInstances: ['i-3', 'i-4'],
  health: serving('i-3', 'i-4'),
};

export const complete: Looks = { ...draining, others: { running: 0, pending: 0, deployments: 0 }, oldTasks: 0 };

/** Complete, but one of its instances failed its health check. */
export const unhealthy: Looks = {
  ...complete,
  health: [
    ...serving('i-3'),
    { instance: 'i-4', state: 'OutOfService', description: 'Instance has failed at least the UnhealthyThreshold' },
  ],
};

/** DescribeServices does not know the service. */
export const missing: Looks = { ...starting, service: 'MISSING', desired: 0, ours: { running: 0, pending: 0 } };

/** ECS has said that it finds no place for the new tasks. */
export const withoutPlace: Looks = {
  ...starting,
  ours: { running: 0, pending: 0 },
  stuck: 'was unable to place a task because no container instance met all of its requirements.',
};

/** So many tasks of ours have crashed. */
export const withStopped = (looks: Looks, count: number): Looks => ({
  ...looks,
  stopped: Array.from({ length: count }, (_, n): StoppedTask => ({
    id: `task-${n}`,
    stopCode: 'EssentialContainerExited',
    reason: 'Essential container in task exited',
    exitCode: 1,
    container: SERVICE,
  })),
});
