import { AwsError, type Params } from '../engine/contract.ts';
import type { Codec, WireRequest, WireResponse } from './message.ts';
import { membersOf, shapeOf, type Model, type Shape } from './model.ts';
import { readJsonScalar, writeJsonScalar } from './scalars.ts';

/** Nested deeper than any shape of AWS's goes. */
const DEEPEST = 64;

const parse = (body: string): unknown => {
  if (body.trim() === '') return {};
  try {
    return JSON.parse(body);
  } catch {
    throw new AwsError('SerializationException', 'The request body is not valid JSON.');
  }
};

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const expected = (path: string, what: string): AwsError =>
  new AwsError('SerializationException', `Start of ${what} expected${path === '' ? '' : ` at ${path}`}.`);

/** What reading knows besides the value: the model, and where to note members that the model does not know. */
interface Reading {
  model: Model;
  unknown: string[];
}

/** A value of a JSON body in the types of its shape; members that the model does not know are left out. */
const readValue = (reading: Reading, shape: Shape, value: unknown, path: string, depth = 0): unknown => {
  const { model, unknown } = reading;
  if (depth > DEEPEST) throw new AwsError('SerializationException', 'The request is nested too deeply.');
  const inner = (name: string, member: unknown, where: string): unknown =>
    readValue(reading, shapeOf(model, name), member, where, depth + 1);
  if (shape.type === 'structure') {
    if (!isObject(value)) throw expected(path, 'structure');
    const known = new Set(membersOf(shape).map(([name, { locationName }]) => locationName ?? name));
    for (const name of Object.keys(value)) if (!known.has(name)) unknown.push(join(path, name));
    const members = membersOf(shape).flatMap(([name, { shape: of, locationName }]) => {
      const member = value[locationName ?? name];
      return member === undefined || member === null ? [] : [[name, inner(of, member, join(path, name))] as const];
    });
    return Object.fromEntries(members);
  }
  if (shape.type === 'list' && shape.member !== undefined) {
    const of = shape.member.shape;
    if (!Array.isArray(value)) throw expected(path, 'list');
    return value.filter((one) => one !== null).map((one, i) => inner(of, one, `${path}.${i + 1}`));
  }
  if (shape.type === 'map' && shape.value !== undefined) {
    const of = shape.value.shape;
    if (!isObject(value)) throw expected(path, 'map');
    return Object.fromEntries(
      Object.entries(value)
        .filter(([, one]) => one !== null)
        .map(([key, one]) => [key, inner(of, one, join(path, key))]),
    );
  }
  return readJsonScalar(shape, value, path);
};

const join = (path: string, name: string): string => (path === '' ? name : `${path}.${name}`);

/** An answer in the types of JSON. @throws Error for a member the model does not have: a mistake of the operation */
const writeValue = (model: Model, shape: Shape, value: unknown): unknown => {
  if (shape.type === 'structure') return writeStructure(model, shape, value as Params);
  if (shape.type === 'list' && shape.member !== undefined) {
    const of = shapeOf(model, shape.member.shape);
    return (value as unknown[]).map((one) => writeValue(model, of, one));
  }
  if (shape.type === 'map' && shape.value !== undefined) {
    const of = shapeOf(model, shape.value.shape);
    const entries: [string, unknown][] =
      value instanceof Map ? [...(value as Map<string, unknown>)] : Object.entries(value as Params);
    return Object.fromEntries(entries.map(([key, one]) => [key, writeValue(model, of, one)]));
  }
  return writeJsonScalar(shape, value);
};

const writeStructure = (model: Model, shape: Shape, value: Params): Params => {
  const written: Params = {};
  for (const [name, one] of Object.entries(value)) {
    if (one === undefined || one === null) continue;
    const member = shape.members?.[name];
    if (member === undefined) throw new Error(`the answer has a member ${name} that its model does not have`);
    const of = shapeOf(model, member.shape);
    written[member.locationName ?? name] =
      of.type === 'timestamp' ? writeJsonScalar(of, one, member.timestampFormat) : writeValue(model, of, one);
  }
  return written;
};

/** AWS JSON 1.0 and 1.1: the operation is in `x-amz-target`, the error's name in `__type` (awscli reads no other place). */
export const jsonCodec = (model: Model): Codec => {
  const respond = (status: number, requestId: string, body: unknown, extra = {}): WireResponse => ({
    status,
    headers: {
      'content-type': `application/x-amz-json-${model.jsonVersion ?? '1.1'}`,
      'x-amzn-requestid': requestId,
      ...extra,
    },
    body: JSON.stringify(body),
  });
  return {
    operation: ({ headers }: WireRequest) => {
      const target = String(headers['x-amz-target'] ?? '');
      return target.slice(target.indexOf('.') + 1);
    },
    read: ({ body }, operation, unknown) => {
      const { input } = model.operations[operation] ?? {};
      const shape: Shape = input === undefined ? { type: 'structure' } : shapeOf(model, input);
      return readValue({ model, unknown }, shape, parse(body), '') as Params;
    },
    answer: (operation, result, requestId) => {
      const { output } = model.operations[operation] ?? {};
      // Without an output AWS answers an empty body.
      if (output === undefined) return { ...respond(200, requestId, {}), body: '' };
      return respond(200, requestId, writeStructure(model, shapeOf(model, output), result));
    },
    fail: (error, requestId) => {
      const fault = error.status < 500 ? 'Sender' : 'Receiver';
      const extra = model.isAlsoQuery ? { 'x-amzn-query-error': `${error.code};${fault}` } : {};
      const body = { __type: error.code, message: error.message, ...error.members };
      return respond(error.status, requestId, body, { 'x-amzn-errortype': error.code, ...extra });
    },
  };
};
