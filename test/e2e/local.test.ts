import assert from 'node:assert/strict';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CreateClusterCommand, DescribeClustersCommand, ECSClient } from '@aws-sdk/client-ecs';
import { Client, Connection } from '@temporalio/client';
import type { Client as StackClient } from '../../src/embedded/installation.ts';
import type { StatusReport } from '../../src/embedded/stack.ts';
import { eventually } from '../setup/eventually.ts';
import { run, spawnCaptured, type Result } from '../setup/process.ts';
import { processesOf } from '../setup/processes.ts';
import { root, stackEnvironment } from '../setup/stack.ts';

const wlScript = join(root, 'bin', 'wl.js');

/** A state directory whose stack each test starts and stops by itself, as a person does. */
class Place {
  readonly dir = mkdtempSync(join(tmpdir(), 'wonderland local-'));
  readonly env = stackEnvironment(this.dir);

  local(...args: string[]): Promise<Result> {
    return run(process.execPath, [wlScript, 'local', ...args], { env: this.env });
  }

  async succeed(...args: string[]): Promise<string> {
    const { code, stdout, stderr } = await this.local(...args);
    assert.equal(code, 0, `wl local ${args.join(' ')}: ${stderr}`);
    return stdout;
  }

  async status(): Promise<StatusReport> {
    return JSON.parse((await this.local('status', '--output', 'json')).stdout) as StatusReport;
  }

  async pid(part: string): Promise<number> {
    const { parts } = await this.status();
    return parts.find((status) => status.part === part)?.pid ?? assert.fail(`${part} does not run`);
  }

  json<T>(name: string): T {
    return JSON.parse(readFileSync(join(this.dir, name), 'utf8')) as T;
  }

  get client(): StackClient {
    return this.json('client.json');
  }

  async remove(): Promise<void> {
    await this.local('stop');
    rmSync(this.dir, { recursive: true, force: true });
  }
}

const states = ({ parts }: StatusReport): Record<string, string> =>
  Object.fromEntries(parts.map(({ part, state }) => [part, state]));

const allUp = { temporal: 'up', cloud: 'up', api: 'up', worker: 'up' };

describe('wl local', function () {
  this.timeout(240_000);
  const places: Place[] = [];
  const createPlace = (): Place => {
    const place = new Place();
    places.push(place);
    return place;
  };
  after(() => Promise.all(places.map((place) => place.remove())));

  describe('one stack', () => {
    const place = createPlace();
    before(() => place.succeed('start', '--detach', '--speed', '10'));
    after(() => place.succeed('reset'));

    it('answers at every URL it prints', async () => {
      const { apiUrl, webUiUrl, awsEndpointUrl } = place.client;
      const printed = await place.succeed('start', '--detach');
      for (const url of [apiUrl, webUiUrl, awsEndpointUrl]) assert.ok(printed.includes(url), url);
      for (const url of [`${apiUrl}/healthz`, webUiUrl, `${awsEndpointUrl}/_wonderland/health`])
        assert.equal((await fetch(url)).status, 200, url);
      assert.deepEqual(states(await place.status()), allUp);
    });

    it('refuses another speed while it runs', async () => {
      const { code, stderr } = await place.local('start', '--detach', '--speed', '3');
      assert.equal(code, 6);
      assert.match(stderr, /^Error: The stack is running already, at speed 10\nHint: /m);
    });

    it('keeps its secrets to the user', async () => {
      const { stdout } = await run('find', [place.dir, '-type', 'f', '-name', '*.json', '-perm', '/077']);
      assert.equal(stdout, '');
      assert.equal((await run('find', [place.dir, '-maxdepth', '0', '-perm', '700'])).stdout.trim(), place.dir);
    });

    it('prints exports that a shell takes', async () => {
      const script = `eval "$("$NODE" "$WL" local env)"; printf '%s %s %s' "$AWS_ENDPOINT_URL" "$WL_API_URL" "$WL_TOKEN"`;
      const env = { ...place.env, NODE: process.execPath, WL: wlScript };
      const { stdout } = await run('sh', ['-c', script], { env });
      const { awsEndpointUrl, apiUrl, token } = place.client;
      assert.equal(stdout, `${awsEndpointUrl} ${apiUrl} ${token}`);
    });

    it('starts a part again that was killed from outside', async () => {
      const pid = await place.pid('worker');
      process.kill(pid, 'SIGKILL');
      await eventually('another worker is up', async () => {
        const worker = (await place.status()).parts.find(({ part }) => part === 'worker');
        return worker?.state === 'up' && worker.pid !== pid && worker.restarts === 1;
      });
    });

    if (process.env.WL_TEST_FULL === '1')
      it('starts a part again that runs, but answers nothing any more', async function () {
        this.timeout(180_000);
        const pid = await place.pid('cloud');
        process.kill(pid, 'SIGSTOP');
        const isBack = async () => {
          const cloud = (await place.status()).parts.find(({ part }) => part === 'cloud');
          return cloud?.state === 'up' && cloud.pid !== pid && cloud.restarts === 1;
        };
        await eventually('another cloud is up', isBack, 150);
      });

    it('leaves a part down that it was told to kill, until told to start it', async () => {
      await place.succeed('kill', 'api');
      assert.deepEqual(states(await place.status()), { ...allUp, api: 'killed' });
      assert.equal((await place.local('status')).code, 9);
      await assert.rejects(fetch(place.client.apiUrl));
      await place.succeed('start', 'api');
      assert.equal((await place.local('status')).code, 0);
    });

    it('names the parts when asked for one that there is not', async () => {
      const { code, stderr } = await place.local('kill', 'database');
      assert.equal(code, 2);
      assert.match(stderr, /There is no part "database"\nHint: One of worker, api, temporal, cloud\./);
    });
  });

  it('leaves nothing behind after stop, and after stop when its supervisor was killed', async () => {
    const place = createPlace();
    for (const end of ['stop', 'kill -9 and stop']) {
      await place.succeed('start', '--detach');
      assert.ok(processesOf(place.dir).length >= 5, 'a supervisor and four parts');
      if (end !== 'stop') process.kill(place.json<{ pid: number }>('supervisor.json').pid, 'SIGKILL');
      await place.succeed('stop');
      assert.deepEqual(processesOf(place.dir), [], end);
    }
    assert.match(await place.succeed('stop'), /^Nothing was running/);
  });

  it('takes over after its supervisor was killed', async () => {
    const place = createPlace();
    await place.succeed('start', '--detach');
    const before = processesOf(place.dir);
    process.kill(place.json<{ pid: number }>('supervisor.json').pid, 'SIGKILL');
    assert.deepEqual((await place.status()).running, false);
    await place.succeed('start', '--detach');
    assert.deepEqual(states(await place.status()), allUp);
    const after = processesOf(place.dir);
    assert.deepEqual(
      before.filter((pid) => after.includes(pid)),
      [],
    );
    await place.succeed('stop');
  });

  it('stops everything on Ctrl-C', async () => {
    const place = createPlace();
    const {
      process: shown,
      stdout,
      ended,
    } = spawnCaptured(process.execPath, [wlScript, 'local', 'start'], {
      env: place.env,
    });
    await eventually('it prints its URLs', () => stdout().includes('Wonderland API'));
    shown.kill('SIGINT');
    assert.equal((await ended).code, 0);
    assert.deepEqual(processesOf(place.dir), []);
  });

  it('becomes one stack when it is started twice at once', async () => {
    const place = createPlace();
    await Promise.all([place.succeed('start', '--detach'), place.succeed('start', '--detach')]);
    assert.deepEqual(states(await place.status()), allUp);
    await place.succeed('stop');
  });

  it('has the same state, ports and tokens after a restart, or another port where one was taken meanwhile', async () => {
    const place = createPlace();
    await place.succeed('start', '--detach');
    const { client } = place;
    await createCluster(client, 'kept');
    await startWorkflow(client, 'kept');
    await place.succeed('stop');
    const taken = createServer().listen(Number(new URL(client.apiUrl).port), '127.0.0.1');
    await once(taken, 'listening');
    try {
      await place.succeed('start', '--detach');
      assert.notEqual(place.client.apiUrl, client.apiUrl);
      assert.deepEqual({ ...place.client, apiUrl: client.apiUrl }, client);
      assert.ok(await hasCluster(client, 'kept'));
      assert.ok(await hasWorkflow(client, 'kept'));
      await place.succeed('stop');
    } finally {
      taken.close();
    }
  });

  it('runs beside another one', async () => {
    const [one, other] = [createPlace(), createPlace()];
    await Promise.all([one.succeed('start', '--detach'), other.succeed('start', '--detach')]);
    const ports = [one, other].flatMap((place) => Object.values(place.json<Record<string, number>>('ports.json')));
    assert.equal(new Set(ports).size, ports.length);
    await createCluster(one.client, 'only-here');
    assert.ok(await hasCluster(one.client, 'only-here'));
    assert.ok(!(await hasCluster(other.client, 'only-here')));
    await one.succeed('stop');
    assert.deepEqual(states(await other.status()), allUp);
    await other.succeed('stop');
  });

  it('neither starts in nor deletes a directory that is not its own', async () => {
    const place = createPlace();
    const foreign = join(place.dir, 'foreign');
    mkdirSync(foreign);
    writeFileSync(join(foreign, 'thesis.txt'), 'years of work');
    for (const args of [['reset'], ['start', '--detach'], ['start']]) {
      const { code, stderr } = await place.local(...args, '--state-dir', foreign);
      assert.equal(code, 6, args.join(' '));
      assert.match(stderr, /is not a state directory of `wl local`/);
    }
    assert.ok(existsSync(join(foreign, 'thesis.txt')));
  });

  it('says why when a part does not start, and leaves nothing behind', async () => {
    const place = createPlace();
    const env = { ...place.env, WONDERLAND_TEMPORAL_BIN: join(place.dir, 'no-such-file') };
    const { code, stderr } = await run(process.execPath, [wlScript, 'local', 'start', '--detach'], { env });
    assert.equal(code, 9);
    assert.match(stderr, /Error: WONDERLAND_TEMPORAL_BIN names .*no-such-file, but it is not an executable file/);
    assert.deepEqual(processesOf(place.dir), []);
  });
});

const ecs = (client: StackClient): ECSClient =>
  new ECSClient({
    endpoint: client.awsEndpointUrl,
    region: 'eu-west-1',
    credentials: { accessKeyId: 'AKIAWONDERLANDLOCAL1', secretAccessKey: 'local-secret-key' },
  });

const createCluster = (client: StackClient, clusterName: string) =>
  ecs(client).send(new CreateClusterCommand({ clusterName }));

async function hasCluster(client: StackClient, name: string): Promise<boolean> {
  const { clusters = [] } = await ecs(client).send(new DescribeClustersCommand({ clusters: [name] }));
  return clusters.some(({ clusterName }) => clusterName === name);
}

async function withTemporal<T>({ temporalAddress }: StackClient, use: (client: Client) => Promise<T>): Promise<T> {
  const connection = await Connection.connect({ address: temporalAddress });
  try {
    return await use(new Client({ connection }));
  } finally {
    await connection.close();
  }
}

/** On a queue that nobody serves: it stays open. */
const startWorkflow = (client: StackClient, workflowId: string) =>
  withTemporal(client, (temporal) => temporal.workflow.start('any', { workflowId, taskQueue: 'nobody', args: [] }));

const hasWorkflow = (client: StackClient, workflowId: string) =>
  withTemporal(client, async (temporal) => {
    const { status } = await temporal.workflow.getHandle(workflowId).describe();
    return status.name === 'RUNNING';
  });
