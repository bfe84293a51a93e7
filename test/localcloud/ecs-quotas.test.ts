import assert from 'node:assert/strict';
import { startEcs, type Ecs } from './support/ecs-alone.ts';

describe('quotas of ECS', () => {
  let ecs: Ecs;
  afterEach(() => ecs.stop());

  /** Refused while the cloud is strict, and taken when it is not. */
  const refusesWhenStrict = async (act: () => Promise<unknown>, message: string): Promise<void> => {
    ecs.settings.strict = true;
    await assert.rejects(act, { code: 'ClientException', message });
    ecs.settings.strict = false;
    await act();
  };

  it('are 10 000 clusters, those that were deleted not counted', async () => {
    ecs = await startEcs();
    for (let i = 1; i < 10_000; i += 1) await ecs.call('CreateCluster', { clusterName: `c${i}` });
    const create = () => ecs.call('CreateCluster', { clusterName: 'more' });
    await refusesWhenStrict(create, 'The maximum number of clusters, 10000, has been reached.');
    ecs.settings.strict = true;
    await ecs.call('CreateCluster', { clusterName: 'c1' });
    for (const cluster of ['c1', 'more']) await ecs.call('DeleteCluster', { cluster });
    await create();
  });

  it('are 5000 container instances in a cluster', async () => {
    ecs = await startEcs({ machines: 5001 });
    const [instance] = ecs.state().instances;
    await ecs.call('DeregisterContainerInstance', { containerInstance: instance?.id });
    const instanceIdentityDocument = JSON.stringify({ instanceId: instance?.ec2InstanceId });
    await refusesWhenStrict(
      () => ecs.call('RegisterContainerInstance', { instanceIdentityDocument }),
      'The maximum number of container instances of a cluster, 5000, has been reached.',
    );
  });
});
