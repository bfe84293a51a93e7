/** What AWS was seen to hold. Results of activities, so they stand in Temporal's history: no environment values. */

export interface ObservedDeployment {
  /** `ecs-svc/<digits>`. */
  id: string;
  status: string;
  /** ARN. */
  taskDefinition: string;
  desired: number;
  running: number;
  pending: number;
  failed: number;
}

export interface ObservedService {
  /** The incarnation: name of the ECS service and of its ELB. */
  name: string;
  desired: number;
  minimumHealthyPercent: number;
  maximumPercent: number;
  /** Longest of the revision that runs. */
  stopTimeoutSeconds?: number;
  /** Absent without a load balancer: ECS has none there, and refuses one. */
  gracePeriodSeconds?: number;
  primary: ObservedDeployment;
  /** Tag wonderland:content-hash of the PRIMARY's revision, if its body still matches it. */
  contentHash?: string;
  /** False when somebody deregistered the PRIMARY's revision: ECS starts no new service and no update with it. */
  isRevisionActive: boolean;
  /** `{ component, containerPort }` behind the balancer; absent without one. */
  behindBalancer?: { component: string; containerPort: number };
  hostPort?: number;
  /** Tag wonderland:team. */
  team?: string;
  /** Tag wonderland:deployment. */
  activeDeployment?: string;
  /** Tag wonderland:scale: the desired count as it was last set by a change of ours. */
  releasedScale?: number;
  /** Tag wonderland:health-check: target of the ELB's health check as it was last released. */
  healthCheckTarget?: string;
  /** Tag wonderland:domain: the name that pointed to it when it was last released. */
  domain?: string;
  /** Tag wonderland:left-domains: names of earlier releases whose records could not be removed. */
  leftDomains?: string[];
  /** Tag wonderland:releases: `id:revision`, newest first. */
  releases: string[];
  /** When ECS wrote the newest of its events, by AWS's clock, in milliseconds; absent in histories from before. */
  newestEventAt?: number;
  /** CPU units and MiB one of its tasks reserves now. */
  cpuUnits: number;
  memoryMiB: number;
}

export interface ObservedListener {
  port: number;
  protocol: string;
  instancePort: number;
  certificateArn?: string;
}

export interface ObservedHealthCheck {
  target: string;
  intervalSeconds: number;
  timeoutSeconds: number;
  healthyThreshold: number;
  unhealthyThreshold: number;
}

export interface ObservedBalancer {
  name: string;
  dnsName: string;
  /** Canonical hosted zone id, needed for an alias. */
  zoneId: string;
  scheme: string;
  listeners: ObservedListener[];
  healthCheck: ObservedHealthCheck;
  crossZone: boolean;
  /** 0 when connection draining is off. */
  drainingSeconds: number;
  /** Enabled ones. */
  availabilityZones: string[];
  /** By AWS's clock, in milliseconds; absent in histories from before. */
  createdAt?: number;
}

/** What an incarnation left in AWS, or what of it is on its way out: another one is the current one. */
export interface ObservedRemains {
  /** The incarnation. */
  name: string;
  /** Its ECS service is ACTIVE. */
  hasService: boolean;
  /** A load balancer of that name exists and is tagged as this service's. */
  hasBalancer: boolean;
}

export interface ObservedRecord {
  type: string;
  /** Absent for an alias. */
  ttlSeconds?: number;
  /** Lower case, without a trailing dot: an alias target or the values. */
  targets: string[];
  alias: boolean;
  /** Value of wonderland:service on the ELB it points to, when it points to one. */
  pointsToService?: string;
}

export interface ObservedDomain {
  /** Hosted zone id without the `/hostedzone/` prefix. */
  zoneId: string;
  records: ObservedRecord[];
  /** The record sets whole, as Route 53 takes them back. */
  recordSets: unknown[];
}

export interface ObservedInstance {
  /** EC2 instance id. */
  id: string;
  availabilityZone: string;
  cpuTotal: number;
  memoryTotal: number;
  cpuFree: number;
  memoryFree: number;
  /** Host ports in use, the reserved ones included. */
  portsUsed: number[];
}

/** ACTIVE instances with a connected agent, and the others by name. */
export interface ObservedCluster {
  name: string;
  instances: ObservedInstance[];
  /** Instance ids on which a task of the service runs or is about to, one for each task; in histories from before once. */
  ownInstances: string[];
  /** When the oldest of the tasks that run was started, by AWS's clock, in milliseconds; absent when none runs. */
  oldestTaskAt?: number;
  /** Ids of the service's tasks, those included that have stopped of late; absent in histories from before. */
  ownTasks?: string[];
  /** Instances of the cluster that take no task, each with the reason: `i-…: its ECS agent is disconnected`. */
  unusable?: string[];
}
