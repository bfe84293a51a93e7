import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import type { DeploymentView, ServiceStatus } from '../../src/domain/api.ts';
import type { DeployEvent, Verdict } from '../../src/domain/events.ts';
import { assertGolden } from '../golden/golden.ts';
import { root, sharedStack, type Stack } from '../setup/stack.ts';
import { ask, deployed, deploymentsPath, nextId, post, verdictOf } from './support/api.ts';
import {
  balancersOf,
  countCalls,
  journalEnd,
  mutationsOf,
  requireEcsService,
  revisionStatus,
  tagsOf,
} from './support/aws.ts';
import { assertServes } from './support/ingress.ts';
import { domainOf, manifestOf, writeManifest } from './support/manifest.ts';
import { sideBySide } from './support/side-by-side.ts';
import { normaliseTranscript } from './support/transcript.ts';

/** What every transcript line begins with. */
const idOf = (stdout: string): string => /^[a-z-]+\/(\d{10}) /.exec(stdout)?.[1] ?? assert.fail(`no id in: ${stdout}`);

/** The example's manifest for a service of another name, so that tests which share the stack do not meet. */
const exampleFor = (service: string, version: string): string =>
  readFileSync(join(root, 'examples', 'wonderland-autoscaler', 'wonderland.yaml'), 'utf8')
    .replace('autoscaler.example.com', domainOf(service))
    .replace(':v1.0.3', `:${version}`);

/** The manifest as the tags of a revision keep it. */
async function keptManifest(stack: Stack, revisionArn: string): Promise<string> {
  const tags = await tagsOf(stack, revisionArn);
  const chunks = Object.keys(tags)
    .filter((key) => key.startsWith('wonderland:manifest.'))
    .sort((a, b) => Number(a.split('.')[1]) - Number(b.split('.')[1]))
    .map((key) => tags[key] ?? '');
  assert.ok(chunks.length > 0, 'no manifest is kept');
  assert.ok(chunks.every((chunk) => chunk.length <= 256));
  return gunzipSync(Buffer.from(chunks.join(''), 'base64')).toString('utf8');
}

describe('A rollout', () => {
  let stack: Stack;
  const prepare = async () => {
    stack = await sharedStack();
  };

  sideBySide(prepare, {
    'creates a service and rolls it to the next version, both with the transcript of the example': async () => {
      const service = 'golden';
      const deploy = async (version: string, undo = '') => {
        const after = await journalEnd(stack);
        const manifest = exampleFor(service, version);
        const result = await stack.wl(['deploy', service, '-f', writeManifest(stack, manifest)]);
        assert.equal(result.code, 0, result.stderr);
        assert.equal(result.stderr, `Account 123456789012 (eu-west-1), environment local\n${undo}`);
        const id = idOf(result.stdout);
        const calls = countCalls(await mutationsOf(stack, service, after));
        return { id, manifest, calls, transcript: normaliseTranscript(result.stdout, { service, id }) };
      };

      const first = await deploy('v1.0.3');
      assertGolden('deploy-transcript-first.txt', first.transcript);
      assert.equal(first.calls.CreateLoadBalancer, 1);
      assert.equal(first.calls.CreateService, 1);
      assert.equal(first.calls.RegisterTaskDefinition, 1);
      assert.equal(first.calls.UpdateService, undefined);
      await assertServes(stack, domainOf(service), 'v1.0.3');

      const second = await deploy('v1.0.4', `Undo: wl rollback ${service} --to ${first.id}\n`);
      assertGolden('deploy-transcript.txt', second.transcript);
      assert.equal(second.calls.UpdateService, 1);
      assert.equal(second.calls.RegisterTaskDefinition, 1);
      assert.equal(second.calls.DeregisterTaskDefinition, 1);
      assert.equal(second.calls.CreateLoadBalancer, undefined);
      await assertServes(stack, domainOf(service), 'v1.0.4');
      assert.deepEqual(await balancersOf(stack, service), [`${service}-${first.id}`]);
      assert.equal(await revisionStatus(stack, service, 1), 'INACTIVE');
      assert.equal(await revisionStatus(stack, service, 2), 'ACTIVE');

      const { serviceArn = '', taskDefinition = '' } = await requireEcsService(stack, service);
      const onService = await tagsOf(stack, serviceArn);
      assert.equal(onService['wonderland:service'], service);
      assert.equal(onService['wonderland:team'], 'werkzeugschmiede');
      assert.equal(onService['wonderland:environment'], 'local');
      assert.equal(onService['wonderland:deployment'], second.id);
      assert.equal(onService['wonderland:releases'], `${second.id}:2 ${first.id}:1`);
      assert.match(onService['wonderland:host-ports'] ?? '', /^1[12]\d{3}$/);
      const onRevision = await tagsOf(stack, taskDefinition);
      assert.match(onRevision['wonderland:content-hash'] ?? '', /^[0-9a-f]{64}$/);
      assert.equal(onRevision['wonderland:deployment'], second.id);
      assert.equal(await keptManifest(stack, taskDefinition), second.manifest);
    },

    'changes nothing when nothing differs, and says so': async () => {
      const service = 'steady';
      const manifest = manifestOf({ service });
      const first = await deployed(stack, service, manifest);
      const after = await journalEnd(stack);

      const { code, stdout } = await stack.wl([
        'deploy',
        service,
        '-f',
        writeManifest(stack, manifest),
        '--output',
        'json',
      ]);
      const answer = JSON.parse(stdout) as { id: string; exitCode: number; verdict: Verdict; lines: string[] };
      assert.equal(code, 0);
      assert.equal(answer.exitCode, 0);
      assert.equal(answer.verdict.code, 'no_change');
      assert.equal(answer.verdict.revision, `${service}:1`);
      assert.equal(answer.lines.at(0), 'This is try 1');
      assert.equal(answer.lines.at(-1), 'Deployment successful');

      const calls = countCalls(await mutationsOf(stack, service, after));
      assert.equal(calls.RegisterTaskDefinition, undefined);
      assert.equal(calls.UpdateService, undefined);
      assert.equal(calls.DeregisterTaskDefinition, undefined);
      assert.equal(calls.ChangeResourceRecordSets, undefined);
      const { taskDefinition = '', serviceArn = '' } = await requireEcsService(stack, service);
      assert.ok(taskDefinition.endsWith(`service-${service}:1`));
      const tags = await tagsOf(stack, serviceArn);
      assert.equal(tags['wonderland:deployment'], answer.id);
      assert.equal(tags['wonderland:releases'], `${answer.id}:1 ${first}:1`);
    },

    'scales without a new revision, event by event in jsonl': async () => {
      const service = 'grow';
      await deployed(stack, service, manifestOf({ service, scale: 1 }));
      const after = await journalEnd(stack);
      const file = writeManifest(stack, manifestOf({ service, scale: 3 }));

      const { code, stdout } = await stack.wl(['deploy', service, '-f', file, '--output', 'jsonl']);
      assert.equal(code, 0);
      const printed = stdout
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line) as DeployEvent & { exitCode?: number });
      const result = printed.pop();
      assert.deepEqual(
        { ...result, type: undefined, id: undefined },
        {
          type: undefined,
          id: undefined,
          service,
          exitCode: 0,
          verdict: (printed.at(-1) as { verdict?: Verdict }).verdict,
        },
      );
      assert.deepEqual(
        printed.map(({ seq }) => seq),
        printed.map((_, index) => index + 1),
      );
      const phases = printed.flatMap((event) => (event.type === 'phase' ? [event.phase] : []));
      assert.deepEqual(
        phases.filter((phase, index) => phases.indexOf(phase) === index),
        ['observing', 'preflight', 'acting', 'rolling-update', 'health-gate', 'settling', 'finishing', 'succeeded'],
      );

      const calls = countCalls(await mutationsOf(stack, service, after));
      assert.equal(calls.UpdateService, 1);
      assert.equal(calls.RegisterTaskDefinition, undefined);
      const running = await requireEcsService(stack, service);
      assert.ok(running.taskDefinition?.endsWith(`service-${service}:1`));
      assert.equal(running.runningCount, 3);
      assert.equal(running.deployments?.length, 1);
    },

    'goes on detached, can be followed from anywhere, and shows in the status table': async () => {
      const service = 'away';
      const file = writeManifest(stack, manifestOf({ service, scale: 2 }));
      const detached = await stack.wl(['deploy', service, '-f', file, '--detach']);
      assert.equal(detached.code, 0);
      assert.match(detached.stdout, new RegExp(`^${service}/\\d{10}\\n$`));
      assert.doesNotMatch(detached.stdout + detached.stderr, /deployed|success/i);
      const reference = detached.stdout.trim();
      assert.ok(detached.stderr.includes(`wl follow ${reference}`));

      const followed = await stack.wl(['follow', reference]);
      assert.equal(followed.code, 0, followed.stderr);
      assert.equal(followed.stdout.split('\n').at(0), `${reference} This is try 1`);
      assert.equal(followed.stdout.split('\n').at(-2), `${reference} Deployment successful`);
      const again = await stack.wl(['follow', reference]);
      assert.deepEqual(again, followed);

      const id = reference.split('/')[1] ?? '';
      const table = await stack.wl(['status', service], { env: { TZ: 'UTC' } });
      assert.equal(table.code, 0, table.stderr);
      const lines = table.stdout.trimEnd().split('\n');
      assert.deepEqual(lines.slice(0, 4), [
        `Current deployment: ${id}`,
        'Desired scale: 2',
        'Machine    Component Status  Started             Deployment ELB',
        '-------    --------- ------  -------             ---------- ---',
      ]);
      const row = new RegExp(
        `^i-[0-9a-f]{8} web       RUNNING \\d{2} [A-Z][a-z]{2} \\d{2} \\d{2}:\\d{2} UTC ${id} InService$`,
      );
      assert.equal(lines.length, 6);
      for (const line of lines.slice(4)) assert.match(line, row);
      assert.notEqual(lines[4]?.slice(0, 10), lines[5]?.slice(0, 10), 'two tasks on one machine');

      const json = JSON.parse((await stack.wl(['status', service, '--output', 'json'])).stdout) as ServiceStatus;
      assert.equal(json.currentDeployment, id);
      assert.equal(json.desiredScale, 2);
      assert.deepEqual(
        json.tasks.map(({ status, elb }) => [status, elb]),
        [
          ['RUNNING', 'InService'],
          ['RUNNING', 'InService'],
        ],
      );
      const listed = await stack.wl(['list']);
      assert.match(listed.stdout, new RegExp(`^${service} +werkzeugschmiede +${id} +2 +2$`, 'm'));
    },

    'is the same deployment when the same request is sent again, and no other one': async () => {
      const service = 'again';
      const id = nextId();
      const manifest = manifestOf({ service });
      const put = (text: string) =>
        ask<DeploymentView & { code?: string; details?: { reason?: string } }>(
          stack,
          `${deploymentsPath(service)}/${id}`,
          {
            method: 'PUT',
            body: { manifest: text },
          },
        );
      assert.equal((await put(manifest)).status, 202);
      const repeated = await put(manifest);
      assert.equal(repeated.status, 200);
      assert.equal(repeated.body.id, id);
      const other = await put(manifest.replace('web:v1', 'web:v2'));
      assert.equal(other.status, 409);
      assert.equal(other.type.split(';')[0], 'application/problem+json');
      assert.equal(other.body.code, 'conflict');
      assert.equal(other.body.details?.reason, 'id_taken');

      assert.equal((await verdictOf(stack, service, id)).code, 'succeeded');
      const late = await put(manifest);
      assert.equal(late.status, 200);
      assert.equal(late.body.verdict?.code, 'succeeded');
      const calls = countCalls(await mutationsOf(stack, service));
      assert.equal(calls.CreateService, 1);
      assert.equal(calls.RegisterTaskDefinition, 1);
    },

    'runs a worker without an endpoint, without a load balancer': async () => {
      const service = 'jobs';
      const id = await post(stack, service, {
        manifest: manifestOf({ service, repository: 'worker', endpoint: false, scale: 2 }),
      });
      assert.equal((await verdictOf(stack, service, id)).code, 'succeeded');
      assert.deepEqual(await balancersOf(stack, service), []);
      const followed = await stack.wl(['follow', `${service}/${id}`]);
      assert.match(followed.stdout, / Skipping the health gate: the service has no endpoint\n/);
      assert.match(followed.stdout, / \[StatusCheck\] No endpoint to check\n/);
      assert.doesNotMatch(followed.stdout, / ELB |Letting /);
      assert.equal((await requireEcsService(stack, service)).runningCount, 2);
    },
  });
});
