import assert from 'node:assert/strict';
import { startLoad, type LoadReport } from '../setup/load.ts';
import { startStack, type Stack } from '../setup/stack.ts';
import { deployed } from './support/api.ts';
import { domainOf, manifestOf } from './support/manifest.ts';

/** On four instances the second has no room beside its old tasks: it is replaced in two waves. */
const SERVICES = [
  { service: 'roomy', repository: 'web', scale: 2 },
  { service: 'full', repository: 'app', scale: 4 },
];
const REQUESTS = 5_000;
/** About 300 requests a second for each service. */
const LOAD = { clients: 30, pauseMilliseconds: 60 };

describe('traffic through the ingress during a rolling update', function () {
  this.timeout(240_000);
  let stack: Stack;
  before(async () => {
    stack = await startStack({ speed: 10 });
    await deployAll('v1');
  });
  after(() => stack.stop());

  const deployAll = (tag: string) =>
    Promise.all(
      SERVICES.map(({ service, ...rest }) => deployed(stack, service, manifestOf({ service, tag, ...rest }))),
    );
  /** Begins before the deployments are asked for and ends after their verdicts. */
  const deployUnderLoad = async (tag: string, atLeast: number): Promise<LoadReport[]> => {
    const port = Number(new URL(stack.client.ingressUrl).port);
    const loads = SERVICES.map(({ service }) => startLoad(port, domainOf(service), LOAD));
    const failure = await deployAll(tag).then(
      () => undefined,
      (error: Error) => error,
    );
    const reports = await Promise.all(loads.map((load) => load.stop({ atLeast: failure === undefined ? atLeast : 0 })));
    if (failure !== undefined) throw failure;
    return reports;
  };

  it(`loses none of ${REQUESTS} requests and more, at scale 2 and at scale 4 on 4 instances`, async () => {
    const reports = await deployUnderLoad('v2', REQUESTS);
    for (const [i, { requests, slow, reused, failures, versions }] of reports.entries()) {
      const name = SERVICES[i]?.service;
      assert.deepEqual(failures, [], `${name}: ${failures.length} of ${requests} requests were lost`);
      assert.ok(requests >= REQUESTS);
      assert.deepEqual(Object.keys(versions).sort(), ['v1', 'v2'], `${name}: ${JSON.stringify(versions)}`);
      assert.ok(slow >= 20 && reused >= 1_000, `${name}: ${slow} slow, ${reused} on reused connections`);
    }
  });

  it('loses some when connection draining is switched off (mutation)', async () => {
    await stack.admin('PUT', 'settings', { connectionDraining: false });
    for (const [i, { failures }] of (await deployUnderLoad('v3', 0)).entries())
      assert.ok(failures.length > 0, `${SERVICES[i]?.service}: the same load lost nothing`);
  });
});
