/** Takes requests apart, says who calls, runs operations, keeps the journal, meets faults. */
import { authenticate } from './auth/authenticate.ts';
import { readCredential } from './auth/sigv4.ts';
import { AwsError, type CallContext, type JournalEntry, type Params } from './engine/contract.ts';
import type { Faults } from './engine/faults.ts';
import type { Journal } from './engine/journal.ts';
import type { Random } from './engine/random.ts';
import type { Throttle } from './engine/throttle.ts';
import type { Perform } from './perform.ts';
import type { Engine, ServiceRegistration } from './registration.ts';
import {
  checkMembers,
  Dropped,
  faultError,
  internalError,
  refuseUnknown,
  throttled,
  unserved,
} from './service-errors.ts';
import { createRouting, type Spoken } from './routing.ts';
import type { WireRequest, WireResponse } from './wire/message.ts';
import { refuseStranger } from './wire/stranger.ts';
import { redact } from './wire/validate.ts';

/** One account's services. */
export interface Served {
  services: readonly ServiceRegistration[];
  throttle: Throttle;
}

interface Ports {
  engine: Pick<Engine, 'clock' | 'region' | 'settings' | 'log'>;
  random: Random;
  /** By account id. */
  worlds: ReadonlyMap<string, Served>;
  journal: Journal;
  faults: Faults;
  perform: Perform;
  /** Resolves when the state is safe in its file. */
  save(): Promise<void>;
}

/** Undefined: the answer is lost, the connection has to be cut. */
export type Dispatch = (request: WireRequest) => Promise<WireResponse | undefined>;

const wait = (seconds: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, seconds * 1000));

export const createDispatch = ({ engine, random, worlds, journal, faults, perform, save }: Ports): Dispatch => {
  const [first] = worlds.values();
  const routing = createRouting(first?.services ?? []);

  const asAwsError = (service: ServiceRegistration, error: unknown): AwsError => {
    if (error instanceof AwsError) return error;
    engine.log('an operation failed', { scope: service.scope, error: error instanceof Error ? error.stack : error });
    return internalError(service);
  };

  const run = async (
    spoken: Spoken,
    request: WireRequest,
    world: Served,
    context: CallContext,
  ): Promise<WireResponse | undefined> => {
    const service = world.services.find(({ scope }) => scope === spoken.scope);
    if (service === undefined) throw new Error(`the account ${context.account} has no ${spoken.scope}`);
    const note: Omit<JournalEntry, 'seq'> = {
      time: engine.clock.now(),
      account: context.account,
      service: service.scope,
      operation: '?',
      principal: context.accessKeyId,
      mutating: false,
      parameters: {},
      outcome: 'ok',
      requestId: context.requestId,
    };
    let isLost = false;

    const meetFaults = async (): Promise<void> => {
      const { account } = context;
      const { operation, resource, parameters, principal } = note;
      const call = { account, service: service.scope, operation, resource, parameters, principal };
      const kinds = ['latency', 'error', 'unavailable', 'throttle', 'drop', 'lose-answer'] as const;
      for (const rule of faults.meet(call, kinds)) {
        if (rule.kind === 'latency') await wait(rule.seconds ?? 1);
        else if (rule.kind === 'lose-answer') isLost = true;
        else {
          note.outcome = 'fault';
          throw faultError(service, rule);
        }
      }
    };
    const answer = async (): Promise<Params> => {
      note.operation = spoken.codec.operation(request);
      const { operation } = note;
      const entry = Object.hasOwn(service.operations, operation) ? service.operations[operation] : undefined;
      if (entry === undefined) throw unserved(spoken, operation);
      note.mutating = entry.mutating;
      if (engine.settings.strict && !world.throttle.take(service.scope, operation)) {
        note.outcome = 'throttled';
        throw throttled(service);
      }
      const unknown: string[] = [];
      const params = spoken.codec.read(request, operation, unknown);
      note.parameters = redact(spoken.model, operation, params);
      if (engine.settings.strict) refuseUnknown(service, unknown);
      checkMembers(service, spoken, operation, params);
      const resource = entry.resource?.(params);
      if (resource !== undefined) note.resource = resource;
      await meetFaults();
      return perform(service, operation, params, context);
    };

    let response: WireResponse | undefined;
    try {
      const result = await answer();
      response = spoken.codec.answer(note.operation, result, context.requestId);
    } catch (thrown) {
      const error = thrown instanceof Dropped ? undefined : asAwsError(service, thrown);
      if (note.outcome === 'ok') note.outcome = 'error';
      note.errorCode = error?.code ?? 'dropped';
      response = error && spoken.codec.fail(error, context.requestId);
    }
    if (isLost) {
      note.outcome = 'answer-lost';
      response = undefined;
    }
    journal.add(note);
    if (note.mutating) await Promise.all([save(), journal.flush()]);
    else journal.flush().catch(() => undefined);
    return response;
  };

  return async (request) => {
    const requestId = random.uuid();
    const scope = readCredential(request)?.service ?? '';
    const spoken = routing(request, scope);
    if (spoken === undefined) return refuseStranger(request, scope, requestId);
    const who = authenticate(request, spoken, engine.region);
    if (who instanceof AwsError) return spoken.codec.fail(who, requestId);
    const world = worlds.get(who.account.id);
    if (world === undefined) throw new Error(`there is no account ${who.account.id}`);
    const { accessKeyId, userName } = who;
    return run(spoken, request, world, {
      requestId,
      account: who.account.id,
      region: engine.region,
      accessKeyId,
      userName,
    });
  };
};
