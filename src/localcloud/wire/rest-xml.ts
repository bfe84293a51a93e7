import { XMLParser, XMLValidator } from 'fast-xml-parser';
import { AwsError, type Params } from '../engine/contract.ts';
import type { RestXmlService, Route } from '../registration.ts';
import type { Call, Codec, WireRequest, WireResponse } from './message.ts';
import { escapeXml, writeMembers } from './xml.ts';

const decode = (text: string): string => {
  try {
    return decodeURIComponent(text);
  } catch {
    throw new AwsError('InvalidInput', 'The path of the request is not well encoded.');
  }
};

/** `/2013-04-01/hostedzone/{Id}/rrset` against a request's path; the answer holds the path members. */
const match = (route: Route, prefix: string, path: string): Params | undefined => {
  const want = `${prefix}${route.path}`.split('/');
  const have = path.replace(/\/+$/, '').split('/');
  if (want.length !== have.length) return undefined;
  const members: Params = {};
  for (const [i, part] of want.entries()) {
    const name = /^\{(\w+)\}$/.exec(part)?.[1];
    if (name === undefined && part !== have[i]) return undefined;
    if (name !== undefined) members[name] = decode(have[i] ?? '');
  }
  return members;
};

/** Lists arrive as `<Changes><Change/><Change/></Changes>`; they leave here as `Changes: [{}, {}]`. */
const flattenLists = (value: unknown, lists: Record<string, string>): unknown => {
  if (Array.isArray(value)) return value.map((item) => flattenLists(item, lists));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, member]) => {
      const element = lists[key];
      if (element === undefined) return [key, flattenLists(member, lists)];
      const items = typeof member === 'object' && member !== null ? (member as Params)[element] : undefined;
      const all: unknown[] = items === undefined ? [] : Array.isArray(items) ? items : [items];
      return [key, all.map((item) => flattenLists(item, lists))];
    }),
  );
};

const parser = new XMLParser({
  ignoreAttributes: true,
  ignoreDeclaration: true,
  parseTagValue: false,
  trimValues: true,
});

const parseBody = (body: string, lists: Record<string, string>): Params => {
  if (body.trim() === '') return {};
  if (XMLValidator.validate(body) !== true)
    throw new AwsError('InvalidInput', 'Invalid XML ; the request body is malformed.');
  const document = parser.parse(body) as Params;
  const root: unknown = Object.values(document)[0];
  return typeof root === 'object' && root !== null ? (flattenLists(root, lists) as Params) : {};
};

/** REST-XML (Route 53): the operation is method + path. */
export const restXmlCodec = (service: Pick<RestXmlService, 'pathPrefix' | 'routes' | 'lists' | 'xmlns'>): Codec => {
  const { pathPrefix, routes, lists, xmlns } = service;
  const elementName = (key: string) => lists[key] ?? 'member';
  const respond = (status: number, requestId: string, xml: string, extra = {}): WireResponse => ({
    status,
    headers: { 'content-type': 'text/xml', 'x-amzn-requestid': requestId, ...extra },
    body: `<?xml version="1.0" encoding="UTF-8"?>\n${xml}`,
  });
  return {
    read: ({ method, path, query, body }: WireRequest): Call => {
      for (const route of routes) {
        const fromPath = route.method === method ? match(route, pathPrefix, path) : undefined;
        if (fromPath === undefined) continue;
        const fromQuery = Object.entries(route.query ?? {})
          .filter(([key]) => query.has(key))
          .map(([key, member]) => [member, query.get(key)] as const);
        const params = { ...parseBody(body, lists), ...Object.fromEntries(fromQuery), ...fromPath };
        return { operation: route.operation, params };
      }
      throw new AwsError('UnknownOperationException', `${method} ${path} is not an operation this cloud serves.`);
    },
    answer: (operation, result, requestId) => {
      const { Location: location, ...members } = result;
      const status = routes.find((route) => route.operation === operation)?.status ?? 200;
      const xml = `<${operation}Response xmlns="${xmlns}">${writeMembers(members, elementName)}</${operation}Response>`;
      return respond(status, requestId, xml, typeof location === 'string' ? { location } : {});
    },
    fail: (error, requestId) => {
      const type = error.status < 500 ? 'Sender' : 'Receiver';
      const detail = `<Type>${type}</Type><Code>${escapeXml(error.code)}</Code><Message>${escapeXml(error.message)}</Message>`;
      const xml = `<ErrorResponse xmlns="${xmlns}"><Error>${detail}</Error><RequestId>${requestId}</RequestId></ErrorResponse>`;
      return respond(error.status, requestId, xml);
    },
  };
};
