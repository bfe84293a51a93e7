import { AwsError, type Params } from '../engine/contract.ts';
import type { JsonService } from '../registration.ts';
import type { Codec, WireRequest, WireResponse } from './message.ts';

const parse = (body: string): Params => {
  if (body.trim() === '') return {};
  let value: unknown;
  try {
    value = JSON.parse(body);
  } catch {
    throw new AwsError('SerializationException', 'The request body is not valid JSON.');
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new AwsError('SerializationException', 'Start of structure or map expected.');
  }
  return value as Params;
};

/** AWS JSON 1.0 and 1.1: the operation is in `x-amz-target`, the error's name in `__type` (awscli reads no other place). */
export const jsonCodec = (service: Pick<JsonService, 'jsonVersion' | 'queryCompatible'>): Codec => {
  const respond = (status: number, requestId: string, body: unknown, extra = {}): WireResponse => ({
    status,
    headers: {
      'content-type': `application/x-amz-json-${service.jsonVersion}`,
      'x-amzn-requestid': requestId,
      ...extra,
    },
    body: JSON.stringify(body),
  });
  return {
    read: ({ headers, body }: WireRequest) => {
      const target = String(headers['x-amz-target'] ?? '');
      return { operation: target.slice(target.indexOf('.') + 1), params: parse(body) };
    },
    answer: (_operation, result, requestId) => respond(200, requestId, result),
    fail: (error, requestId) => {
      const fault = error.status < 500 ? 'Sender' : 'Receiver';
      const extra = service.queryCompatible === true ? { 'x-amzn-query-error': `${error.code};${fault}` } : {};
      const body = { __type: error.code, message: error.message, ...error.members };
      return respond(error.status, requestId, body, { 'x-amzn-errortype': error.code, ...extra });
    },
  };
};
