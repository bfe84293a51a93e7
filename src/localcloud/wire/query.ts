import { AwsError, type Params } from '../engine/contract.ts';
import type { QueryService } from '../registration.ts';
import type { Codec, WireResponse } from './message.ts';
import { escapeXml, writeMembers } from './xml.ts';

interface Node {
  [key: string]: Node | string;
}

const insert = (root: Node, path: string[], value: string): void => {
  let node = root;
  for (const part of path.slice(0, -1)) {
    const next = node[part];
    node = typeof next === 'object' ? next : (node[part] = Object.create(null) as Node);
  }
  node[path.at(-1) ?? ''] = value;
};

const isIndexed = (node: Node): boolean => {
  const keys = Object.keys(node);
  return keys.length > 0 && keys.every((key) => /^\d+$/.test(key));
};

const elements = (node: Node): unknown[] =>
  Object.entries(node)
    .sort(([a], [b]) => Number(a) - Number(b))
    .map(([, value]) => shape(value));

/** `member.N` and plain `N` are lists, `entry.N` with key and value (or name and value) is a map. */
const shape = (node: Node | string): unknown => {
  if (typeof node === 'string') return node;
  const { member, entry } = node;
  if (typeof member === 'object' && isIndexed(member)) return elements(member);
  if (typeof entry === 'object' && isIndexed(entry)) {
    const pairs = elements(entry) as { key?: string; Name?: string; value?: unknown; Value?: unknown }[];
    return Object.fromEntries(pairs.map((pair) => [pair.key ?? pair.Name ?? '', pair.value ?? pair.Value ?? '']));
  }
  if (isIndexed(node)) return elements(node);
  return Object.fromEntries(Object.entries(node).map(([key, value]) => [key, shape(value)]));
};

/** Form fields (`Listeners.member.1.Protocol=HTTP`) → `{ Listeners: [{ Protocol: 'HTTP' }] }`. */
export const parseForm = (body: string): Params => {
  const root = Object.create(null) as Node;
  for (const [key, value] of new URLSearchParams(body)) insert(root, key.split('.'), value);
  return shape(root) as Params;
};

/** AWS Query (ELB, SNS, STS …) and its EC2 variant, which wraps neither results nor errors the same way. */
export const queryCodec = ({ protocol, xmlns }: Pick<QueryService, 'protocol' | 'xmlns'>): Codec => {
  const isEc2 = protocol === 'ec2';
  const elementName = () => (isEc2 ? 'item' : 'member');
  const respond = (status: number, requestId: string, xml: string): WireResponse => ({
    status,
    headers: { 'content-type': 'text/xml', 'x-amzn-requestid': requestId },
    body: `<?xml version="1.0" encoding="UTF-8"?>\n${xml}`,
  });
  return {
    read: ({ body, query }) => {
      const { Action, Version: _version, ...params } = parseForm(body === '' ? query.toString() : body);
      if (typeof Action !== 'string') throw new AwsError('MissingAction', 'The request has no Action.');
      return { operation: Action, params };
    },
    answer: (operation, result, requestId) => {
      const members = writeMembers(result, elementName);
      const inner = isEc2
        ? `<requestId>${requestId}</requestId>${members}`
        : `<${operation}Result>${members}</${operation}Result><ResponseMetadata><RequestId>${requestId}</RequestId></ResponseMetadata>`;
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
