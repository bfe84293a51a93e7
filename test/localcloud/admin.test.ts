import assert from 'node:assert/strict';
import { chmodSync, mkdtempSync, readFileSync, renameSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CreateTopicCommand, SNSClient, SubscribeCommand } from '@aws-sdk/client-sns';
import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { ListClustersCommand } from '@aws-sdk/client-ecs';
import { DescribeLoadBalancersCommand } from '@aws-sdk/client-elastic-load-balancing';
import type { JournalEntry } from '../../src/localcloud/engine/contract.ts';
import { sdkConfig } from './cloud-kit.ts';
import { startSteppedCloud, type SteppedCloud } from './support/stepped.ts';

describe('the admin endpoint', () => {
  let cloud: SteppedCloud;
  before(async () => {
    cloud = await startSteppedCloud();
  });
  after(() => cloud.stop());

  it('lists every call, event, fault and scenario, and the handbook has them all', async () => {
    const { calls, events, faults, scenarios } = await cloud.admin('GET', '');
    assert.deepEqual([events.length > 25, faults.length, scenarios.length], [true, 7, 18]);
    const handbook = readFileSync(new URL('../../docs/local-cloud.md', import.meta.url), 'utf8');
    for (const { method, path } of calls) assert.ok(handbook.includes(`\`${method} ${path}`), `${method} ${path}`);
    for (const name of [...events.map((event: { name: string }) => event.name), ...faults]) {
      assert.ok(handbook.includes(`\`${name}\``), name);
    }
  });

  it('says which paths there are, and which methods they take', async () => {
    assert.deepEqual(await cloud.refused('GET', 'nowhere'), {
      status: 404,
      error: 'GET nowhere is no admin endpoint: GET /_wonderland/ lists them',
    });
    assert.deepEqual(await cloud.refused('POST', 'health'), { status: 405, error: 'health takes GET, not POST' });
    assert.equal((await cloud.refused('DELETE', 'faults/%zz')).status, 400);
  });

  it('answers HEAD as GET, without the body', async () => {
    const ask = (method: string, path: string, accept: string) =>
      fetch(`${cloud.url}/_wonderland/${path}`, { method, headers: { accept } });
    for (const [path, accept] of [
      ['', 'text/html'],
      ['', '*/*'],
      ['page.css', '*/*'],
      ['images', '*/*'],
      ['nowhere', '*/*'],
    ] as const) {
      const [head, get] = [await ask('HEAD', path, accept), await ask('GET', path, accept)];
      const shownOf = ({ status, headers }: Response) => [status, headers.get('content-type')];
      assert.deepEqual(shownOf(head), shownOf(get), path);
      assert.ok(Number(head.headers.get('content-length')) > 0, path);
      assert.equal(await head.text(), '');
    }
  });

  it('changes settings, speed and images, and says what it cannot', async () => {
    assert.equal((await cloud.admin('PUT', 'settings', { dnsPending: true })).dnsPending, true);
    await cloud.admin('PUT', 'settings', { dnsPending: false });
    assert.deepEqual(await cloud.refused('PUT', 'settings', { dnsPending: 'yes' }), {
      status: 400,
      error: 'dnsPending has to be true or false',
    });
    assert.equal((await cloud.refused('PUT', 'settings', { dataPlane: false })).status, 400);
    assert.equal((await cloud.refused('PUT', 'speed', { speed: 0 })).status, 400);
    assert.equal((await cloud.refused('PUT', 'images', { repository: 'web', tag: 'v1', colour: 1 })).status, 400);
    await cloud.admin('PUT', 'images', { repository: 'web', tag: 'v1', healthStatus: 500 });
    const fine = [
      ['registry.example.com:5000/team/web-app_1', 'V1_2.3-rc'],
      ['localhost/a__b', '_x'],
    ];
    for (const [repository, tag] of fine) {
      await cloud.admin('PUT', 'images', { repository, tag, exists: false });
      await cloud.admin('DELETE', `images/${encodeURIComponent(`${repository}:${tag}`)}`);
    }
    assert.deepEqual((await cloud.admin('DELETE', `images/${encodeURIComponent('web:v1')}`)).scripted, []);
    assert.equal((await cloud.refused('POST', 'tasks/crash', { taskArn: 'arn:aws:ecs:x:1:task/a' })).status, 404);
  });

  it('scripts only what Docker could name', async () => {
    const repositories = ['<script>alert(1)</script>', '__proto__', 'Web', 'a//b', 'web:v1', 'web/', 'a'.repeat(256)];
    for (const repository of repositories) {
      const { status, error } = await cloud.refused('PUT', 'images', { repository, tag: 'v1' });
      assert.deepEqual([status, error], [400, `${repository} is no name of a repository`]);
    }
    for (const tag of ['<b>', '.v1', 'v 1', '-v1', 'v'.repeat(129)]) {
      const { status, error } = await cloud.refused('PUT', 'images', { repository: 'web', tag });
      assert.deepEqual([status, error], [400, `${tag} is no tag`]);
    }
    const image = '<script>:v1';
    assert.equal((await cloud.refused('POST', 'world/lose-image', { image })).status, 400);
    assert.deepEqual((await cloud.admin('GET', 'images')).scripted, []);
  });

  it('lets time pass', async () => {
    const { cloudTime } = await cloud.admin('GET', 'health');
    assert.equal((await cloud.admin('POST', 'clock/advance', { seconds: 5 })).cloudTime, cloudTime + 5000);
  });

  it('shows what SNS sends by mail, and confirms for whoever gets it', async () => {
    const sns = new SNSClient(sdkConfig(cloud.url));
    const { TopicArn } = await sns.send(new CreateTopicCommand({ Name: 'news' }));
    const Endpoint = 'somebody@example.com';
    await sns.send(new SubscribeCommand({ TopicArn, Protocol: 'email', Endpoint }));
    const { emails } = await cloud.admin('GET', 'sns/emails');
    assert.deepEqual([emails.length, emails[0].account], [1, '123456789012']);
    const given = { topicArn: TopicArn, endpoint: Endpoint };
    const { subscriptionArn } = await cloud.admin('POST', 'sns/confirm', given);
    assert.ok(subscriptionArn.startsWith(`${TopicArn}:`));
    assert.equal((await cloud.refused('POST', 'sns/confirm', { ...given, endpoint: 'nobody' })).status, 404);
    assert.deepEqual(await cloud.admin('GET', 'sns/deliveries'), { deliveries: [] });
    sns.destroy();
  });

  it('keeps what integrations post', async () => {
    await fetch(`${cloud.url}/_wonderland/sink/datadog/api/v1/events`, { method: 'POST', body: 'anything' });
    const { received } = await cloud.admin('GET', 'sink');
    assert.deepEqual([received[0].path, received[0].body], ['/datadog/api/v1/events', 'anything']);
  });
});

describe('the journal', () => {
  let cloud: SteppedCloud;
  after(() => cloud.stop());
  const read = async (query: string): Promise<JournalEntry[]> => (await cloud.admin('GET', `journal?${query}`)).entries;
  const operations = async (query: string): Promise<string[]> => (await read(query)).map(({ operation }) => operation);

  before(async () => {
    cloud = await startSteppedCloud();
    const sts = new STSClient({
      ...sdkConfig(cloud.url),
      credentials: { accessKeyId: 'AKIAWONDERLANDSTAGE1', secretAccessKey: 'staging-secret-key' },
    });
    await cloud.register('service-one', 'v1', 11_000);
    await cloud.pass(10);
    await sts.send(new GetCallerIdentityCommand({}));
    await cloud.pass(10);
    await cloud.ecs.send(new ListClustersCommand({}));
    await cloud.admin('POST', 'faults', { service: 'ecs', operation: 'ListClusters', kind: 'throttle' });
    await assert.rejects(cloud.ecs.send(new ListClustersCommand({})));
    await assert.rejects(cloud.elb.send(new DescribeLoadBalancersCommand({ LoadBalancerNames: ['ghost'] })));
    await cloud.admin('POST', 'world/deregister-revision', { taskDefinition: 'service-one:1' });
    sts.destroy();
  });

  it('is read by service, operation, principal, account, resource, outcome and kind', async () => {
    assert.deepEqual(await operations('service=elasticloadbalancing'), ['DescribeLoadBalancers']);
    assert.equal((await operations('operation=ListClusters')).length, 2);
    assert.deepEqual(await operations('principal=world'), ['DeregisterTaskDefinition']);
    assert.deepEqual(await operations('account=210987654321'), ['GetCallerIdentity']);
    assert.deepEqual(await operations('resource=service-one'), ['RegisterTaskDefinition', 'DeregisterTaskDefinition']);
    assert.deepEqual(await operations('outcome=fault'), ['ListClusters']);
    assert.deepEqual(await operations('outcome=error'), ['DescribeLoadBalancers']);
    assert.deepEqual(await operations('mutating=true'), ['RegisterTaskDefinition', 'DeregisterTaskDefinition']);
    assert.deepEqual(await operations('mutating=false&service=ecs'), ['ListClusters', 'ListClusters']);
  });

  it('is read by time, and page by page', async () => {
    const all = await read('');
    const [first, second] = all;
    const from = new Date(second?.time ?? 0).toISOString();
    assert.deepEqual((await read(`from=${from}`)).length, all.length - 1);
    assert.deepEqual(await read(`until=${String(second?.time)}`), [first]);
    const page = await read('limit=2');
    assert.deepEqual(page, all.slice(0, 2));
    assert.deepEqual(await read(`after=${String(page[1]?.seq)}&limit=100`), all.slice(2));
  });

  it('is, like the state, for nobody but its owner to read, whoever moved or opened it', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'wonderland-'));
    const stateFile = join(directory, 'cloud.json');
    const journal = `${stateFile}.journal`;
    const modes = (): number[] => [stateFile, journal].map((file) => statSync(file).mode & 0o777);
    let kept = await startSteppedCloud({ stateFile });
    assert.deepEqual(modes(), [0o600, 0o600]);
    renameSync(journal, `${journal}.1`);
    await kept.register('service-one', 'v1', 11_000);
    assert.deepEqual(modes(), [0o600, 0o600]);
    chmodSync(journal, 0o644);
    await kept.stop();
    kept = await startSteppedCloud({ stateFile });
    assert.deepEqual(modes(), [0o600, 0o600]);
    await kept.stop();
    rmSync(directory, { recursive: true });
  });

  it('refuses filters it does not have', async () => {
    for (const query of ['operaton=x', 'mutating=yes', 'outcome=good', 'after=x', 'from=yesterday']) {
      assert.equal((await cloud.refused('GET', `journal?${query}`)).status, 400, query);
    }
  });
});
