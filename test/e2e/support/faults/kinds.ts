import type { VerdictCode } from '../../../../src/domain/events.ts';
import type { Wish } from '../ask-for.ts';
import {
  all,
  deleteBalancer,
  deleteEcsServiceUntilGone,
  deleteHealthCheck,
  deleteListener,
  deleteRecord,
  deregisterRevision,
  disableZone,
  pointElsewhere,
  type ByHand,
} from '../by-hand.ts';
import { domainOf, manifestOf } from '../manifest.ts';

/** A change of a service, what is there before it, and what serves after it. */
export interface Kind {
  name: string;
  /** What was asked for before, and succeeded. */
  given: Wish[];
  /** Somebody else's doing after that. */
  byHand?: ByHand;
  wish: Wish;
  /** @default succeeded */
  verdict?: VerdictCode;
  /** Image tag; absent when nothing serves in the end. */
  serves?: string;
  /** @default domainOf */
  domain?: (service: string) => string;
}

const otherDomain = (service: string): string => `${service}-www.example.com`;

const release = (tag: string, want: { path?: string; scale?: number } = {}): Wish & { kind: 'deploy' } => ({
  kind: 'deploy',
  manifest: (service) => manifestOf({ service, tag, scale: 2, ...want }),
});

/** All that an endpoint can change in place, and its domain: another listener, another interval. */
const changed = (tag: string): Wish => {
  const healthcheck = { path: '/health', interval: 6, timeout: 3, healthy: 2, unhealthy: 2, 'grace-period': 20 };
  const ports = [
    { port: 80, protocol: 'HTTP' },
    { port: 8443, protocol: 'HTTPS' },
  ];
  const endpoint = (service: string) => ({
    domain: otherDomain(service),
    port: 80,
    'load-balancer': { healthcheck, ports },
  });
  return {
    kind: 'deploy',
    manifest: (service) => manifestOf({ service, tag, scale: 2, more: { endpoint: endpoint(service) } }),
  };
};

/** One load balancer cannot check two paths at once, so another path takes another load balancer. */
const elsewhere = (tag: string): Wish => release(tag, { path: '/healthz' });

const FIRST = release('v1');
const SECOND = release('v2');
const CRASHING = 'v2-crash1';
const failed = { verdict: 'deploy_failed_rolled_back' } as const;
const repair = (name: string, byHand: ByHand): Kind => ({
  name: `repair: ${name}`,
  given: [FIRST],
  byHand,
  wish: FIRST,
  serves: 'v1',
});

export const KINDS: Kind[] = [
  { name: 'create', given: [], wish: FIRST, serves: 'v1' },
  { name: 'rolling update', given: [FIRST], wish: SECOND, serves: 'v2' },
  { name: 'rolling update of everything', given: [FIRST], wish: changed('v2'), serves: 'v2', domain: otherDomain },
  { name: 'rollback', given: [FIRST, SECOND], wish: { kind: 'rollback' }, serves: 'v1' },
  { name: 'scale', given: [FIRST], wish: { kind: 'scale', desired: 3 }, serves: 'v1' },
  { name: 'restart', given: [FIRST], wish: { kind: 'restart' }, serves: 'v1' },
  { name: 'replacement', given: [FIRST], wish: elsewhere('v2'), serves: 'v2' },
  repair('load balancer', deleteBalancer),
  repair('listener', deleteListener),
  repair('record', deleteRecord),
  repair('health check', deleteHealthCheck),
  repair('revision', deregisterRevision),
  repair('ECS service', deleteEcsServiceUntilGone),
  repair('all but the ECS service', all(deleteBalancer, deleteRecord, deleteHealthCheck, deregisterRevision)),
  { name: 'delete', given: [FIRST], wish: { kind: 'delete' } },
  { name: 'create that fails', given: [], wish: release(CRASHING), ...failed },
  { name: 'rolling update that fails', given: [FIRST], wish: changed(CRASHING), serves: 'v1', ...failed },
  repair('zone of the load balancer', disableZone),
  {
    name: 'create that takes its domain over',
    given: [],
    byHand: pointElsewhere,
    wish: { ...FIRST, takeOverDomain: true },
    serves: 'v1',
  },
  {
    name: 'rolling update that fails, of a revision that is gone',
    given: [FIRST],
    byHand: deregisterRevision,
    wish: changed(CRASHING),
    serves: 'v1',
    ...failed,
  },
  { name: 'replacement that fails', given: [FIRST], wish: elsewhere(CRASHING), serves: 'v1', ...failed },
];

export const domainIn = ({ domain = domainOf }: Kind, service: string): string => domain(service);
