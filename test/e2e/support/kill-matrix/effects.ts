import assert from 'node:assert/strict';
import type { JournalEntry } from '../../../../src/localcloud/engine/contract.ts';
import { withoutIdentity } from '../end-state.ts';
import type { Kill } from './kill.ts';

/** A second one of these would make something twice, or start a second rollout; each looks first at what is there. A
 * second DeleteService changes nothing. */
export const ONCE = new Set([
  'CreateLoadBalancer',
  'CreateLogGroup',
  'RegisterTaskDefinition',
  'CreateService',
  'UpdateService',
]);

/** Calls that took effect, by what they ask for with names in place of identities: where in the journal each stands. */
export type Effects = Map<string, number[]>;

export function effectsOf(
  entries: JournalEntry[],
  { service, accessKey }: { service: string; accessKey: string },
): Effects {
  const effects: Effects = new Map();
  for (const { operation, parameters, outcome, errorCode, principal, seq } of entries) {
    // A lost answer may have been a refusal.
    const tookEffect = outcome === 'ok' || (outcome === 'answer-lost' && errorCode === undefined);
    if (!tookEffect || principal !== accessKey) continue;
    const what = `${operation} ${withoutIdentity(JSON.stringify(parameters), service)}`
      .replaceAll(PACKED, '$1"<packed>"')
      .replace(TAKEN_OVER, '');
    effects.set(what, [...(effects.get(what) ?? []), seq]);
  }
  return effects;
}

/** A foreign record that an alias takes the place of, in one batch: the call made once more finds it gone. */
const TAKEN_OVER = /\{"Action":"DELETE","ResourceRecordSet":\{[^[]*\[[^\]]*\]\}\},(?=\{"Action":"UPSERT")/;

const PACKED = /("key":"wonderland:(?:manifest\.\d+|manifest-of|content-hash|health-check)","value":)"[^"]*"/g;

/**
 * The same calls took effect as in the undisturbed change, each as often. More often only what may be repeated, and only
 * where a kill lies between: then the first answer was lost.
 */
export function assertNothingTwice(effects: Effects, undisturbed: Effects, kills: Kill[]): void {
  assert.notEqual(undisturbed.size, 0, 'the undisturbed change did nothing');
  assert.deepEqual([...effects.keys()].sort(), [...undisturbed.keys()].sort(), 'other calls than undisturbed');
  for (const [what, seqs] of effects) {
    const extra = seqs.length - (undisturbed.get(what)?.length ?? 0);
    const isOnce = ONCE.has(what.slice(0, what.indexOf(' ')));
    const lost = isOnce
      ? 0
      : seqs.slice(1).filter((seq, i) => kills.some((k) => (seqs[i] ?? 0) <= k.to && k.from < seq)).length;
    assert.ok(
      extra >= 0 && extra <= lost,
      `${seqs.length} instead of ${seqs.length - extra} × ${what}, ${lost} repeated after a kill`,
    );
  }
}
