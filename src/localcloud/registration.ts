/**
 * How a service joins the local cloud. A service module exports `createX(engine, …)` that answers a `ServiceRegistration`
 * (and whatever the other services need of it); `cloud.ts` puts them together.
 *
 * What an operation gets and gives, by protocol:
 * - `json`: the members as the service model names them; times are epoch *seconds* (a number, fractions allowed).
 * - `query`: the members as the model names them; every scalar is a string, `X.member.N` is an array, `X.entry.N` a plain
 *   object, an empty list arrives as `''` (services/params.ts reads them). Answers: arrays
 *   become `<member>`, a `Map` becomes `<entry><key/><value/></entry>`, a `Date` ISO-8601, `undefined` nothing.
 * - `ec2`: *wire* names both ways (`InstanceId.1` → `InstanceId: […]`; answer `reservationSet: […]`), arrays become `<item>`.
 * - `rest-xml`: path, query and body members in one object, named as `routes` says; the names of list elements come from
 *   `lists`, both for reading and writing. A `Location` in the answer leaves as a header.
 * Errors: throw an `AwsError`; the protocol gives it its shape.
 */
import type { Clock, Network, OperationTable, Persistent } from './engine/contract.ts';

/** What every service stands on. */
export interface Engine {
  clock: Clock;
  network: Network;
  /** 123456789012. */
  account: string;
  region: string;
  settings: Settings;
  /** Something changed outside a mutating call (a timer, a probe): the state file follows soon. */
  changed(): void;
  /** One JSON line on stderr. */
  log(message: string, fields?: Record<string, unknown>): void;
}

/** Switches of the admin endpoint; the object stays the same, its members change. */
export interface Settings {
  /** False is a mutation: deregistered instances are dropped at once and tasks stopped without draining. */
  connectionDraining: boolean;
}

interface Registered {
  /** Service of the credential scope: `ecs`, `elasticloadbalancing` …; the journal and faults call it so. */
  scope: string;
  operations: OperationTable;
  persistent?: Persistent;
  /** The error a throttled call gets. @default ThrottlingException */
  throttlingCode?: string;
  /** The error of an internal failure (HTTP 500). @default InternalFailure */
  internalCode?: string;
}

export interface JsonService extends Registered {
  protocol: 'json';
  /** What stands before the dot in `x-amz-target`. */
  targetPrefix: string;
  jsonVersion: '1.0' | '1.1';
  /** Answers errors with `x-amzn-query-error` too (CloudWatch). */
  queryCompatible?: boolean;
}

export interface QueryService extends Registered {
  protocol: 'query' | 'ec2';
  /** `Version` of the request: tells services apart that share a scope. */
  version: string;
  xmlns: string;
}

/** One operation of a REST-XML service: where its members travel. */
export interface Route {
  method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  /** Below `pathPrefix`; `{Id}` is a member. A trailing slash in the request does not matter. */
  path: string;
  operation: string;
  /** Query key → member name. */
  query?: Record<string, string>;
  /** @default 200 */
  status?: number;
}

export interface RestXmlService extends Registered {
  protocol: 'rest-xml';
  /** `/2013-04-01` */
  pathPrefix: string;
  xmlns: string;
  routes: Route[];
  /** List member → name of its elements: `{ Changes: 'Change', ResourceRecords: 'ResourceRecord' }`. */
  lists: Record<string, string>;
}

export type ServiceRegistration = JsonService | QueryService | RestXmlService;

/**
 * The factories `cloud.ts` composes: `createMachines(engine)` (services/ec2.ts), `createElb(engine, machines)`
 * (services/elb.ts), `createRoute53(engine)` (services/route53.ts), `createSts(engine)`, `createAcm(engine)`,
 * `createSns(engine)`, `createCloudWatch(engine)`, and `createIngress(engine, { … })` (ingress.ts). Each answers its
 * `services` besides what other parts use.
 */
export interface Parts {
  services: ServiceRegistration[];
}
