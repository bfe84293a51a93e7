import { randomUUID } from 'node:crypto';
import { AwsError, type CallContext, type FaultRule, type JournalEntry, type Params } from './engine/contract.ts';
import type { Faults } from './engine/faults.ts';
import type { Journal } from './engine/journal.ts';
import type { Engine, ServiceRegistration } from './registration.ts';
import { jsonCodec } from './wire/json.ts';
import type { Codec, WireRequest, WireResponse } from './wire/message.ts';
import { parseForm, queryCodec } from './wire/query.ts';
import { restXmlCodec } from './wire/rest-xml.ts';

interface Served {
  service: ServiceRegistration;
  codec: Codec;
}

interface Ports {
  services: ServiceRegistration[];
  engine: Engine;
  journal: Journal;
  faults: Faults;
  /** Resolves when the state is safe in its file. */
  save(): Promise<void>;
}

/** Undefined: the answer is lost, the connection has to be cut. */
export type Dispatch = (request: WireRequest) => Promise<WireResponse | undefined>;

const codecOf = (service: ServiceRegistration): Codec => {
  if (service.protocol === 'json') return jsonCodec(service);
  if (service.protocol === 'rest-xml') return restXmlCodec(service);
  return queryCodec(service);
};

const principalOf = (request: WireRequest): { accessKeyId: string; scope: string } => {
  const credential = request.headers.authorization ?? request.query.get('X-Amz-Credential') ?? '';
  const [, accessKeyId = 'anonymous', scope = ''] =
    /(?:Credential=)?([\w-]+)\/\d{8}\/[\w-]+\/([\w-]+)\/aws4_request/.exec(credential) ?? [];
  return { accessKeyId, scope };
};

/** Which service a request is for: by target, by path, or by the API version of a form. */
const find = (served: Served[], request: WireRequest): Served | undefined => {
  const target = request.headers['x-amz-target'];
  const { scope } = principalOf(request);
  if (typeof target === 'string') {
    const prefix = target.slice(0, target.indexOf('.'));
    return served.find(({ service }) => service.protocol === 'json' && service.targetPrefix === prefix);
  }
  const byPath = served.find(
    ({ service }) => service.protocol === 'rest-xml' && request.path.startsWith(`${service.pathPrefix}/`),
  );
  if (byPath !== undefined) return byPath;
  const version = parseForm(request.body === '' ? request.query.toString() : request.body).Version as unknown;
  const candidates = served.filter(
    ({ service }) => (service.protocol === 'query' || service.protocol === 'ec2') && service.version === version,
  );
  return candidates.find(({ service }) => service.scope === scope) ?? candidates[0];
};

/** For a request nobody serves: its own kind of error, so that its client says what is wrong. */
const strangerCodec = (request: WireRequest): Codec => {
  if (request.headers['x-amz-target'] !== undefined) return jsonCodec({ jsonVersion: '1.1' });
  return queryCodec({ protocol: 'query', xmlns: 'http://webservices.amazon.com/AWSFault/2005-15-09' });
};

const unknownOperation = (service: ServiceRegistration, operation: string): AwsError =>
  service.protocol === 'json' || service.protocol === 'rest-xml'
    ? new AwsError('UnknownOperationException', `The operation ${operation} is not served by this local cloud.`)
    : new AwsError('InvalidAction', `The action ${operation} is not valid for this web service.`);

const faultError = (service: ServiceRegistration, rule: FaultRule): AwsError =>
  rule.kind === 'throttle'
    ? new AwsError(service.throttlingCode ?? 'ThrottlingException', 'Rate exceeded')
    : new AwsError(service.internalCode ?? 'InternalFailure', 'An internal error occurred (injected fault).', 500);

/** Takes requests apart, runs operations, keeps the journal, meets faults. */
export const createDispatch = ({ services, engine, journal, faults, save }: Ports): Dispatch => {
  const served = services.map((service) => ({ service, codec: codecOf(service) }));

  const internal = (service: ServiceRegistration, error: unknown): AwsError => {
    if (error instanceof AwsError) return error;
    engine.log('an operation failed', { scope: service.scope, error: error instanceof Error ? error.stack : error });
    return new AwsError(service.internalCode ?? 'InternalFailure', 'An internal error occurred.', 500);
  };

  const run = async ({ service, codec }: Served, request: WireRequest, context: CallContext) => {
    const note: Omit<JournalEntry, 'seq'> = {
      time: engine.clock.now(),
      service: service.scope,
      operation: '?',
      principal: context.accessKeyId,
      mutating: false,
      parameters: {},
      outcome: 'ok',
      requestId: context.requestId,
    };
    let rule: FaultRule | undefined;
    const perform = async (): Promise<Params> => {
      const call = codec.read(request);
      note.operation = call.operation;
      note.parameters = call.params;
      const entry = Object.hasOwn(service.operations, call.operation) ? service.operations[call.operation] : undefined;
      if (entry === undefined) throw unknownOperation(service, call.operation);
      note.mutating = entry.mutating;
      const resource = entry.resource?.(call.params);
      if (resource !== undefined) note.resource = resource;
      rule = faults.find({ service: service.scope, operation: call.operation, resource });
      if (rule !== undefined && rule.kind !== 'lose-answer') {
        note.outcome = 'fault';
        faults.spend(rule);
        throw faultError(service, rule);
      }
      return entry.run(call.params, context);
    };

    let response: WireResponse | undefined;
    try {
      const result = await perform();
      response = codec.answer(note.operation, result, context.requestId);
      if (rule !== undefined) {
        note.outcome = 'answer-lost';
        faults.spend(rule);
        response = undefined;
      }
    } catch (thrown) {
      const error = internal(service, thrown);
      if (note.outcome !== 'fault') note.outcome = 'error';
      note.errorCode = error.code;
      response = codec.fail(error, context.requestId);
    }
    journal.add(note);
    if (note.mutating) await Promise.all([save(), journal.flush()]);
    else journal.flush().catch(() => undefined);
    return response;
  };

  return async (request) => {
    const requestId = randomUUID();
    const found = find(served, request);
    const { accessKeyId } = principalOf(request);
    if (found !== undefined) {
      return run(found, request, { requestId, account: engine.account, region: engine.region, accessKeyId });
    }
    const target = request.headers['x-amz-target'];
    const what = typeof target === 'string' ? target : `${request.method} ${request.path}`;
    const code = typeof target === 'string' ? 'UnknownOperationException' : 'InvalidAction';
    const error = new AwsError(code, `${what} is not served by this local cloud.`);
    return strangerCodec(request).fail(error, requestId);
  };
};
