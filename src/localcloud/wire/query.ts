import { AwsError, type Params } from '../engine/contract.ts';
import type { Codec, WireRequest, WireResponse } from './message.ts';
import { membersOf, shapeOf, type Member, type Model, type Shape } from './model.ts';
import { readTextScalar } from './scalars.ts';
import { escapeXml, writeXmlMembers } from './xml.ts';

/** Form fields by the parts of their names: `Listeners.member.1.Protocol`. */
interface Node {
  value?: string;
  parts: Map<string, Node>;
}

/** Deeper than any shape of AWS's goes. */
const DEEPEST = 64;

/** Fields of every form that are no members. */
const ENVELOPE = ['Action', 'Version'];

const newNode = (): Node => ({ parts: new Map() });

const parseForm = (text: string): Node => {
  const root = newNode();
  for (const [key, value] of new URLSearchParams(text)) {
    let node = root;
    const names = key.split('.');
    if (names.length > DEEPEST) throw new AwsError('MalformedInput', `${key.slice(0, 80)}… is nested too deeply.`);
    for (const name of names) {
      const next = node.parts.get(name) ?? newNode();
      node.parts.set(name, next);
      node = next;
    }
    node.value = value;
  }
  return root;
};

const formOf = ({ body, rawQuery }: WireRequest): string => (body === '' ? rawQuery : body);

/** `Action` and `Version` of a form. */
export const readForm = (request: WireRequest): { action: string | undefined; version: string | undefined } => {
  const form = new URLSearchParams(formOf(request));
  return { action: form.get('Action') ?? undefined, version: form.get('Version') ?? undefined };
};

const numbered = (node: Node): Node[] =>
  [...node.parts]
    .filter(([key]) => /^\d+$/.test(key))
    .sort(([a], [b]) => Number(a) - Number(b))
    .map(([, one]) => one);

const capitalised = (name: string): string => `${name.slice(0, 1).toUpperCase()}${name.slice(1)}`;

/** A field's name in a request; EC2 has its own rule. */
const fieldName = (model: Model, name: string, { locationName, queryName }: Member): string => {
  if (model.protocol !== 'ec2') return locationName ?? name;
  return queryName ?? (locationName === undefined ? name : capitalised(locationName));
};

/** What reading knows besides the value: the model, and where to note members that the model does not know. */
interface Reading {
  model: Model;
  unknown: string[];
}

const readValue = (reading: Reading, shape: Shape, node: Node, isFlat: boolean, path: string): unknown => {
  const { model, unknown } = reading;
  if (shape.type === 'structure') {
    const known = new Set<string>();
    const members = membersOf(shape).flatMap(([name, member]) => {
      const of = shapeOf(model, member.shape);
      const flat = member.flattened ?? of.flattened ?? false;
      // A flattened list goes by the name of its elements.
      const own = flat && of.type === 'list' ? (of.member?.locationName ?? fieldName(model, name, member)) : undefined;
      const field = own ?? fieldName(model, name, member);
      known.add(field);
      const found = node.parts.get(field);
      return found === undefined ? [] : [[name, readValue(reading, of, found, flat, join(path, name))] as const];
    });
    for (const name of node.parts.keys()) if (!known.has(name)) unknown.push(join(path, name));
    return Object.fromEntries(members);
  }
  if (shape.type === 'list' && shape.member !== undefined) {
    const of = shapeOf(model, shape.member.shape);
    const list = node.parts.get(shape.member.locationName ?? 'member') ?? node.parts.get('member');
    const items = isFlat || model.protocol === 'ec2' || list === undefined ? numbered(node) : numbered(list);
    return items.map((item, i) => readValue(reading, of, item, false, `${path}.${i + 1}`));
  }
  if (shape.type === 'map' && shape.key !== undefined && shape.value !== undefined) {
    const { key, value } = shape;
    const entries = numbered(isFlat ? node : (node.parts.get('entry') ?? newNode()));
    return Object.fromEntries(
      entries.map((entry) => {
        const name = entry.parts.get(key.locationName ?? 'key')?.value ?? '';
        const content = entry.parts.get(value.locationName ?? 'value') ?? newNode();
        return [name, readValue(reading, shapeOf(model, value.shape), content, false, join(path, name))];
      }),
    );
  }
  return readTextScalar(shape, node.value ?? '', path);
};

const join = (path: string, name: string): string => (path === '' ? name : `${path}.${name}`);

/** AWS Query (ELB, SNS, STS …) and its EC2 variant, which wraps neither results nor errors the same way. */
export const queryCodec = (model: Model): Codec => {
  const isEc2 = model.protocol === 'ec2';
  const xmlns = model.xmlns ?? '';
  const respond = (status: number, requestId: string, xml: string): WireResponse => ({
    status,
    headers: { 'content-type': 'text/xml', 'x-amzn-requestid': requestId },
    body: `<?xml version="1.0" encoding="UTF-8"?>\n${xml}`,
  });
  return {
    operation: (request) => {
      const { action } = readForm(request);
      if (action === undefined || action === '') throw new AwsError('MissingAction', 'The request has no Action.');
      return action;
    },
    read: (request, operation, unknown) => {
      const { input } = model.operations[operation] ?? {};
      const form = parseForm(formOf(request));
      for (const name of ENVELOPE) form.parts.delete(name);
      const shape: Shape = input === undefined ? { type: 'structure' } : shapeOf(model, input);
      return readValue({ model, unknown }, shape, form, false, '') as Params;
    },
    answer: (operation, result, requestId) => {
      const { output } = model.operations[operation] ?? {};
      const members = output === undefined ? '' : writeXmlMembers(model, shapeOf(model, output), result);
      const metadata = `<ResponseMetadata><RequestId>${requestId}</RequestId></ResponseMetadata>`;
      const wrapped = output === undefined ? '' : `<${operation}Result>${members}</${operation}Result>`;
      const inner = isEc2 ? `<requestId>${requestId}</requestId>${members}` : `${wrapped}${metadata}`;
      return respond(200, requestId, `<${operation}Response xmlns="${xmlns}">${inner}</${operation}Response>`);
    },
    fail: (error, requestId) => {
      const code = `<Code>${escapeXml(error.code)}</Code><Message>${escapeXml(error.message)}</Message>`;
      const type = error.status < 500 ? 'Sender' : 'Receiver';
      const xml = isEc2
        ? `<Response><Errors><Error>${code}</Error></Errors><RequestID>${requestId}</RequestID></Response>`
        : `<ErrorResponse xmlns="${xmlns}"><Error><Type>${type}</Type>${code}</Error><RequestId>${requestId}</RequestId></ErrorResponse>`;
      return respond(error.status, requestId, xml);
    },
  };
};
