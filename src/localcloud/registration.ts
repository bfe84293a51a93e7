/**
 * How a service joins the local cloud. A service module exports `createX(engine, …)` that answers its registrations (and
 * whatever the other services need of it); `world.ts` puts the services of one account together.
 *
 * What an operation gets and gives is the same for every protocol: members named and typed as the service model has
 * them. Numbers are numbers, booleans booleans, times `Date`, blobs `Buffer`, lists arrays, maps plain objects; what is not
 * given is absent. The request has been held against the model before: required members are there, enums and ranges hold.
 * Answers likewise; a time may also be a number of *seconds* since the epoch, a map a `Map`, `undefined` members are
 * left out, and a member the model does not have is a mistake that ends as an internal error.
 * Errors: throw an `AwsError`; the protocol gives it its shape.
 */
import type { Clock, Network, OperationTable, Persistent } from './engine/contract.ts';
import type { Random } from './engine/random.ts';
import type { ModelName } from './wire/model.ts';

/** What every service of one account stands on. */
export interface Engine {
  clock: Clock;
  network: Network;
  /** Everything that is left to chance: ids, choices, jitter. The same seed gives the same. */
  random: Random;
  /** Twelve digits. */
  account: string;
  region: string;
  /** The hosted zone the account begins with. */
  domain: string;
  settings: Settings;
  /** Where this cloud answers, for links: `http://127.0.0.1:4566`. */
  endpoint(): string;
  /** Something changed outside a mutating call (a timer, a probe): the state file follows soon. */
  changed(): void;
  /** One JSON line on stderr. */
  log(message: string, fields?: Record<string, unknown>): void;
}

/** Switches of the whole cloud; the object stays the same, its members change. */
export interface Settings {
  /** False is a mutation: deregistered instances are dropped at once and tasks stopped without draining. */
  connectionDraining: boolean;
  /** AWS's throttle buckets and quotas apply, and request members that no model has are refused. */
  strict: boolean;
  /** False: tasks and balancers are only state, nothing listens, and scripted images decide what a probe sees. Fixed at the start. */
  dataPlane: boolean;
  /** ECS reports a rollout state behind classic load balancers too. */
  rolloutStateBehindClassic: boolean;
  /** Changes of DNS stay PENDING while it is true. */
  dnsPending: boolean;
  /** The role with which ECS calls Elastic Load Balancing has lost its policies. */
  serviceRoleBroken: boolean;
  /** Route 53 is still at work on a change before: every other one is refused with PriorRequestNotComplete. */
  dnsBusy: boolean;
}

/** How deeply an operation is served: acts as AWS does; is checked, kept and shown but has no effect; or answers something fixed. */
export type Depth = 'acts' | 'keeps' | 'fixed';

export interface ServiceRegistration {
  /** Service of the credential scope: `ecs`, `elasticloadbalancing` …; the journal and faults call it so. */
  scope: string;
  /** Its protocol, shapes and routes. */
  model: ModelName;
  operations: OperationTable;
  persistent?: Persistent;
  /** The error a throttled call gets. @default ThrottlingException */
  throttlingCode?: string;
  /** The error of an internal failure (HTTP 500). @default InternalFailure */
  internalCode?: string;
  /** The error of a value the model does not allow. @default ValidationException */
  validationCode?: string;
  /** The error of a required member that is missing. @default validationCode */
  missingCode?: string;
}

/** What a factory answers besides what other parts use. */
export interface Parts {
  services: ServiceRegistration[];
}
