import type { VerdictCode } from '../../../../src/domain/events.ts';
import type { Wish } from '../ask-for.ts';
import {
  deleteBalancer,
  deleteEcsService,
  deleteHealthCheck,
  deleteListener,
  deleteRecord,
  deregisterRevision,
  type ByHand,
} from '../by-hand.ts';
import { manifestOf } from '../manifest.ts';

/** One change in the life of a service; it finds what the one before left. */
export interface Step {
  name: string;
  /** Somebody else's doing just before it. */
  byHand?: ByHand;
  wish: Wish;
  /** When nothing else goes wrong. @default succeeded */
  verdict?: VerdictCode;
}

/** What is deployed, but for what a step changes. */
interface Release {
  tag: string;
  path: '/health' | '/healthz';
  interval: 5 | 6;
}

const deploy = ({ tag, path, interval }: Release): Wish => ({
  kind: 'deploy',
  manifest: (service) => {
    const healthcheck = { path, interval, timeout: 3, healthy: 2, unhealthy: 2, 'grace-period': 20 };
    const endpoint = { domain: `${service}.example.com`, port: 80, 'load-balancer': { healthcheck } };
    return manifestOf({ service, tag, scale: 2, more: { endpoint } });
  },
});

const BY_HAND: Record<string, ByHand> = {
  'load balancer': deleteBalancer,
  listener: deleteListener,
  record: deleteRecord,
  'health check': deleteHealthCheck,
  revision: deregisterRevision,
  'ECS service': deleteEcsService,
};
const ROLLOUTS = ['update', 'update', 'other settings', 'update that fails', 'replacement', 'replacement that fails'];
const OTHERS = ['rollback', 'rollback', 'scale', 'restart'];
const REPAIRS = 4;

const shuffled = <T>(all: readonly T[], random: () => number): T[] =>
  all
    .map((one) => ({ one, at: random() }))
    .sort((a, b) => a.at - b.at)
    .map(({ one }) => one);

/** A life from its creation to its deletion: so many changes of every kind between, in an order of its own. */
export function makeTour(random: () => number, changes: number): Step[] {
  let release: Release = { tag: 'v1', path: '/health', interval: 5 };
  let releases = 1;
  /** Of those, what the tags of the ECS service tell. */
  let known = 1;
  const repairs = shuffled(Object.keys(BY_HAND), random).slice(0, REPAIRS);
  const names = shuffled([...ROLLOUTS, ...OTHERS, ...repairs], random).slice(0, changes);
  return [
    { name: 'create', wish: deploy(release) },
    ...names.map(toStep),
    { name: 'delete', wish: { kind: 'delete' } },
  ];

  function toStep(name: string): Step {
    const byHand = BY_HAND[name];
    if (byHand !== undefined) {
      if (byHand === deleteEcsService) known = 1;
      return { name: `repair: ${name}`, byHand, wish: deploy(release) };
    }
    if (name === 'restart') return { name, wish: { kind: name } };
    if (name === 'scale') return { name, wish: { kind: name, desired: random() < 0.5 ? 1 : 3 } };
    // Without two releases there is nothing to go back to.
    if (name === 'rollback' && known > 1) return { name, wish: { kind: name } };
    const next = nextRelease(name);
    if (name.endsWith('fails'))
      return { name, wish: deploy({ ...next, tag: `${next.tag}-crash1` }), verdict: 'deploy_failed_rolled_back' };
    releases += 1;
    known += 1;
    release = next;
    return { name, wish: deploy(release) };
  }

  function nextRelease(name: string): Release {
    const tag = `v${releases + 1}`;
    if (name.startsWith('replacement'))
      return { ...release, tag, path: release.path === '/health' ? '/healthz' : '/health' };
    if (name === 'other settings') return { ...release, tag, interval: release.interval === 5 ? 6 : 5 };
    return { ...release, tag };
  }
}
