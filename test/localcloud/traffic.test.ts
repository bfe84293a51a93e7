import assert from 'node:assert/strict';
import { createKit, eventually, sdkConfig, spawnCloud, type CloudProcess, type Kit } from './cloud-kit.ts';
import { pointDomain } from './support/domain.ts';
import { startLoad, type LoadReport } from '../setup/load.ts';

/** Of whom six always wait for a slow answer: more than there ever are tasks, so that each task has one to lose. */
const CLIENTS = 24;

const SERVICES = [
  { name: 'roomy', hostPort: 11000, desiredCount: 2, minimumHealthyPercent: 100, maximumPercent: 200 },
  { name: 'full', hostPort: 11001, desiredCount: 4, minimumHealthyPercent: 50, maximumPercent: 100 },
];

describe('localcloud traffic', function () {
  this.timeout(120_000);
  let cloud: CloudProcess;
  let kit: Kit;
  let ingressPort: number;

  before(async () => {
    cloud = await spawnCloud(['--speed', '10']);
    kit = createKit(cloud.url);
    const { ingressHttp } = (await kit.admin('GET', 'health')) as { ingressHttp: string };
    ingressPort = Number(new URL(ingressHttp).port);
  });
  after(async () => {
    kit.close();
    await cloud.kill('SIGTERM');
  });

  /** One deployment is left and nothing of it is about to change. */
  const settled = (name: string) =>
    eventually(
      async () => {
        const { deployments = [], events = [] } = await kit.describe(name);
        return deployments.length === 1 && events[0]?.message?.endsWith('has reached a steady state.');
      },
      `${name} to settle`,
      60_000,
    );
  const create = async ({ name, hostPort, desiredCount, ...deploymentConfiguration }: (typeof SERVICES)[number]) => {
    await kit.balancer(name, hostPort);
    await kit.createBehind(name, await kit.register(name, 'v1', hostPort), { desiredCount, deploymentConfiguration });
    await Promise.all([pointDomain(sdkConfig(cloud.url), `${name}.example.com`, name), settled(name)]);
  };
  /** A rolling update of every service, used all the while. */
  const updateUnderLoad = async (tag: string): Promise<LoadReport[]> => {
    const loads = SERVICES.map(({ name }) =>
      startLoad({ host: '127.0.0.1', port: ingressPort }, `${name}.example.com`, { clients: CLIENTS }),
    );
    const updates = SERVICES.map(async ({ name, hostPort }) => {
      await kit.update(name, { taskDefinition: await kit.register(name, tag, hostPort) });
      await settled(name);
    });
    await Promise.all(updates);
    return Promise.all(loads.map((load) => load.stop()));
  };

  it('loses no request during rolling updates, and many as soon as draining is off', async () => {
    await Promise.all(SERVICES.map(create));

    const reports = await updateUnderLoad('v2');
    for (const [i, { failures, versions, requests }] of reports.entries()) {
      const { name } = SERVICES[i]!;
      assert.deepEqual(failures, [], `${name}: ${failures.length} of ${requests} requests were lost`);
      assert.deepEqual(Object.keys(versions).sort(), ['v1', 'v2'], name);
      assert.ok(requests >= 100, `${name}: ${requests} requests prove little`);
    }

    await kit.admin('PUT', 'settings', { connectionDraining: false });
    for (const [i, { failures }] of (await updateUnderLoad('v3')).entries()) {
      assert.ok(failures.length > 0, `${SERVICES[i]!.name}: without draining the same load has to lose requests`);
    }
  });
});
