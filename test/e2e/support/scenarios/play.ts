/** Plays the local cloud's scenarios on services that people deploy. */
import type { Run } from '../../../../src/localcloud/scenarios/scenario.ts';
import { eventually } from '../../../setup/eventually.ts';
import type { Stack } from '../../../setup/stack.ts';
import { requireEcsService } from '../aws.ts';

/** Begins a scenario on a service of ours. */
export async function play(stack: Stack, scenario: string, service: string): Promise<void> {
  const { serviceName } = await requireEcsService(stack, service);
  await stack.admin('POST', `scenarios/${scenario}`, { service: serviceName, deploy: false });
}

/** How the scenario goes on a service. */
export async function runOf(stack: Stack, scenario: string, service: string): Promise<Run> {
  const { runs } = await stack.admin<{ runs: Run[] }>('GET', `scenarios/${scenario}`);
  const run = runs.find((one) => one.service.startsWith(`${service}-`));
  if (run === undefined) throw new Error(`${scenario} is not played on ${service}`);
  if (run.problem !== undefined) throw new Error(`${scenario} on ${service}: ${run.problem}`);
  return run;
}

/** Undoes everything that is played; answers what could not be turned back. */
export async function undoAll(stack: Stack): Promise<string[]> {
  const { runs } = await stack.admin<{ runs: Run[] }>('GET', 'scenarios');
  const left: string[] = [];
  for (const scenario of new Set(runs.map((run) => run.scenario)))
    left.push(...(await stack.admin<{ left: string[] }>('DELETE', `scenarios/${scenario}`)).left);
  return left;
}

/** Turns back what the scenario did to a service, and goes on with it. */
export async function relieve(stack: Stack, scenario: string, service: string): Promise<void> {
  const { undo } = await runOf(stack, scenario, service);
  for (const { event, with: given } of undo.toReversed()) await stack.admin('POST', `world/${event}`, given);
}

/** A service of ours goes without ado: what runs on takes its share of the machine. */
export async function forget(stack: Stack, service: string): Promise<void> {
  const { serviceName } = await requireEcsService(stack, service);
  await stack.admin('POST', 'world/delete-service', { service: serviceName });
  await stack.admin('POST', 'world/delete-load-balancer', { loadBalancer: serviceName });
}

interface Held {
  /** Resolves when somebody has come as far as the call, which he goes on trying. */
  met: () => Promise<unknown>;
  letGo: () => Promise<unknown>;
}

/** Lets an ECS call about a service of ours fail until it is let go. */
export async function holdBack(stack: Stack, operation: string, service: string): Promise<Held> {
  const resource = (await requireEcsService(stack, service)).serviceName ?? '';
  const about = { kind: 'error', service: 'ecs', operation, resource, count: 1_000_000 };
  const { id } = await stack.admin<{ id: string }>('POST', 'faults', about);
  const isMet = async () => {
    const { faults } = await stack.admin<{ faults: { id: string; hits?: number }[] }>('GET', 'faults');
    return (faults.find((fault) => fault.id === id)?.hits ?? 0) > 0;
  };
  return {
    met: () => eventually(`${operation} of ${service}`, isMet, 60),
    letGo: () => stack.admin('DELETE', `faults/${id}`),
  };
}
