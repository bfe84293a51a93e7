import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { Want } from '../../../src/domain/deploy/plan.ts';
import { isSecure, wantedHealthCheck } from '../../../src/domain/deploy/plan-balancer.ts';
import { seed } from '../../setup/random.ts';
import {
  apply,
  certificateOf,
  OLD,
  planOf,
  release,
  seenFor,
  wants,
  worlds,
  ZONES,
  type World,
} from './support/plan-world.ts';

const runs = { seed, numRuns: process.env.WL_TEST_FULL === '1' ? 20_000 : 1_000 };

/** The load balancer is as the manifest and the platform want it. */
function assertServed({ spec: { endpoint } }: Want, { service, balancer, cluster }: World): void {
  assert.equal(balancer === undefined, endpoint === undefined);
  if (balancer === undefined || endpoint === undefined) return;
  assert.equal(balancer.name, service?.name);
  assert.equal(balancer.scheme, endpoint.scheme);
  const byPort = (a: { port: number }, b: { port: number }) => a.port - b.port;
  assert.deepEqual(
    balancer.listeners.toSorted(byPort),
    endpoint.listeners.toSorted(byPort).map(({ port, protocol }) => ({
      port,
      protocol,
      instancePort: service?.hostPort,
      ...(isSecure(protocol) ? { certificateArn: certificateOf(endpoint) } : {}),
    })),
  );
  assert.deepEqual(balancer.healthCheck, wantedHealthCheck(endpoint.healthCheck, service?.hostPort ?? 0));
  assert.deepEqual([balancer.crossZone, balancer.drainingSeconds], [true, 180]);
  assert.deepEqual(balancer.availabilityZones, ZONES);
  assert.equal(service?.gracePeriodSeconds, endpoint.healthCheck.gracePeriodSeconds);
  assert.ok((cluster?.oldestTaskAt ?? 0) >= (balancer.createdAt ?? 0), 'tasks are older than their load balancer');
}

/** The manifest's domain points to what serves, and no other name to anything. */
const assertNames = ({ spec: { endpoint } }: Want, { names, service }: World): void =>
  assert.deepEqual(names, endpoint === undefined ? {} : { [endpoint.domain]: service?.name });

describe(`planDeploy, whatever there is and whatever is wanted (seed ${seed})`, () => {
  it('reaches what is wanted, and planned again has nothing to do', () => {
    fc.assert(
      fc.property(wants, worlds, (want, world) => {
        const seen = seenFor(want, world);
        const after = apply(want, seen, planOf(want, seen));
        assert.equal(after.service?.desired, want.spec.scale);
        assert.equal(after.service?.contentHash, want.contentHash);
        assertServed(want, after);
        assert.equal(after.remains, undefined, 'something is left over');
        // The name of a release whose ECS service somebody deleted is forgotten with the tags of that service.
        if (world.service !== undefined || Object.keys(world.names).length === 0) assertNames(want, after);
        const again = planOf({ ...want, id: '1700000002' }, seenFor(want, after));
        assert.deepEqual([again.mode, again.steps, again.repairs], ['no-change', [], []]);
      }),
      runs,
    );
  });

  it('touches nothing of the incarnation that serves when it makes a new one', () => {
    fc.assert(
      fc.property(wants, worlds, (want, world) => {
        const plan = planOf(want, seenFor(want, world));
        if (world.service === undefined || !plan.steps.some((s) => s.type === 'create-service')) return;
        assert.notEqual(plan.incarnation, OLD);
        const touching = ['update-service', 'delete-listeners', 'create-listeners', 'enable-zones'];
        assert.deepEqual(
          plan.steps.filter((s) => touching.includes(s.type)),
          [],
        );
        const at = plan.steps.findIndex((s) => s.type === 'retire');
        if (at >= 0)
          assert.ok(
            plan.steps.slice(at).every((s) => s.type === 'retire'),
            'the old ones go last',
          );
      }),
      runs,
    );
  });

  it('says what it repairs, and calls nothing a repair that is only wanted otherwise', () => {
    fc.assert(
      fc.property(wants, wants, (released, want) => {
        const whole = release(released, { cluster: { instances: [] }, names: {} });
        const plan = planOf(want, seenFor(want, whole));
        const isListener = (text: string) => text.includes('has no listener');
        assert.deepEqual(
          plan.repairs.filter((r) => !isListener(r)),
          [],
        );
      }),
      runs,
    );
  });
});
