/** Which backend a request or connection goes to. */
import type { Machine } from '../../engine/contract.ts';
import type { Backend } from './backend.ts';

export interface Candidate {
  backend: Backend;
  machine: Machine;
}

/** Least outstanding first, then who has waited longest. `turn` counts choices: without cross-zone each zone has a node of its own, and DNS sends clients to them in turn. */
export const pick = (candidates: readonly Candidate[], crossZone: boolean, turn: number): Candidate | undefined => {
  const reachable = crossZone ? candidates : inOneZone(candidates, turn);
  return reachable.reduce<Candidate | undefined>(
    (best, one) => (best === undefined || isLessBusy(one.backend, best.backend) ? one : best),
    undefined,
  );
};

const inOneZone = (candidates: readonly Candidate[], turn: number): Candidate[] => {
  const zones = [...new Set(candidates.map(({ machine }) => machine.availabilityZone))].sort();
  const zone = zones[turn % zones.length];
  return candidates.filter(({ machine }) => machine.availabilityZone === zone);
};

const isLessBusy = (a: Backend, b: Backend): boolean =>
  a.inFlight.size === b.inFlight.size ? a.lastPick < b.lastPick : a.inFlight.size < b.inFlight.size;
