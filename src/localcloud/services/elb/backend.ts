/** A registered instance: its health and the requests it has in hand. */
import type { Lease } from '../../proxy/lease.ts';
import type { Health } from './health.ts';

export class Backend {
  readonly instanceId: string;
  health: Health;
  readonly inFlight = new Set<Lease>();
  /** Number of the balancer's choice that fell on it last. */
  lastPick = 0;
  /** Grows whenever what probes are measured by changes: an answer to a probe of before does not count. */
  generation = 0;

  constructor(instanceId: string, health: Health) {
    this.instanceId = instanceId;
    this.health = health;
  }

  lease(place: Lease['place'], tls: boolean, pick: number, onRelease: () => void): Lease {
    this.lastPick = pick;
    const lease: Lease = {
      place,
      tls,
      release: () => {
        if (this.inFlight.delete(lease)) onRelease();
      },
    };
    this.inFlight.add(lease);
    return lease;
  }

  abortAll(): void {
    for (const lease of this.inFlight) lease.abort?.();
  }
}
