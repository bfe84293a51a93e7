import assert from 'node:assert/strict';
import { spawnCloud, type CloudProcess } from './support/cloud.ts';
import { startLoad } from './support/load.ts';
import { deployableService, type ServiceWish } from './support/service.ts';

const WISHES: ServiceWish[] = [
  { name: 'roomy', hostPort: 11000, scale: 2, minimumHealthyPercent: 100, maximumPercent: 200 },
  { name: 'full', hostPort: 11001, scale: 4, minimumHealthyPercent: 50, maximumPercent: 100 },
];

describe('localcloud traffic', function () {
  this.timeout(90_000);
  let cloud: CloudProcess;
  before(async () => {
    cloud = await spawnCloud(['--speed', '10']);
  });
  after(() => cloud.stop());

  const port = () => Number(new URL(cloud.ingressHttp).port);

  it('loses no request during rolling updates, with room to spare and on a full cluster', async () => {
    const services = WISHES.map((wish) => deployableService(cloud, wish));
    await Promise.all(services.map((service) => service.create('v1')));
    const loads = services.map(({ host }) => startLoad(port(), host));
    await Promise.all(services.map((service) => service.update('v2')));
    const reports = await Promise.all(loads.map((load) => load.stop()));
    for (const [i, { failures, versions, requests }] of reports.entries()) {
      const { name } = services[i]!;
      assert.deepEqual(failures, [], `${name}: ${failures.length} of ${requests} requests were lost`);
      assert.deepEqual(Object.keys(versions).sort(), ['v1', 'v2'], name);
      assert.ok(requests >= 500, `${name}: ${requests} requests prove little`);
    }
  });
});
