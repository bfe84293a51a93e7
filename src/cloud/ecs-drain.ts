import { DeleteServiceCommand, UpdateServiceCommand, type ECSClient } from '@aws-sdk/client-ecs';
import { call } from './call.ts';
import { describeTasks } from './cluster.ts';
import { describeServices, isGone } from './ecs-service.ts';

/** Safe to repeat: a service that is gone, draining or inactive is done. */
export async function deleteService(
  ecs: ECSClient,
  cluster: string,
  name: string,
  signal?: AbortSignal,
): Promise<void> {
  // Not asked for first: DescribeServices may not show yet what was made a moment ago.
  try {
    await call(ecs, new DeleteServiceCommand({ cluster, service: name, force: true }), signal);
  } catch (error) {
    if (!isGone(error)) throw error;
  }
}

/**
 * How far a service is on its way out: its status and how many tasks it still has, stopping ones included.
 * @returns status `MISSING` when ECS does not know it any more.
 */
export async function readDrain(
  ecs: ECSClient,
  { cluster, name }: { cluster: string; name: string },
  signal?: AbortSignal,
): Promise<{ status: string; tasks: number }> {
  const [service] = await describeServices(ecs, cluster, [name], signal);
  const status = service?.status ?? 'MISSING';
  if (status === 'MISSING' || status === 'INACTIVE') return { status, tasks: 0 };
  const lists = await Promise.all(
    (['RUNNING', 'STOPPED'] as const).map((desiredStatus) =>
      describeTasks(ecs, { cluster, incarnation: name, desiredStatus }, signal),
    ),
  );
  return { status, tasks: lists.flat().filter((t) => t.lastStatus !== 'STOPPED').length };
}

/** Lets the service run nothing, so that its tasks drain. Safe to repeat; a service that is gone is done. */
export async function emptyService(
  ecs: ECSClient,
  { cluster, name }: { cluster: string; name: string },
  signal?: AbortSignal,
): Promise<void> {
  const [service] = await describeServices(ecs, cluster, [name], signal);
  if (service?.status !== 'ACTIVE' || service.desiredCount === 0) return;
  await call(ecs, new UpdateServiceCommand({ cluster, service: name, desiredCount: 0 }), signal);
}
