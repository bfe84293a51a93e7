import assert from 'node:assert/strict';
import {
  CreateServiceCommand,
  RegisterTaskDefinitionCommand,
  TagResourceCommand,
  UpdateServiceCommand,
} from '@aws-sdk/client-ecs';
import { CreateLoadBalancerCommand } from '@aws-sdk/client-elastic-load-balancing';
import { createClients, type Clients } from '../../src/cloud/clients.ts';
import type { ServiceStatus, ServiceSummary } from '../../src/domain/api.ts';
import { eventually } from '../setup/eventually.ts';
import { startHarness, TOKENS, type Api, type Harness } from './support/harness.ts';
import { deploymentPath, MANIFEST, problemOf } from './support/requests.ts';

const CREATED = '1466583000';
const tags = (values: Record<string, string>) => Object.entries(values).map(([key, value]) => ({ key, value }));

describe('API: what runs', function () {
  this.timeout(60_000);
  let harness: Harness;
  let api: Api;
  let clients: Clients;

  /** A service as a deployment would have left it, made by hand. */
  async function make(service: string, team: string, hostPort: number) {
    const LoadBalancerName = `${service}-${CREATED}`;
    await clients.elb.send(
      new CreateLoadBalancerCommand({
        LoadBalancerName,
        Listeners: [{ Protocol: 'HTTP', LoadBalancerPort: 80, InstanceProtocol: 'HTTP', InstancePort: hostPort }],
        AvailabilityZones: ['eu-west-1a', 'eu-west-1b'],
      }),
    );
    const taskDefinition = await register(service, hostPort, '1466583476');
    const { service: made } = await clients.ecs.send(
      new CreateServiceCommand({
        cluster: 'crims',
        serviceName: LoadBalancerName,
        taskDefinition,
        desiredCount: 2,
        loadBalancers: [{ loadBalancerName: LoadBalancerName, containerName: 'web', containerPort: 80 }],
        tags: tags({
          'wonderland:service': service,
          'wonderland:team': team,
          'wonderland:deployment': '1466583476',
          'wonderland:releases': `1466583476:${taskDefinition.split(':').at(-1)}`,
        }),
      }),
    );
    return made?.serviceArn ?? '';
  }

  async function register(service: string, hostPort: number, deployment: string): Promise<string> {
    const { taskDefinition } = await clients.ecs.send(
      new RegisterTaskDefinitionCommand({
        family: `service-${service}`,
        containerDefinitions: [
          { name: 'web', image: 'web:v1', cpu: 64, memory: 64, portMappings: [{ containerPort: 80, hostPort }] },
        ],
        tags: tags({ 'wonderland:deployment': deployment }),
      }),
    );
    return taskDefinition?.taskDefinitionArn ?? '';
  }

  const status = async (service: string, token = TOKENS.alice) => {
    const response = await api.send('GET', `/v1/services/${service}/status`, { token });
    const text = await response.text();
    assert.equal(response.status, 200, text);
    return JSON.parse(text) as ServiceStatus;
  };
  /** What the cloud was asked while `act` ran. */
  async function callsOf(act: () => Promise<unknown>): Promise<string[]> {
    const before = (await harness.cloud.calls()).length;
    await act();
    return (await harness.cloud.calls()).slice(before);
  }

  before(async () => {
    harness = await startHarness();
    api = await harness.startApi();
    clients = createClients(harness.config);
    await make('autoscaler', 'tea', 11_000);
    await make('warren', 'rabbits', 11_001);
    await eventually('all four tasks are healthy', async () => {
      const rows = [...(await status('autoscaler')).tasks, ...(await status('warren', TOKENS.bob)).tasks];
      return rows.length === 4 && rows.every(({ elb, status: last }) => elb === 'InService' && last === 'RUNNING');
    });
  });
  after(() => harness.stop());

  it('shows tasks with machine, state, start, deployment and health', async () => {
    const { tasks, ...rest } = await status('autoscaler');
    assert.deepEqual(rest, {
      service: 'autoscaler',
      team: 'tea',
      currentDeployment: '1466583476',
      desiredScale: 2,
      changes: [],
      account: { id: '123456789012', region: 'eu-west-1', environment: 'test' },
    });
    assert.equal(new Set(tasks.map(({ machine }) => machine)).size, 2);
    for (const { machine, component, startedAt, deployment } of tasks) {
      assert.match(machine, /^i-[0-9a-f]{8}/);
      assert.equal(component, 'web');
      assert.ok(startedAt !== undefined && startedAt > 1_000_000_000_000);
      assert.equal(deployment, '1466583476');
    }
  });

  it('asks AWS at most five times, however many ask at once and however cold the process', async () => {
    const fresh = await harness.startApi();
    const ask = () => fresh.send('GET', '/v1/services/autoscaler/status');
    await fresh.send('GET', '/v1/openapi.json');
    const calls = await callsOf(() => Promise.all(Array.from({ length: 20 }, ask)));
    assert.ok(calls.length >= 3 && calls.length <= 5, calls.join(', '));
    const again = await callsOf(ask);
    assert.ok(again.length <= 5, again.join(', '));
  });

  it('names the deployment of tasks that are in no release yet', async () => {
    const taskDefinition = await register('autoscaler', 11_000, '1466583500');
    await clients.ecs.send(
      new UpdateServiceCommand({ cluster: 'crims', service: `autoscaler-${CREATED}`, taskDefinition }),
    );
    await eventually('a new task shows', async () =>
      (await status('autoscaler')).tasks.some(({ deployment }) => deployment === '1466583500'),
    );
  });

  it('lists the services of the own team, and all to an admin', async () => {
    const list = async (token: string) =>
      ((await (await api.send('GET', '/v1/services', { token })).json()) as { services: ServiceSummary[] }).services;
    const [own] = await list(TOKENS.alice);
    assert.deepEqual(
      { ...own, running: 2 },
      { service: 'autoscaler', team: 'tea', currentDeployment: '1466583476', desired: 2, running: 2 },
    );
    assert.deepEqual(
      (await list(TOKENS.root)).map(({ service }) => service),
      ['autoscaler', 'warren'],
    );
    const one = await api.send('GET', '/v1/services/autoscaler');
    assert.equal(((await one.json()) as ServiceSummary).team, 'tea');
  });

  it("keeps another team's service from being read and changed", async () => {
    for (const path of ['', '/status', '/deployments']) {
      await problemOf(await api.send('GET', `/v1/services/warren${path}`), 403, 'forbidden');
    }
    const put = await api.send('PUT', deploymentPath('warren', '1466583600'), { body: { manifest: MANIFEST } });
    await problemOf(put, 403, 'forbidden');
    assert.equal((await status('warren', TOKENS.root)).team, 'rabbits');
  });

  it('names the nearest service when there is none of that name', async () => {
    for (const path of ['', '/status', '/deployments']) {
      const problem = await problemOf(await api.send('GET', `/v1/services/autoscalr${path}`), 404, 'not_found');
      assert.match(problem.hint ?? '', /autoscaler/);
    }
  });

  it('shows open changes, also of a service of which nothing runs yet', async () => {
    await api.send('PUT', deploymentPath('novelty', '1466583476'), { body: { manifest: MANIFEST } });
    const shown = await eventually('the change shows', async () => {
      const response = await api.send('GET', '/v1/services/novelty/status');
      const answer = (await response.json()) as ServiceStatus;
      return response.status === 200 && answer.changes.length === 1 ? answer : undefined;
    });
    assert.deepEqual([shown.desiredScale, shown.tasks, shown.changes[0]?.id], [0, [], '1466583476']);
    assert.equal(shown.changes[0]?.phase, 'queued');
  });

  it('answers unavailable, with a time to retry, when AWS fails, and recovers', async () => {
    // A read that fails once or twice is repeated; this one goes on failing until the fault is taken away.
    const fault = { service: 'ecs', operation: 'ListTasks', kind: 'error', count: 100 };
    await eventually('the last answer is forgotten', async () => {
      await fetch(`${harness.cloud.url}/_wonderland/faults`, { method: 'POST', body: JSON.stringify(fault) });
      const response = await api.send('GET', '/v1/services/autoscaler/status');
      await fetch(`${harness.cloud.url}/_wonderland/faults`, { method: 'DELETE' });
      if (response.status === 200) return false;
      assert.equal(response.headers.get('retry-after'), '1');
      const problem = await problemOf(response, 503, 'unavailable');
      assert.match(problem.detail, /ECS ListTasks/);
      return true;
    });
    await status('autoscaler');
  });

  it('says so when the revision of a release is gone from the tags', async () => {
    const resourceArn = await make('orphan', 'tea', 11_002);
    await clients.ecs.send(
      new TagResourceCommand({ resourceArn, tags: tags({ 'wonderland:releases': '1466000000:99' }) }),
    );
    const { tasks } = await eventually('its tasks run', async () => {
      const found = await status('orphan');
      return found.tasks.length === 2 && found.tasks.every(({ deployment }) => deployment !== '-') ? found : undefined;
    });
    assert.deepEqual(new Set(tasks.map(({ deployment }) => deployment)), new Set(['1466583476']));
  });
});
