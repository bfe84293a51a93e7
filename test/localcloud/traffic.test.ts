import assert from 'node:assert/strict';
import { spawnCloud, type CloudProcess } from './support/cloud.ts';
import { ask } from './support/http.ts';
import { startLoad, type LoadReport } from './support/load.ts';
import { deployableService, type DeployableService, type ServiceWish } from './support/service.ts';

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

  const setDraining = async (connectionDraining: boolean): Promise<void> => {
    const body = JSON.stringify({ connectionDraining });
    const answer = await ask(Number(new URL(cloud.url).port), { path: '/_wonderland/settings', method: 'PUT', body });
    assert.equal(answer.status, 200);
  };
  /** A rolling update of every service, used all the while. */
  const updateUnderLoad = async (services: DeployableService[], tag: string): Promise<LoadReport[]> => {
    const loads = services.map(({ host }) => startLoad(port(), host));
    await Promise.all(services.map((service) => service.update(tag)));
    return Promise.all(loads.map((load) => load.stop()));
  };

  it('loses no request during rolling updates, and many as soon as draining is off', async () => {
    const services = WISHES.map((wish) => deployableService(cloud, wish));
    await Promise.all(services.map((service) => service.create('v1')));

    const reports = await updateUnderLoad(services, 'v2');
    for (const [i, { failures, versions, requests }] of reports.entries()) {
      const { name } = services[i]!;
      assert.deepEqual(failures, [], `${name}: ${failures.length} of ${requests} requests were lost`);
      assert.deepEqual(Object.keys(versions).sort(), ['v1', 'v2'], name);
      assert.ok(requests >= 500, `${name}: ${requests} requests prove little`);
    }

    await setDraining(false);
    for (const [i, { failures }] of (await updateUnderLoad(services, 'v3')).entries()) {
      assert.ok(failures.length > 0, `${services[i]!.name}: without draining the same load has to lose requests`);
    }
  });
});
