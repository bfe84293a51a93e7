import type { Fault, Stack } from '../../../setup/stack.ts';

const EVERYTHING = { service: '*', operation: '*' };

/** What goes wrong, of all calls that API and workers make. */
const STORM: Omit<Fault, 'principal'>[] = [
  { ...EVERYTHING, kind: 'throttle', probability: 0.3 },
  { ...EVERYTHING, kind: 'error', probability: 0.05 },
  { ...EVERYTHING, kind: 'unavailable', probability: 0.02 },
  { ...EVERYTHING, kind: 'drop', probability: 0.02 },
  { ...EVERYTHING, kind: 'latency', probability: 0.2, seconds: 0.5 },
];
/** Reads of some changes show the past, for so many cloud seconds. */
const STALE: Fault[] = ['ecs', 'elasticloadbalancing', 'route53'].map((service) => ({
  service,
  operation: '*',
  kind: 'stale-read',
  probability: 0.3,
  seconds: 15,
}));

export async function letItStorm(stack: Stack): Promise<void> {
  const principal = stack.childEnv.AWS_ACCESS_KEY_ID ?? '';
  for (const fault of STORM) await stack.fault({ ...fault, principal });
  for (const fault of STALE) await stack.fault(fault);
}
