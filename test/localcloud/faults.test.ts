/** Every kind of fault, as clients of the SDK meet it. */
import assert from 'node:assert/strict';
import { DescribeServicesCommand, ListClustersCommand } from '@aws-sdk/client-ecs';
import { DescribeLoadBalancersCommand } from '@aws-sdk/client-elastic-load-balancing';
import { ListHostedZonesCommand, Route53Client } from '@aws-sdk/client-route-53';
import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { FAULT_KINDS } from '../../src/localcloud/engine/contract.ts';
import { sdkConfig } from './cloud-kit.ts';
import { startSteppedCloud, type SteppedCloud } from './support/stepped.ts';

const CLUSTERS = { service: 'ecs', operation: 'ListClusters' };

describe('faults', () => {
  let cloud: SteppedCloud;
  before(async () => {
    cloud = await startSteppedCloud();
  });
  after(() => cloud.stop());
  afterEach(() => cloud.admin('DELETE', 'faults'));

  const add = (fault: object): Promise<{ id: string }> => cloud.admin('POST', 'faults', fault);
  const waiting = async (): Promise<{ id: string; hits?: number }[]> => (await cloud.admin('GET', 'faults')).faults;
  const list = (more: object = {}) => cloud.ecs.send(new ListClustersCommand({}), more);
  /** What became of so many calls, one after the other. */
  const outcomes = async (count: number, call: () => Promise<unknown> = list): Promise<string[]> => {
    const seen: string[] = [];
    for (let n = 0; n < count; n += 1) {
      seen.push(
        await call().then(
          () => 'ok',
          (error: Error) => error.name,
        ),
      );
    }
    return seen;
  };
  const lastOutcome = async (operation: string): Promise<string[]> => {
    const { entries } = await cloud.admin('GET', `journal?operation=${operation}`);
    const { outcome, errorCode = '' } = entries.at(-1);
    return [outcome, errorCode];
  };

  it('error: HTTP 500 in the shape of each service', async () => {
    const route53 = new Route53Client(sdkConfig(cloud.url));
    const sts = new STSClient(sdkConfig(cloud.url));
    const calls: [string, string, () => Promise<unknown>, string][] = [
      ['ecs', 'ListClusters', list, 'ServerException'],
      [
        'elasticloadbalancing',
        'DescribeLoadBalancers',
        () => cloud.elb.send(new DescribeLoadBalancersCommand({})),
        'InternalFailure',
      ],
      ['route53', 'ListHostedZones', () => route53.send(new ListHostedZonesCommand({})), 'InternalFailure'],
      ['sts', 'GetCallerIdentity', () => sts.send(new GetCallerIdentityCommand({})), 'InternalFailure'],
    ];
    for (const [service, operation, call, name] of calls) {
      await add({ service, operation, kind: 'error' });
      await assert.rejects(
        call(),
        (error: any) => error.name === name && error.$metadata.httpStatusCode === 500,
        service,
      );
      await call();
      assert.deepEqual(await lastOutcome(operation), ['ok', '']);
    }
    route53.destroy();
    sts.destroy();
  });

  it('unavailable: HTTP 503', async () => {
    await add({ ...CLUSTERS, kind: 'unavailable' });
    await assert.rejects(list(), (error: any) => error.$metadata.httpStatusCode === 503);
    assert.deepEqual(await lastOutcome('ListClusters'), ['fault', 'ServiceUnavailable']);
  });

  it("throttle: the service's own throttling error, on any operation of any service", async () => {
    await add({ service: '*', operation: '*', kind: 'throttle', count: 2 });
    await assert.rejects(list(), { name: 'ThrottlingException', message: 'Rate exceeded' });
    await assert.rejects(cloud.elb.send(new DescribeLoadBalancersCommand({})), { name: 'Throttling' });
    await list();
  });

  it('drop: the connection is cut, and nothing has happened', async () => {
    await cloud.register('service-drop', 'v1', 11_000);
    await add({ service: 'ecs', operation: 'RegisterTaskDefinition', kind: 'drop' });
    await assert.rejects(cloud.register('service-drop', 'v2', 11_000));
    assert.deepEqual(await lastOutcome('RegisterTaskDefinition'), ['fault', 'dropped']);
    assert.match(await cloud.register('service-drop', 'v3', 11_000), /:2$/);
  });

  it('lose-answer: it takes effect, then the connection is cut', async () => {
    await cloud.register('service-lost', 'v1', 11_000);
    await add({ service: 'ecs', operation: 'RegisterTaskDefinition', resource: 'service-lost', kind: 'lose-answer' });
    await assert.rejects(cloud.register('service-lost', 'v2', 11_000));
    assert.deepEqual(await lastOutcome('RegisterTaskDefinition'), ['answer-lost', '']);
    assert.match(await cloud.register('service-lost', 'v3', 11_000), /:3$/);
  });

  it('latency: takes longer, and adds to another fault', async () => {
    await add({ ...CLUSTERS, kind: 'latency', seconds: 0.2 });
    await add({ ...CLUSTERS, kind: 'throttle' });
    const began = performance.now();
    await assert.rejects(list(), { name: 'ThrottlingException' });
    assert.ok(performance.now() - began >= 195);
    assert.deepEqual(await waiting(), []);
    await assert.rejects(
      add({ ...CLUSTERS, kind: 'latency', seconds: 1 }).then(() => list({ abortSignal: AbortSignal.timeout(50) })),
      { name: 'AbortError' },
    );
  });

  it('meets only what it is aimed at: operation, resource, access key, account', async () => {
    await add({ service: 'ecs', operation: 'DescribeServices', resource: 'shop', kind: 'error' });
    await add({ ...CLUSTERS, account: '210987654321', kind: 'error' });
    assert.deepEqual(await outcomes(2), ['ok', 'ok']);
    const describe = (name: string) => () =>
      cloud.ecs.send(new DescribeServicesCommand({ cluster: 'crims', services: [name] }));
    assert.deepEqual(await outcomes(1, describe('cart')), ['ok']);
    assert.deepEqual(await outcomes(2, describe('shop')), ['ServerException', 'ok']);
    const staging = new STSClient({
      ...sdkConfig(cloud.url),
      credentials: { accessKeyId: 'AKIAWONDERLANDSTAGE1', secretAccessKey: 'staging-secret-key' },
    });
    const sts = new STSClient(sdkConfig(cloud.url));
    await add({ service: 'sts', operation: '*', principal: 'AKIAWONDERLANDSTAGE1', kind: 'throttle' });
    assert.deepEqual(await outcomes(1, () => sts.send(new GetCallerIdentityCommand({}))), ['ok']);
    sts.destroy();
    assert.deepEqual(await outcomes(1, () => staging.send(new GetCallerIdentityCommand({}))), ['Throttling']);
    await add({ service: 'sts', operation: '*', account: '210987654321', kind: 'error' });
    assert.deepEqual(await outcomes(1, () => staging.send(new GetCallerIdentityCommand({}))), ['InternalFailure']);
    staging.destroy();
  });

  it('parameters and spared: the second call that names somebody', async () => {
    const hit = { service: 'ecs', operation: 'DescribeServices', parameters: 'desk', spared: 1, kind: 'error' };
    await add(hit);
    const describe = (name: string) => () =>
      cloud.ecs.send(new DescribeServicesCommand({ cluster: 'crims', services: ['till', name] }));
    assert.deepEqual(await outcomes(2, describe('cart')), ['ok', 'ok']);
    assert.deepEqual(await outcomes(3, describe('desk')), ['ok', 'ServerException', 'ok']);
  });

  it('count: so many calls, and GET faults tells how many have met it', async () => {
    const { id } = await add({ ...CLUSTERS, kind: 'throttle', count: 3 });
    assert.deepEqual(await outcomes(2), ['ThrottlingException', 'ThrottlingException']);
    assert.deepEqual(
      (await waiting()).map(({ hits }) => hits),
      [2],
    );
    await cloud.admin('DELETE', `faults/${id}`);
    assert.deepEqual(await outcomes(1), ['ok']);
  });

  it('probability: the same calls with the same seed', async () => {
    const play = async (): Promise<string[]> => {
      const other = await startSteppedCloud({ seed: 7 });
      await other.admin('POST', 'faults', { ...CLUSTERS, kind: 'throttle', probability: 0.5 });
      const seen = await outcomes(20, () => other.ecs.send(new ListClustersCommand({})));
      await other.stop();
      return seen;
    };
    const first = await play();
    assert.deepEqual(await play(), first);
    const hits = first.filter((name) => name === 'ThrottlingException').length;
    assert.ok(hits >= 4 && hits <= 16, `${hits} of 20`);
  });

  it('afterSeconds and forSeconds: in that stretch of cloud time alone', async () => {
    await add({ ...CLUSTERS, kind: 'error', afterSeconds: 10, forSeconds: 20 });
    const seen: string[] = [];
    for (const seconds of [0, 9, 1, 19, 1]) {
      await cloud.pass(seconds);
      seen.push(...(await outcomes(1)));
    }
    assert.deepEqual(seen, ['ok', 'ok', 'ServerException', 'ServerException', 'ok']);
    assert.deepEqual(await waiting(), []);
  });

  it('stale-read: DescribeServices knows an UpdateService only later, whoever it is asked together with', async () => {
    for (const name of ['shop', 'cart']) {
      await cloud.create(name, await cloud.register(`service-${name}`, 'v1', name === 'shop' ? 11_000 : 11_001));
    }
    await cloud.pass(60);
    await add({ service: 'ecs', operation: 'DescribeServices', resource: 'shop', kind: 'stale-read', seconds: 10 });
    const primaries = async (...services: string[]) => {
      const answer = await cloud.ecs.send(new DescribeServicesCommand({ cluster: 'crims', services }));
      return answer.services?.map(({ deployments }) => deployments?.[0]?.id);
    };
    const [shop] = (await primaries('shop')) ?? [];
    await primaries('cart');
    const { service } = await cloud.update('shop', { forceNewDeployment: true });
    const fresh = service?.deployments?.[0]?.id;
    assert.notEqual(fresh, shop);
    assert.deepEqual(await primaries('shop'), [shop]);
    assert.deepEqual((await primaries('cart', 'shop'))?.[1], shop);
    const { service: cart } = await cloud.update('cart', { forceNewDeployment: true });
    assert.deepEqual(await primaries('cart'), [cart?.deployments?.[0]?.id], 'the rule is about shop alone');
    await cloud.pass(10);
    assert.deepEqual(await primaries('shop'), [fresh]);
  });

  it('stale-read with a count: so many changes', async () => {
    await cloud.create('till', await cloud.register('service-till', 'v1', 11_002));
    await add({ service: 'ecs', operation: '*', resource: 'till', kind: 'stale-read', seconds: 5, count: 1 });
    const desired = async () => (await cloud.describe('till')).desiredCount;
    assert.equal(await desired(), 2);
    await cloud.update('till', { desiredCount: 3 });
    assert.deepEqual([await desired(), await waiting()], [2, []]);
    await cloud.pass(5);
    await cloud.update('till', { desiredCount: 4 });
    assert.equal(await desired(), 4);
  });

  it('refuses what it does not understand, and says why', async () => {
    const refusals: [unknown, string][] = [
      ['{', 'the body has to be a JSON object'],
      [{ ...CLUSTERS }, `kind is missing: one of ${FAULT_KINDS.join(', ')}`],
      [{ ...CLUSTERS, kind: 'explode' }, `kind has to be one of ${FAULT_KINDS.join(', ')}`],
      [{ kind: 'error', service: 'ecs' }, 'operation is missing: or *; of stale-read the operation that reads'],
      [{ ...CLUSTERS, kind: 'error', count: 1.5 }, 'count has to be a whole number'],
      [{ ...CLUSTERS, kind: 'error', probability: 2 }, 'probability has to be a number from 0 to 1'],
      [{ ...CLUSTERS, kind: 'error', forSeconds: -1 }, 'forSeconds has to be a number of at least 0'],
    ];
    for (const [body, error] of refusals) {
      assert.deepEqual(await cloud.refused('POST', 'faults', body), { status: 400, error });
    }
    assert.match(
      (await cloud.refused('POST', 'faults', { ...CLUSTERS, kind: 'error', times: 1 })).error,
      /^times is not known here: kind, service,/,
    );
    assert.deepEqual(await cloud.refused('DELETE', 'faults/none'), { status: 404, error: 'there is no fault none' });
  });
});
