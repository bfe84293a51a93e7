import assert from 'node:assert/strict';
import { deleteService } from '../../../src/cloud/ecs-drain.ts';
import { listServiceNames } from '../../../src/cloud/ecs-service.ts';
import type { Cloud } from '../../../src/localcloud/cloud.ts';
import { createKit, startTestCloud, type Kit } from '../../localcloud/cloud-kit.ts';

describe('calls that AWS refuses for the moment', function () {
  this.timeout(30_000);
  let cloud: Cloud;
  let kit: Kit;
  before(async () => {
    cloud = await startTestCloud();
    kit = createKit(cloud.addresses.url);
    await kit.create('web', await kit.register('web', 'v1', 11_000));
  });
  after(async () => {
    kit.close();
    await cloud.stop();
  });
  const refuse = (operation: string, kind: string, count: number) =>
    kit.admin('POST', 'faults', { service: 'ecs', operation, kind, count });

  it('reads are made again, whatever kept them from being answered', async () => {
    await refuse('ListServices', 'throttle', 2);
    await refuse('ListServices', 'error', 1);
    await refuse('ListServices', 'drop', 1);
    assert.deepEqual(await listServiceNames(kit.ecs, 'crims'), ['web']);
  });

  it('but not for ever', async () => {
    await refuse('ListServices', 'throttle', 5);
    await assert.rejects(listServiceNames(kit.ecs, 'crims'), { code: 'rate_limited' });
    assert.deepEqual(await listServiceNames(kit.ecs, 'crims'), ['web']);
  });

  it('not when nobody waits for them any more', async () => {
    await refuse('ListServices', 'throttle', 1);
    const given = new AbortController();
    const asked = listServiceNames(kit.ecs, 'crims', given.signal);
    given.abort();
    await assert.rejects(asked, { code: 'unavailable' });
    assert.deepEqual(await listServiceNames(kit.ecs, 'crims'), ['web']);
  });

  it('changes are made once, and left to whoever asked', async () => {
    await refuse('DeleteService', 'throttle', 1);
    await assert.rejects(deleteService(kit.ecs, 'crims', 'web'), { code: 'rate_limited' });
    await deleteService(kit.ecs, 'crims', 'web');
    assert.deepEqual(await listServiceNames(kit.ecs, 'crims'), []);
  });
});
