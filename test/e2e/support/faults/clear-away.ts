import { DeleteServiceCommand } from '@aws-sdk/client-ecs';
import type { Stack } from '../../../setup/stack.ts';
import { awsOf, CLUSTER, ecsServiceOf } from '../aws.ts';
import { deleteBalancer, deleteHealthCheck, deleteRecord } from '../by-hand.ts';

/** Makes room for the next: what would take memory, ports or places in lists goes, by whatever way is quick. */
export async function clearAway(stack: Stack, service: string): Promise<void> {
  const found = await ecsServiceOf(stack, service);
  if (found !== undefined && found.status === 'ACTIVE')
    await awsOf(stack).ecs.send(
      new DeleteServiceCommand({ cluster: CLUSTER, service: found.serviceName, force: true }),
    );
  await deleteRecord(stack, service);
  await deleteBalancer(stack, service);
  await deleteHealthCheck(stack, service);
}
