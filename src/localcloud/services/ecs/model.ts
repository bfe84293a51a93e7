/** What ECS remembers. Times are cloud milliseconds; the API's seconds are made in describe.ts. */
import type { Params } from '../../engine/contract.ts';

export type Tags = Record<string, string>;

export interface Cluster {
  name: string;
  arn: string;
  status: 'ACTIVE' | 'INACTIVE';
  tags: Tags;
  settings: Params[];
  configuration?: Params;
  serviceConnectDefaults?: Params;
  /** Names of capacity providers; kept, nothing starts through them. */
  capacityProviders?: string[];
  defaultCapacityProviderStrategy?: Params[];
}

export interface ContainerInstance {
  arn: string;
  /** 32 hexadecimal digits. */
  id: string;
  cluster: string;
  ec2InstanceId: string;
  status: 'REGISTERING' | 'ACTIVE' | 'DRAINING' | 'INACTIVE';
  agentConnected: boolean;
  cpu: number;
  /** MiB. */
  memory: number;
  reservedPorts: number[];
  attributes: { name: string; value?: string }[];
  registeredAt: number;
  version: number;
  tags: Tags;
}

export interface PortMapping {
  containerPort: number;
  hostPort: number;
  protocol: string;
}

/** A container definition as registered, with AWS's defaults filled in. */
export interface ContainerDefinition extends Params {
  name: string;
  image: string;
  cpu: number;
  memory?: number;
  memoryReservation?: number;
  essential: boolean;
  portMappings: PortMapping[];
  /** Seconds between SIGTERM and SIGKILL. */
  stopTimeout?: number;
}

export interface TaskDefinition {
  arn: string;
  family: string;
  revision: number;
  status: 'ACTIVE' | 'INACTIVE' | 'DELETE_IN_PROGRESS';
  containers: ContainerDefinition[];
  /** The other members of the registration, as sent. */
  rest: Params;
  /** Names of attributes an instance needs to run it. */
  requiresAttributes: string[];
  compatibilities: string[];
  registeredAt: number;
  registeredBy: string;
  deregisteredAt?: number;
  deleteRequestedAt?: number;
  tags: Tags;
}

export interface Deployment {
  id: string;
  status: 'PRIMARY' | 'ACTIVE';
  taskDefinition: string;
  createdAt: number;
  updatedAt: number;
  /** Consecutive failures; the circuit breaker may be told not to begin anew at a healthy task. */
  failedTasks: number;
  rolloutState: 'IN_PROGRESS' | 'COMPLETED' | 'FAILED';
  rolloutStateReason: string;
  /** ARN of the service revision it deploys. */
  revision: string;
}

/** What a service was to be when a deployment began. */
export interface ServiceRevision {
  arn: string;
  taskDefinition: string;
  loadBalancers: ServiceLoadBalancer[];
  createdAt: number;
}

type ServiceDeploymentStatus =
  | 'PENDING'
  | 'IN_PROGRESS'
  | 'SUCCESSFUL'
  | 'STOP_REQUESTED'
  | 'STOPPED'
  | 'ROLLBACK_REQUESTED'
  | 'ROLLBACK_IN_PROGRESS'
  | 'ROLLBACK_SUCCESSFUL'
  | 'ROLLBACK_FAILED';

type MonitorStatus = 'TRIGGERED' | 'MONITORING' | 'MONITORING_COMPLETE' | 'DISABLED';

/** One rollout and what came of it, with the rollback it may have ended in. */
export interface ServiceDeployment {
  arn: string;
  status: ServiceDeploymentStatus;
  statusReason?: string;
  createdAt: number;
  startedAt?: number;
  finishedAt?: number;
  stoppedAt?: number;
  updatedAt: number;
  /** ARNs of service revisions. */
  sources: string[];
  target: string;
  deploymentConfiguration: DeploymentConfiguration;
  rollback?: { reason: string; startedAt: number; revision: string };
  breaker: { status: MonitorStatus; failureCount: number; threshold: number };
  alarms: { status: MonitorStatus; triggered: string[] };
}

interface ServiceEvent {
  id: string;
  createdAt: number;
  message: string;
}

export interface DeploymentConfiguration extends Params {
  minimumHealthyPercent: number;
  maximumPercent: number;
}

export interface ServiceLoadBalancer extends Params {
  loadBalancerName: string;
  containerName: string;
  containerPort: number;
}

export interface Service {
  name: string;
  arn: string;
  cluster: string;
  status: 'ACTIVE' | 'DRAINING' | 'INACTIVE';
  desiredCount: number;
  taskDefinition: string;
  loadBalancers: ServiceLoadBalancer[];
  deploymentConfiguration: DeploymentConfiguration;
  healthCheckGracePeriodSeconds?: number;
  placementConstraints: Params[];
  placementStrategy: Params[];
  /** Members that are only echoed. */
  rest: Params;
  createdAt: number;
  createdBy: string;
  tags: Tags;
  /** What CreateService was called with; a repeat has to be the same. */
  createdWith: string;
  deployments: Deployment[];
  /** The last one that was COMPLETED: where a rollback leads. Absent while it is being rolled back to. */
  lastCompleted?: Deployment;
  /** Newest first, of the last 90 days. */
  serviceDeployments: ServiceDeployment[];
  revisions: ServiceRevision[];
  /** Newest first. */
  events: ServiceEvent[];
  /** Instances this service has registered in its load balancer. */
  registered: string[];
  /** Tasks in a row that never reached RUNNING, and when the next may be started. */
  startFailures: number;
  nextStartAt: number;
  /** Complaints that were made and are not resolved: kind → when. */
  complaints: Record<string, number>;
  steadySince?: number;
}

export interface TaskContainer {
  name: string;
  image: string;
  imageDigest?: string;
  containerArn: string;
  runtimeId: string;
  essential: boolean;
  lastStatus: 'PENDING' | 'RUNNING' | 'STOPPED';
  exitCode?: number;
  reason?: string;
  bindings: PortMapping[];
  /** Of its own health check; absent without one. */
  healthStatus?: HealthStatus;
  /** Failed health checks in a row that count. */
  failedChecks?: number;
  /** When its image makes it exit. */
  crashesAt?: number;
}

export type HealthStatus = 'HEALTHY' | 'UNHEALTHY' | 'UNKNOWN';

type TaskStatus = 'PENDING' | 'RUNNING' | 'DEACTIVATING' | 'STOPPING' | 'STOPPED';

export type StopCode =
  | 'TaskFailedToStart'
  | 'EssentialContainerExited'
  | 'UserInitiated'
  | 'ServiceSchedulerInitiated'
  | 'TerminationNotice';

export interface Task {
  /** 32 hexadecimal digits. */
  id: string;
  arn: string;
  cluster: string;
  taskDefinition: string;
  containerInstance: string;
  group: string;
  startedBy?: string;
  /** Name of the service the task belongs to, and the deployment that started it. */
  service?: string;
  deploymentId?: string;
  lastStatus: TaskStatus;
  desiredStatus: 'RUNNING' | 'STOPPED';
  containers: TaskContainer[];
  cpu: number;
  memory: number;
  overrides: Params;
  tags: Tags;
  createdAt: number;
  pullStartedAt?: number;
  pullStoppedAt?: number;
  startedAt?: number;
  stoppingAt?: number;
  executionStoppedAt?: number;
  stoppedAt?: number;
  stopCode?: StopCode;
  stoppedReason?: string;
  version: number;
  /** The load balancer knows its instance because of this task. */
  isRegistered: boolean;
  /** Was seen healthy at least once. */
  wasHealthy: boolean;
  /** Failed its health checks after its grace period, and the service's events say so. */
  isFoundUnhealthy?: boolean;
  enableExecuteCommand?: boolean;
  /** Protected from scale-in until then. */
  protectedUntil?: number;
}
