import { AwsError, type Params } from '../engine/contract.ts';
import { withoutChunks } from './aws-chunked.ts';
import type { Codec, WireRequest, WireResponse } from './message.ts';
import { membersOf, shapeOf, type Member, type Model, type ModelOperation, type Shape } from './model.ts';
import { matchRoute, readRoute, type Need, type Route } from './rest-routes.ts';
import { readTextScalar, writeTextScalar } from './scalars.ts';
import { isS3, parseXml, readNode } from './xml-reader.ts';
import { escapeXml, writeXmlElement, writeXmlMembers } from './xml.ts';

/** Members that travel outside the body. */
const readOutside = (
  model: Model,
  [name, member]: [string, Member],
  request: WireRequest,
  path: Record<string, string>,
): unknown => {
  const wire = member.locationName ?? name;
  const of = shapeOf(model, member.shape);
  if (member.location === 'headers') {
    const prefix = wire.toLowerCase();
    const found = Object.entries(request.headers).filter(([key]) => key.startsWith(prefix));
    return found.length === 0
      ? undefined
      : Object.fromEntries(found.map(([key, value]) => [key.slice(prefix.length), String(value)]));
  }
  const text =
    member.location === 'uri'
      ? path[wire]
      : member.location === 'header'
        ? request.headers[wire.toLowerCase()]
        : request.query.get(wire);
  if (text === undefined || text === null) return undefined;
  if (of.type === 'list' && member.location === 'querystring') return request.query.getAll(wire);
  return readTextScalar(of, String(text), name);
};

/** Query keys and headers an operation cannot do without; some operations of S3 differ in nothing else. */
const neededOutside = (model: Model, { input }: ModelOperation): Need[] => {
  const shape: Shape = input === undefined ? { type: 'structure' } : shapeOf(model, input);
  return membersOf(shape).flatMap(([name, { location, locationName }]) =>
    (location === 'querystring' || location === 'header') && shape.required?.includes(name) === true
      ? [{ location, name: locationName ?? name }]
      : [],
  );
};

/** REST-XML (Route 53, S3): the operation is method, path and query. */
export const restXmlCodec = (model: Model): Codec => {
  // The more of its query and path an operation insists on, the earlier its turn.
  const weight = ({ path, query, needs }: Route): number =>
    (query.length + needs.length) * 100 + path.filter(({ literal }) => literal !== undefined).length;
  const routes = Object.entries(model.operations)
    .map(([name, operation]) => readRoute(name, operation, isS3(model) ? neededOutside(model, operation) : []))
    .sort((a, b) => weight(b) - weight(a));
  const xmlns = model.xmlns ?? '';
  const locate = (request: WireRequest): { route: Route; members: Record<string, string> } => {
    const have = request.path === '/' ? ['', ''] : request.path.replace(/\/+$/, '').split('/');
    // A key may end in a slash; a path of Route 53 ends in one only by the habit of its client.
    const exact = request.path.split('/');
    for (const route of routes) {
      const isGreedy = route.path.at(-1)?.isGreedy === true;
      const members = matchRoute(route, request, isGreedy ? exact : have);
      if (members !== undefined) return { route, members };
    }
    throw new AwsError(
      'UnknownOperationException',
      `${request.method} ${request.path} is not an operation of this service.`,
    );
  };
  const respond = (status: number, requestId: string, body: string | Uint8Array, extra = {}): WireResponse => ({
    status,
    headers: {
      'x-amzn-requestid': requestId,
      'x-amz-request-id': requestId,
      ...(body === '' ? {} : { 'content-type': 'text/xml' }),
      ...extra,
    },
    body,
  });
  const document = (xml: string): string => `<?xml version="1.0" encoding="UTF-8"?>\n${xml}`;

  const readBody = (shape: Shape, request: WireRequest, unknown: string[]): Params => {
    if (shape.payload !== undefined) {
      const member = shape.members?.[shape.payload];
      const of = member === undefined ? undefined : shapeOf(model, member.shape);
      if (of === undefined || request.bytes.length === 0) return {};
      if (of.type === 'blob') return { [shape.payload]: request.bytes };
      if (of.type === 'string') return { [shape.payload]: request.body };
      return { [shape.payload]: readNode({ model, unknown }, of, parseXml(model, request.body), false, shape.payload) };
    }
    if (request.body.trim() === '') return {};
    return readNode({ model, unknown }, shape, parseXml(model, request.body), false, '') as Params;
  };

  const headersOf = (shape: Shape, result: Params): Record<string, string> => {
    const headers: Record<string, string> = {};
    for (const [name, { location, locationName, shape: of, timestampFormat }] of membersOf(shape)) {
      const value: unknown = result[name];
      if (value === undefined || value === null) continue;
      const wire = (locationName ?? name).toLowerCase();
      if (location === 'header')
        headers[wire] = writeTextScalar(shapeOf(model, of), value, timestampFormat ?? 'rfc822');
      if (location === 'headers') {
        for (const [key, one] of Object.entries(value as Record<string, string>)) headers[`${wire}${key}`] = one;
      }
    }
    return headers;
  };

  return {
    operation: (request) => locate(request).route.operation,
    read: (received, _operation, unknown) => {
      const request = isS3(model) ? withoutChunks(received) : received;
      const { route, members } = locate(request);
      const { input } = model.operations[route.operation] ?? {};
      if (input === undefined) return {};
      const shape = shapeOf(model, input);
      const outside = membersOf(shape)
        .filter(([, { location }]) => location !== undefined)
        .flatMap((member) => {
          const value = readOutside(model, member, request, members);
          return value === undefined ? [] : [[member[0], value] as const];
        });
      return { ...readBody(shape, request, unknown), ...Object.fromEntries(outside) };
    },
    answer: (operation, result, requestId) => {
      const entry = model.operations[operation];
      const status = entry?.status ?? 200;
      if (entry?.output === undefined) return respond(status, requestId, '');
      const shape = shapeOf(model, entry.output);
      const headers = headersOf(shape, result);
      const partial = (result.StatusCode as number | undefined) ?? status;
      if (shape.payload !== undefined) {
        const member = shape.members?.[shape.payload];
        const value: unknown = result[shape.payload];
        if (member === undefined || value === undefined) return respond(partial, requestId, '', headers);
        const of = shapeOf(model, member.shape);
        if (of.type === 'blob' || of.type === 'string')
          return respond(partial, requestId, value as Uint8Array, headers);
        return respond(
          partial,
          requestId,
          document(writeXmlElement(model, member.locationName ?? shape.payload, member, value)),
          headers,
        );
      }
      const { StatusCode: _status, ...members } = result;
      const hasBody = membersOf(shape).some(([, { location }]) => location === undefined);
      if (!hasBody) return respond(partial, requestId, '', headers);
      const inner = writeXmlMembers(model, shape, members);
      const root = shape.locationName ?? `${operation}Response`;
      // The one answer of S3 that is its only member, with nothing around it.
      const xml =
        isS3(model) && operation === 'GetBucketLocation'
          ? inner.replace('>', ` xmlns="${xmlns}">`)
          : `<${root} xmlns="${xmlns}">${inner}</${root}>`;
      return respond(partial, requestId, document(xml), headers);
    },
    fail: (error, requestId) => {
      if (error.status === 304) return respond(304, requestId, '');
      const type = error.status < 500 ? 'Sender' : 'Receiver';
      const code = `<Code>${escapeXml(error.code)}</Code><Message>${escapeXml(error.message)}</Message>`;
      const more = Object.entries(error.members)
        .map(([name, value]) => `<${name}>${escapeXml(String(value))}</${name}>`)
        .join('');
      // Errors of S3 stand alone; those of the others are wrapped.
      const xml = isS3(model)
        ? `<Error>${code}${more}<RequestId>${requestId}</RequestId></Error>`
        : `<ErrorResponse xmlns="${xmlns}"><Error><Type>${type}</Type>${code}</Error><RequestId>${requestId}</RequestId></ErrorResponse>`;
      return respond(error.status, requestId, document(xml));
    },
  };
};
