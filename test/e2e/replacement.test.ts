import assert from 'node:assert/strict';
import { sharedStack, type Stack } from '../setup/stack.ts';
import { deployed } from './support/api.ts';
import { assertAlone, describeBalancer, healthChecksOf } from './support/alone.ts';
import { recordsOf, requireEcsService } from './support/aws.ts';
import { assertExit } from './support/exit.ts';
import { assertServes, visit } from './support/ingress.ts';
import { domainOf, manifestOf } from './support/manifest.ts';
import { sideBySide } from './support/side-by-side.ts';
import { assertTold, assertVerdict, deploy } from './support/told.ts';

const FULL = process.env.WL_TEST_FULL === '1';

/** What a test of a replacement may want of a manifest; the rest is the same for all. */
interface Shape {
  component?: 'web' | 'app';
  port?: number;
  path?: string;
  private?: boolean;
  endpoint?: boolean;
}

/** Two components, so that the load balancer may stand before either. */
function shaped(
  service: string,
  tag: string,
  { component = 'web', port = 80, path = '/health', ...rest }: Shape,
): string {
  const healthcheck = { path, interval: 5, timeout: 3, healthy: 2, unhealthy: 2, 'grace-period': 20 };
  const endpoint = {
    domain: domainOf(service),
    component,
    port,
    'load-balancer': { private: rest.private === true, healthcheck },
  };
  const components = ['web', 'app'].map((name) => ({ name, image: `registry.example.com/${name}:${tag}` }));
  const more = rest.endpoint === false ? { components } : { components, endpoint };
  return manifestOf({ service, scale: 2, endpoint: false, more });
}

describe('A replacement', () => {
  let stack: Stack;
  const prepare = async () => {
    stack = await sharedStack();
  };

  /** The ECS service and the load balancer of an incarnation are what the manifest asked for. */
  async function assertShape(service: string, tag: string, shape: Shape): Promise<string> {
    const { component = 'web', port = 80, path = '/health', endpoint = true } = shape;
    const name = await assertAlone(stack, service, { endpoint });
    const { loadBalancers = [] } = await requireEcsService(stack, service);
    assert.deepEqual(
      loadBalancers.map((b) => [b.containerName, b.containerPort]),
      endpoint ? [[component, port]] : [],
    );
    if (!endpoint) return name;
    const { Scheme, HealthCheck } = await describeBalancer(stack, name);
    assert.equal(Scheme, shape.private === true ? 'internal' : 'internet-facing');
    assert.match(HealthCheck?.Target ?? '', new RegExp(`^HTTP:\\d+${path}$`));
    await assertServes(stack, domainOf(service), tag);
    return name;
  }

  /** To another shape, and back by a rollback, which is a replacement too. */
  async function replaces(
    service: string,
    { from = {}, to = {}, because, back = because }: { from?: Shape; to?: Shape; because: string; back?: string },
  ): Promise<void> {
    const first = await deployed(stack, service, shaped(service, 'v1', from));
    const old = await assertShape(service, 'v1', from);

    const told = await deploy(stack, service, shaped(service, 'v2', to));
    assertVerdict(told, 'succeeded');
    assertTold(told, `Replacing ${old}: ${because}`);
    assertTold(told, `Removing the old ${old}`);
    assert.equal(told.verdict.undo, `wl rollback ${service} --to ${first}`);
    const is = await assertShape(service, 'v2', to);
    assert.equal(is, `${service}-${told.id}`);
    assertVerdict(await deploy(stack, service, shaped(service, 'v2', to)), 'no_change');

    const rollback = await stack.wl(['rollback', service]);
    assertExit(rollback, 0);
    assert.ok(rollback.stdout.includes(` Replacing ${is}: ${back}\n`), rollback.stdout);
    assert.ok(rollback.stdout.includes(` Going back to the release ${service}/${first}\n`), rollback.stdout);
    assert.notEqual(await assertShape(service, 'v1', from), is);
  }

  sideBySide(prepare, {
    'for an endpoint that goes, and comes back': () =>
      replaces('front-goes', {
        to: { endpoint: false },
        because: 'the endpoint is removed',
        back: 'an endpoint is added',
      }),
    'is not needed for another domain: the old record goes, the new one serves; and back': async () => {
      const service = 'moves';
      const [before, after] = [domainOf(service), 'moved.example.com'];
      const first = await deployed(stack, service, manifestOf({ service }));
      const name = await assertAlone(stack, service);

      const told = await deploy(stack, service, manifestOf({ service, domain: after }));
      assertVerdict(told, 'succeeded');
      assertTold(told, `Removing the record ${before}`);
      assert.equal(await assertAlone(stack, service, { domain: after }), name);
      await assertServes(stack, after, 'v1');
      assert.deepEqual(await recordsOf(stack, before), []);
      assert.equal((await visit(stack, before)).status, 404);

      assertExit(await stack.wl(['rollback', service, '--to', first]), 0);
      assert.equal(await assertAlone(stack, service), name);
      await assertServes(stack, before, 'v1');
      assert.deepEqual(await recordsOf(stack, after), []);
      assert.equal((await healthChecksOf(stack, service)).length, 1);
    },
    ...(FULL && {
      'for another health check path, and back': () =>
        replaces('new-path', {
          to: { path: '/v1/health' },
          because: 'protocol, path or port of the health check changes',
        }),
      'for another scheme, and back': () =>
        replaces('goes-in', { to: { private: true }, because: 'the scheme of the load balancer changes' }),
      'for another container port, and back': () =>
        replaces('new-port', { to: { port: 8080 }, because: 'the container port behind the load balancer changes' }),
      'for another component behind the load balancer, and back': () =>
        replaces('new-face', { to: { component: 'app' }, because: 'the component behind the load balancer changes' }),
      'for an endpoint that comes, and goes again': () =>
        replaces('front-comes', {
          from: { endpoint: false },
          because: 'an endpoint is added',
          back: 'the endpoint is removed',
        }),
    }),
  });
});
