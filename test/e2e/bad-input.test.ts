import assert from 'node:assert/strict';
import { WorkflowNotFoundError } from '@temporalio/client';
import type { Problem } from '../../src/domain/api.ts';
import { ERRORS, type ErrorCode } from '../../src/domain/errors.ts';
import { deployWorkflowId } from '../../src/domain/ids.ts';
import { eventually } from '../setup/eventually.ts';
import { sharedStack, type Stack } from '../setup/stack.ts';
import {
  ask,
  deployed,
  deploymentsPath,
  nextId,
  post,
  verdictOf,
  view,
  type Answer,
  type Asked,
} from './support/api.ts';
import { mutationsOf } from './support/aws.ts';
import { assertExit } from './support/exit.ts';
import { manifestOf, writeManifest } from './support/manifest.ts';
import { withTemporal } from './support/temporal.ts';

/** One request that has to be refused. */
interface Case {
  what: string;
  code: ErrorCode;
  /** Where HTTP has a status of its own for it. @default that of the code */
  status?: number;
  /** Said to the caller, in detail, hint or issues. */
  says: RegExp;
  asked?: Asked;
  /** Text of the manifest. */
  manifest?: string;
}

const ISSUE = 'components:\n  - { name: web, image: registry.example.com/web:v1, ';

/** Each level holds the one before ten times: written out it would have ten thousand million entries. */
const aliasBomb = (): string =>
  [
    'l0: &l0 [x, x, x, x, x, x, x, x, x, x]',
    ...Array.from(
      { length: 9 },
      (_, level) => `l${level + 1}: &l${level + 1} [${Array(10).fill(`*l${level}`).join(', ')}]`,
    ),
  ].join('\n');

describe('Bad input', () => {
  const service = 'unwanted';
  const manifest = manifestOf({ service });
  let stack: Stack;
  let strangers: string;
  before(async function () {
    this.timeout(120_000);
    stack = await sharedStack();
    const worker = manifestOf({ service: 'foreign', endpoint: false, scale: 0 });
    strangers = nextId();
    const path = `${deploymentsPath('foreign')}/${strangers}`;
    const body = { manifest: worker };
    const { status } = await ask(stack, path, { method: 'PUT', token: stack.client.tokens.holzwerkstatt, body });
    assert.equal(status, 202);
    const admin = { ...stack, client: { ...stack.client, token: stack.client.tokens.admin } };
    assert.equal((await verdictOf(admin, 'foreign', strangers)).code, 'succeeded');
  });

  function assertProblem(
    answer: Answer<Problem>,
    { code, status, says }: Pick<Case, 'code' | 'status' | 'says'>,
  ): void {
    const { body } = answer;
    assert.equal(answer.type.split(';')[0], 'application/problem+json', JSON.stringify(body));
    assert.equal(body.code, code, JSON.stringify(body));
    assert.equal(answer.status, status ?? ERRORS[code].status);
    assert.equal(body.status, answer.status);
    assert.equal(body.type, `urn:wonderland:error:${code}`);
    assert.ok(body.title && body.detail && body.hint && body.instance && body.requestId, JSON.stringify(body));
    assert.match(JSON.stringify([body.detail, body.hint, body.issues]), says);
    assert.doesNotMatch(JSON.stringify(body), /\.(ts|js):\d+|node_modules/, 'a stack trace');
  }

  async function assertNothingStarted(name: string, id: string): Promise<void> {
    await withTemporal(stack, async (temporal) => {
      const described = temporal.workflow.getHandle(deployWorkflowId(name, id)).describe();
      await assert.rejects(described, WorkflowNotFoundError, `a workflow of ${name}/${id} was started`);
    });
    assert.deepEqual(await mutationsOf(stack, name), []);
  }

  const cases: Case[] = [
    { what: 'no token', code: 'unauthenticated', says: /no bearer token/, asked: { headers: { authorization: '' } } },
    { what: 'a wrong token', code: 'unauthenticated', says: /unknown/, asked: { token: `wl_${'A'.repeat(43)}` } },
    {
      what: 'another scheme than Bearer',
      code: 'unauthenticated',
      says: /no bearer token/,
      asked: { headers: { authorization: 'Basic YTpi' } },
    },
    { what: 'malformed YAML', code: 'spec_invalid', says: /"line":\d+/, manifest: 'scale: [1\ncomponents: }' },
    { what: 'an empty manifest', code: 'spec_invalid', says: /"line":1/, manifest: '' },
    { what: 'a manifest that is a list', code: 'spec_invalid', says: /"line":1/, manifest: '- a\n- b\n' },
    { what: 'an alias bomb', code: 'spec_invalid', says: /alias/i, manifest: aliasBomb() },
    {
      what: 'a key nobody knows',
      code: 'spec_invalid',
      says: /unknown key \\"memroy\\".*did you mean \\"memory\\"/,
      manifest: `${ISSUE}capacity: { memroy: S } }\n`,
    },
    { what: 'a duplicate key', code: 'spec_invalid', says: /scale/, manifest: `${manifest}scale: 3\n` },
    { what: 'a team nobody knows', code: 'spec_invalid', says: /unknown team/, manifest: `${manifest}team: nobody\n` },
    {
      what: 'the name of another team in the manifest',
      code: 'forbidden',
      says: /names the team holzwerkstatt/,
      manifest: `${manifest}team: holzwerkstatt\n`,
    },
    ...Object.entries({
      'auto-scaling': `${manifest}auto-scaling: { enabled: true, min-instances: 1, max-instances: 2 }\n`,
      notifications: `${manifest}notifications: { slack: "#team" }\n`,
    }).map(([key, text]): Case => ({
      what: `the key ${key}, which has no effect yet`,
      code: 'not_supported_yet',
      says: new RegExp(`"line":\\d+.*${key}`),
      manifest: text,
    })),
    {
      what: 'a body of 5 MB',
      code: 'usage',
      status: 413,
      says: /more than 1 MB/,
      manifest: `${manifest}#${'x'.repeat(5 * 1024 * 1024)}\n`,
    },
    {
      what: 'another content type',
      code: 'usage',
      status: 415,
      says: /not JSON/,
      asked: { body: manifest, headers: { 'content-type': 'text/yaml' } },
    },
    { what: 'a body that is no JSON', code: 'usage', says: /not valid JSON/, asked: { body: '{"manifest": ' } },
    { what: 'no body', code: 'usage', says: /body/, asked: {} },
    { what: 'a field nobody knows', code: 'usage', says: /body/, asked: { body: { manifest, force: true } } },
    { what: 'a manifest that is no text', code: 'usage', says: /body\.manifest/, asked: { body: { manifest: 7 } } },
  ];
  for (const { what, asked, manifest: text = manifest, ...expected } of cases) {
    it(`refuses ${what}`, async () => {
      const id = nextId();
      const body =
        asked !== undefined && 'body' in asked ? asked.body : what === 'no body' ? undefined : { manifest: text };
      const path = `${deploymentsPath(service)}/${id}`;
      assertProblem(await ask(stack, path, { method: 'PUT', ...asked, ...(body !== undefined && { body }) }), expected);
      await assertNothingStarted(service, id);
    });
  }

  it('refuses ids and names that cannot be', async () => {
    const wrong = { code: 'usage', says: /service|id/ } as const;
    for (const id of ['1', '0123456789', 'latest', '12345678901', '-123456789', '1466583476x', '%00']) {
      const answer = await ask(stack, `${deploymentsPath(service)}/${id}`, { method: 'PUT', body: { manifest } });
      assertProblem(answer, wrong);
    }
    for (const name of ['a', 'A-b', 'under_score', 'ends-', '9to5', 'a'.repeat(22), '..%2f..', "o'clock", '%22']) {
      const path = `${deploymentsPath(name)}/${nextId()}`;
      assertProblem(await ask(stack, path, { method: 'PUT', body: { manifest } }), wrong);
      assertProblem(await ask(stack, `/v1/services/${name}/status`), wrong);
    }
  });

  it("refuses every request about another team's service, and lets an admin", async () => {
    const one = `${deploymentsPath('foreign')}/${strangers}`;
    const says = /belongs to the team holzwerkstatt, not to werkzeugschmiede/;
    const before = await mutationsOf(stack, 'foreign');
    const id = nextId();
    const requests: [string, Asked][] = [
      [
        `${deploymentsPath('foreign')}/${id}`,
        { method: 'PUT', body: { manifest: manifestOf({ service: 'foreign' }) } },
      ],
      [deploymentsPath('foreign'), { method: 'POST', body: { manifest: manifestOf({ service: 'foreign' }) } }],
      [deploymentsPath('foreign'), {}],
      [one, {}],
      [`${one}/events`, {}],
      [`${one}/cancel`, { method: 'POST', body: {} }],
      ['/v1/services/foreign', {}],
      ['/v1/services/foreign/status', {}],
    ];
    for (const [path, asked] of requests) assertProblem(await ask(stack, path, asked), { code: 'forbidden', says });
    assert.deepEqual(await mutationsOf(stack, 'foreign'), before);
    const mine = await ask<{ services: { service: string }[] }>(stack, '/v1/services');
    assert.ok(!mine.body.services.some((s) => s.service === 'foreign'), 'it is listed');
    const { status } = await ask(stack, one, { token: stack.client.tokens.admin });
    assert.equal(status, 200);

    const file = writeManifest(stack, manifestOf({ service: 'foreign' }));
    const byHand = await stack.wl(['deploy', 'foreign', '-f', file]);
    assertExit(byHand, 4);
    assert.match(byHand.stderr, says);
    assert.equal(byHand.stdout, '');
  });

  it('says of an unknown service, or deployment, that there is none', async () => {
    const says = /There is no (service|change) /;
    const id = nextId();
    for (const path of ['', '/status', '/deployments', `/deployments/${id}`, `/deployments/${id}/events`]) {
      assertProblem(await ask(stack, `/v1/services/nowhere${path}`), { code: 'not_found', says });
    }
    const cancelled = await ask(stack, `/v1/services/nowhere/deployments/${id}/cancel`, { method: 'POST', body: {} });
    assertProblem(cancelled, { code: 'not_found', says });
    assertProblem(await ask(stack, '/v2/anything'), { code: 'not_found', says: /There is no GET \/v2\/anything/ });
    for (const args of [
      ['status', 'nowhere'],
      ['cancel', 'nowhere'],
      ['follow', `nowhere/${id}`],
    ]) {
      const result = await stack.wl(args, { limitSeconds: 20 });
      assertExit(result, 5);
      assert.match(result.stderr, says);
      assert.match(result.stderr, /^Hint: ./m);
      assert.equal(result.stdout, '');
    }
  });

  it('says in wl what a wrong token and a wrong manifest are, with their exit codes', async () => {
    const good = writeManifest(stack, manifest);
    const stranger = await stack.wl(['deploy', service, '-f', good], { env: { WL_TOKEN: 'wl_wrong' } });
    assertExit(stranger, 4);
    assert.match(stranger.stderr, /^Error: The token is unknown$/m);
    const typo = writeManifest(stack, `${ISSUE}capacity: { memroy: S } }\n`);
    const refused = await stack.wl(['deploy', service, '-f', typo]);
    assertExit(refused, 3);
    assert.match(
      refused.stderr,
      /wonderland\.yaml:2:\d+ components\.0\.capacity: unknown key "memroy", did you mean "memory"\?/,
    );
    assert.deepEqual(await mutationsOf(stack, service), []);
  });

  it('does not cancel what has ended', async () => {
    const ended = 'bygone';
    const id = await deployed(stack, ended, manifestOf({ service: ended, endpoint: false, scale: 0 }));
    // The verdict is known a moment before the lock is given back.
    await eventually('the end', async () => (await view(stack, ended, id)).endedAt);
    const path = `${deploymentsPath(ended)}/${id}/cancel`;
    const answer = await ask(stack, path, { method: 'POST', body: {} });
    assertProblem(answer, { code: 'conflict', says: /has ended/ });
    const again = await post(stack, ended, { manifest: manifestOf({ service: ended, endpoint: false, scale: 0 }) });
    assert.equal((await verdictOf(stack, ended, again)).code, 'no_change');
  });
});
