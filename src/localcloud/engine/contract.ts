/**
 * The borders inside the local cloud: wire formats know nothing of services, services know nothing of wire formats,
 * and both stand on the engine (clock, network, faults, journal, state). All times are milliseconds of *cloud* time
 * since the epoch unless a name says otherwise.
 */
import type { Server } from 'node:net';
import type { Depth } from '../registration.ts';

/** Cloud time: runs `speed` times as fast as the wall clock and never jumps back, not even over a restart. */
export interface Clock {
  now(): number;
  /** Milliseconds as callers feel them: the wall clock, or with a stepped clock cloud time. For what cloud speed must not touch. */
  realNow(): number;
  readonly speed: number;
  setSpeed(speed: number): void;
  /** Runs `task` once after so many milliseconds of cloud time; the answer cancels it. */
  after(cloudMilliseconds: number, task: () => void): () => void;
  /** Runs `task` every so many milliseconds of cloud time; the answer ends it. */
  every(cloudMilliseconds: number, task: () => void): () => void;
  /** How many real milliseconds so many cloud milliseconds last. */
  real(cloudMilliseconds: number): number;
}

/** Who calls, and what came with the call. */
export interface CallContext {
  requestId: string;
  account: string;
  region: string;
  /** Access key id of the caller; it names the principal in the journal. */
  accessKeyId: string;
  /** IAM user behind the key. */
  userName: string;
}

/** An error of AWS's: `code` goes on the wire, in the shape of the service's protocol. */
export class AwsError extends Error {
  readonly code: string;
  readonly status: number;
  readonly members: Record<string, unknown>;
  constructor(code: string, message: string, status = 400, members: Record<string, unknown> = {}) {
    super(message);
    this.code = code;
    this.status = status;
    this.members = members;
  }
}

/** Parameters as the service model names them, whatever the wire format. */
// eslint-disable-next-line typescript/no-explicit-any -- the shapes are those of some hundred AWS operations
export type Params = Record<string, any>;
export type Operation = (params: Params, context: CallContext) => Promise<Params> | Params;

export interface OperationEntry {
  run: Operation;
  /** Changes state: the journal marks it, and the state is saved before the answer leaves. */
  mutating: boolean;
  /** Name of the thing the call is about, for the journal and for faults aimed at one service or balancer. */
  resource?: (params: Params) => string | undefined;
  /** For the page of what is served. @default 'acts' */
  depth?: Depth;
  /** What of it is left out, in a few words, for that page. */
  note?: string;
}

export type OperationTable = Record<string, OperationEntry>;

/** A part whose state survives a restart of the local cloud. */
export interface Persistent {
  /** Key in the state file. */
  key: string;
  save(): unknown;
  /** Called before `start`, with what `save` answered in an earlier life. */
  load(data: unknown): void;
  /** Timers and listeners come up here; called once after every part has loaded. */
  start(): Promise<void>;
  stop(): Promise<void>;
}

/** Loopback addresses: instances and balancers have one each, so that two stacks never meet. */
export interface Network {
  /** A fresh loopback address of this cloud's own block (127.a.b.c), or a mapped identity where those cannot be bound. */
  allocate(purpose: 'instance' | 'balancer'): string;
  /** Listens for what the cloud thinks of as `address:port`; ports below 1024 are never bound, see `resolve`. */
  listen(server: Server, address: string, port: number): Promise<void>;
  close(address: string, port: number): Promise<void>;
  /** Where `address:port` really listens; undefined when nothing does. */
  resolve(address: string, port: number): { host: string; port: number } | undefined;
  /** The address may be given to somebody else; nothing listens on it any more. */
  release(address: string): void;
  /** Without a data plane: what a probe of `address:port` is answered with; `undefined` takes it away. */
  pretend(address: string, port: number, status: (() => number) | undefined): void;
  /** HTTP status a probe sees without a data plane; undefined when nothing would listen. */
  pretended(address: string, port: number): number | undefined;
}

/** EC2 instances as the other services see them. */
export interface Machines {
  get(instanceId: string): Machine | undefined;
  list(): Machine[];
  /** Called after each change of an instance's state. */
  onState(listener: (machine: Machine) => void): void;
}

export interface Machine {
  instanceId: string;
  instanceType: string;
  availabilityZone: string;
  privateIpAddress: string;
  /** Loopback address that stands for it in the data plane. */
  address: string;
  state: 'pending' | 'running' | 'stopping' | 'stopped' | 'shutting-down' | 'terminated';
  /** Cluster its ECS agent joins when it runs: `ECS_CLUSTER` of its user data. */
  ecsCluster?: string;
}

/** Classic ELB as the ECS scheduler uses it. */
export interface Balancers {
  /** The role with which ECS calls lets it; without that nothing can be registered or deregistered. */
  isAllowed(): boolean;
  exists(name: string): boolean;
  register(name: string, instanceId: string): void;
  /** Begins deregistration; connection draining runs its course. */
  deregister(name: string, instanceId: string): void;
  isRegistered(name: string, instanceId: string): boolean;
  /** True until a deregistered instance has no request in flight any more or the draining timeout has passed. */
  isDraining(name: string, instanceId: string): boolean;
  health(
    name: string,
    instanceId: string,
  ): { state: 'InService' | 'OutOfService' | 'Unknown'; reasonCode: string; description: string };
}

/** A service of ECS as CloudWatch and Application Auto Scaling see it. */
export interface FleetService {
  cluster: string;
  service: string;
  desiredCount: number;
  runningCount: number;
  pendingCount: number;
  /** More than one deployment, or one that has not completed. */
  isDeploying: boolean;
  /** Averages over its RUNNING tasks, of what they reserve; 0 without any. */
  cpuPercent: number;
  memoryPercent: number;
}

/** ECS as CloudWatch and Application Auto Scaling use it. */
export interface Fleet {
  services(): FleetService[];
  /** As UpdateService would; false when there is no such ACTIVE service. */
  setDesiredCount(cluster: string, service: string, desiredCount: number): boolean;
}

/** Secrets Manager and Parameter Store as the ECS agent uses them. */
export interface SecretSource {
  /**
   * `valueFrom` of a container's secret: its value, or why the agent of this task cannot have it with its execution role,
   * in AWS's words.
   */
  read(valueFrom: string, as: { role: string; taskId: string }): { value: string } | { reason: string };
}

/** IAM as ECS uses it. */
export interface Roles {
  exists(roleArn: string): boolean;
  /** Whether the role's trust policy lets this service assume it, e.g. `ecs-tasks.amazonaws.com`. */
  trusts(roleArn: string, servicePrincipal: string): boolean;
  /** Whether the role's policies let it do this, e.g. `ssm:GetParameters`. */
  allows(roleArn: string, action: string, resource: string): boolean;
  /** Whether this IAM user may pass the role to a service. */
  mayPass(userName: string, roleArn: string): boolean;
}

/** SNS as alarms use it. */
export interface Topics {
  /** False when there is no such topic. */
  publish(topicArn: string, message: { subject: string; message: string }): boolean;
}

/** CloudWatch alarms as deployments use them. */
export interface Alarms {
  /** Undefined when there is no such alarm. */
  state(name: string): 'OK' | 'ALARM' | 'INSUFFICIENT_DATA' | undefined;
}

/** How an image behaves; tags or the admin endpoint say so. Seconds are cloud time except where noted. */
export interface ImageBehaviour {
  /** Repository and tag exist. */
  exists: boolean;
  /** From PENDING to the listener answering. */
  startDelaySeconds: number;
  /** Never leaves PENDING. */
  neverStarts: boolean;
  /** Exits so long after it has started. */
  crashAfterSeconds?: number;
  exitCode: number;
  /** Status of every answer on the health path and below `/health`. */
  healthStatus: number;
  /** Real seconds a request takes unless it asks otherwise by `?seconds=`. */
  requestSeconds: number;
  /** CPU a task uses besides what its requests cost, in percent of what it reserves. */
  cpuPercent: number;
  /** The registry gives it away only to a pull with `repositoryCredentials`. */
  needsCredentials: boolean;
}

export interface JournalEntry {
  seq: number;
  /** Cloud time. */
  time: number;
  account: string;
  service: string;
  operation: string;
  principal: string;
  resource?: string;
  mutating: boolean;
  parameters: unknown;
  outcome: 'ok' | 'error' | 'throttled' | 'fault' | 'answer-lost';
  errorCode?: string;
  requestId: string;
}

/**
 * `error`: HTTP 500. `unavailable`: HTTP 503. `throttle`: the service's own throttling error. `latency`: the call takes longer. `drop`: the
 * connection is cut before anything happens. `lose-answer`: it takes effect, then the connection is cut. `stale-read`: for
 * some time after a change the operation answers what it would have answered before.
 */
export const FAULT_KINDS = [
  'error',
  'unavailable',
  'throttle',
  'latency',
  'drop',
  'lose-answer',
  'stale-read',
] as const;
export type FaultKind = (typeof FAULT_KINDS)[number];

/** A fault waiting to happen. */
export interface FaultRule {
  id: string;
  kind: FaultKind;
  /** `ecs`, `elasticloadbalancing`, `route53` … as in the credential scope, or `*`. */
  service: string;
  /** Or `*`. */
  operation: string;
  /** Only calls whose resource contains this text. */
  resource?: string;
  /** Only calls whose parameters hold this text. */
  parameters?: string;
  /** Only calls of this account. */
  account?: string;
  /** Only calls with this access key. Not of `stale-read`, which is about everybody's reads. */
  principal?: string;
  /** So many matching calls go well before the first that meets it. */
  spared?: number;
  /** So many matching calls meet it; all without it. */
  count?: number;
  /** Calls that have met it. */
  hits?: number;
  /** Of so many of the matching calls, 0 to 1. @default 1 */
  probability?: number;
  /** Of `latency` (real) and `stale-read` (cloud). */
  seconds?: number;
  /** Cloud time in which it is in force. */
  from?: number;
  until?: number;
}
