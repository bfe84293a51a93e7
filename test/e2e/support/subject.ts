import assert from 'node:assert/strict';
import { setTimeout as wait } from 'node:timers/promises';
import { eventually } from '../../setup/eventually.ts';
import { ingressOf, startLoad, type Load, type LoadOptions, type LoadReport, type Place } from '../../setup/load.ts';
import type { DeploymentView } from '../../../src/domain/api.ts';
import type { Verdict } from '../../../src/domain/events.ts';
import type { Stack } from '../../setup/stack.ts';
import { ask, deployed, deploymentsPath, post, verdictOf } from './api.ts';
import { requireEcsService } from './aws.ts';
import { domainOf, manifestOf } from './manifest.ts';
import { untilTold } from './told.ts';

/** What may be done to a service while it is used. */
export type Kind =
  | 'update'
  | 'rollback'
  | 'replacement'
  | 'restart'
  | 'scale'
  | 'replacement that never gets healthy'
  | 'replacement that crashes'
  | 'replacement that is cancelled';

/** One change under load, and what became of the requests. */
export interface Used extends LoadReport {
  service: string;
  kind: Kind;
  /** Versions that may answer; all of them do. */
  expected: string[];
  /** Of clients that went on using the old load balancer's address, until resolvers have forgotten it. */
  held?: LoadReport;
}

/** What a release is made of. */
interface Release {
  tag: string;
  /** Of the health check; another one takes another load balancer. */
  path: string;
}

export interface Subject {
  create(tag: string): Promise<void>;
  /** Does something while the service is used, from before it is asked for until after its verdict. */
  use(kind: Kind, options?: { atLeast?: number }): Promise<Used>;
}

export interface SubjectWant {
  service: string;
  repository: string;
  scale: number;
  load: LoadOptions;
}

/** How long a replacement may take until its DNS switch. */
const SWITCH_SECONDS = 300;
/** Of an alias as these tests have it: the stack's wait after the switch. */
const TTL_SECONDS = 5;

const PATHS = ['/health', '/v1/health'];

/** A service whose every change is watched by clients. */
export function createSubject(stack: Stack, { service, repository, scale, load: loadOptions }: SubjectWant): Subject {
  const domain = domainOf(service);
  const path = `/v1/services/${service}`;
  const releases: Release[] = [];
  let tags = 1;
  let load: Load | undefined;

  const current = (): Release => releases.at(-1) ?? { tag: 'v1', path: '/health' };
  const nextTag = (): string => `v${(tags += 1)}`;
  const elsewhere = (): string => PATHS.find((p) => p !== current().path) ?? '/health';
  const manifest = (release: Release, graceSeconds?: number): string =>
    manifestOf({ service, repository, scale, ...release, ...(graceSeconds === undefined ? {} : { graceSeconds }) });

  const change = async (method: string, name: string, body: object = {}): Promise<void> => {
    const answer = await ask<DeploymentView>(stack, `${path}/${name}`, { method, body });
    assert.equal(answer.status, 202, JSON.stringify(answer.body));
    expectVerdict(await verdictOf(stack, service, answer.body.id), 'succeeded');
  };
  const release = async (next: Release): Promise<string[]> => {
    const versions = [current().tag, next.tag];
    await deployed(stack, service, manifest(next));
    releases.push(next);
    return versions;
  };
  const fails = async (tag: string): Promise<string[]> => {
    const id = await post(stack, service, { manifest: manifest({ tag, path: elsewhere() }) });
    expectVerdict(await verdictOf(stack, service, id), 'deploy_failed_rolled_back');
    return [current().tag];
  };

  const replace = async (): Promise<{ expected: string[]; held: LoadReport }> => {
    const next = { tag: nextTag(), path: elsewhere() };
    const expected = [current().tag, next.tag];
    const { serviceName: old = '' } = await requireEcsService(stack, service);
    const held = startLoad(await addressOf(stack, old), domain, { ...loadOptions, clients: 8 });
    const id = await post(stack, service, { manifest: manifest(next) });
    const verdict = verdictOf(stack, service, id);
    // Names lead to the new one from when the change is INSYNC; who has asked just before keeps the address for its TTL.
    const switched = eventually(`answers of ${next.tag}`, async () => load?.sees(next.tag), SWITCH_SECONDS);
    await Promise.race([switched.then(() => wait(TTL_SECONDS * 1_000)), verdict]);
    const report = await held.stop();
    expectVerdict(await verdict, 'succeeded');
    releases.push(next);
    return { expected, held: report };
  };

  const cancel = async (): Promise<string[]> => {
    const next = { tag: `${nextTag()}-slowstart3000`, path: elsewhere() };
    const id = await post(stack, service, { manifest: manifest(next, 6_000) });
    await untilTold(stack, service, id, 'Waiting for service ');
    const asked = await ask(stack, `${deploymentsPath(service)}/${id}/cancel`, { method: 'POST', body: {} });
    assert.equal(asked.status, 202, JSON.stringify(asked.body));
    expectVerdict(await verdictOf(stack, service, id), 'cancelled');
    return [current().tag];
  };

  const rollBack = async (): Promise<string[]> => {
    const back = releases.at(-2);
    assert.ok(back, 'there is nothing to go back to');
    const versions = [current().tag, back.tag];
    await change('POST', 'rollback');
    releases.push(back);
    return versions;
  };

  const perform = async (kind: Kind): Promise<Pick<Used, 'expected' | 'held'>> => {
    if (kind === 'replacement') return replace();
    if (kind === 'update') return { expected: await release({ ...current(), tag: nextTag() }) };
    if (kind === 'rollback') return { expected: await rollBack() };
    if (kind === 'replacement that never gets healthy') return { expected: await fails(`${nextTag()}-unhealthy`) };
    if (kind === 'replacement that crashes') return { expected: await fails(`${nextTag()}-crash`) };
    if (kind === 'replacement that is cancelled') return { expected: await cancel() };
    if (kind === 'restart') await change('POST', 'restart');
    else {
      await change('PATCH', 'scale', { desired: scale - 1 });
      await change('PATCH', 'scale', { desired: scale });
    }
    return { expected: [current().tag] };
  };

  return {
    async create(tag) {
      await deployed(stack, service, manifest({ tag, path: '/health' }));
      releases.push({ tag, path: '/health' });
    },
    async use(kind, { atLeast = 0 } = {}) {
      load = startLoad(ingressOf(stack.client), domain, loadOptions);
      let outcome: Pick<Used, 'expected' | 'held'>;
      try {
        outcome = await perform(kind);
      } catch (error) {
        await load.stop();
        throw new Error(`${service}, ${kind}: ${(error as Error).message}`, { cause: error });
      }
      return { ...(await load.stop({ atLeast })), ...outcome, service, kind };
    },
  };
}

const expectVerdict = (verdict: Verdict, code: Verdict['code']): void =>
  assert.equal(verdict.code, code, JSON.stringify(verdict));

/** Where a load balancer's HTTP listener really is: what its name is resolved to. */
async function addressOf(stack: Stack, name: string): Promise<Place> {
  interface Balancer {
    name: string;
    listeners: { protocol: string; host: string; boundPort: number }[];
  }
  const { balancers } = await stack.admin<{ balancers: Balancer[] }>('GET', 'balancers');
  const listener = balancers.find((b) => b.name === name)?.listeners.find((l) => l.protocol === 'HTTP');
  assert.ok(listener, `the load balancer ${name} does not listen`);
  return { host: listener.host, port: listener.boundPort };
}
