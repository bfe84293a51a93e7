import { AdminError } from '../admin/route.ts';
import { noFreeInstance } from './01-no-free-instance.ts';
import { fragmentedMemory } from './02-fragmented-memory.ts';
import { agentDisconnected } from './03-agent-disconnected.ts';
import { zoneNotEnabled } from './04-zone-not-enabled.ts';
import { slowStartWithoutGrace } from './05-slow-start-without-grace.ts';
import { wrongHealthPath } from './06-wrong-health-path.ts';
import { crashAfterStart } from './07-crash-after-start.ts';
import { imageMissing } from './08-image-missing.ts';
import { oldSteadyState } from './09-old-steady-state.ts';
import { scaleInDuringDeployment } from './10-scale-in-during-deployment.ts';
import { desiredCountOverwritten } from './11-desired-count-overwritten.ts';
import { staleReads } from './12-stale-reads.ts';
import { serviceDeleted } from './13-service-deleted.ts';
import { eventOverflow } from './14-event-overflow.ts';
import { longDraining } from './15-long-draining.ts';
import { dnsLate } from './16-dns-late.ts';
import { instanceTerminated } from './17-instance-terminated.ts';
import { brokenRole } from './18-broken-role.ts';
import type { Scenario } from './scenario.ts';

/** The pitfalls of deploying to ECS behind classic load balancers. */
export const SCENARIOS: readonly Scenario[] = [
  noFreeInstance,
  fragmentedMemory,
  agentDisconnected,
  zoneNotEnabled,
  slowStartWithoutGrace,
  wrongHealthPath,
  crashAfterStart,
  imageMissing,
  oldSteadyState,
  scaleInDuringDeployment,
  desiredCountOverwritten,
  staleReads,
  serviceDeleted,
  eventOverflow,
  longDraining,
  dnsLate,
  instanceTerminated,
  brokenRole,
];

/** @throws AdminError 404 */
export const findScenario = (name: string): Scenario => {
  const scenario = SCENARIOS.find((one) => one.name === name);
  if (scenario !== undefined) return scenario;
  throw new AdminError(404, `there is no scenario ${name}: ${SCENARIOS.map((one) => one.name).join(', ')}`);
};
