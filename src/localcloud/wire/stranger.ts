/** Answers to requests that nobody serves, or that never came to be read. */
import { AwsError } from '../engine/contract.ts';
import { jsonCodec } from './json.ts';
import type { Codec, WireRequest, WireResponse } from './message.ts';
import type { Model } from './model.ts';
import { queryCodec, readForm } from './query.ts';
import { restXmlCodec } from './rest-xml.ts';

type Outside = Pick<WireRequest, 'headers' | 'query'>;

/** A link to an object of S3, signed in its query. */
const isPresigned = ({ query }: Pick<Outside, 'query'>): boolean =>
  query.has('X-Amz-Signature') || (query.has('AWSAccessKeyId') && query.has('Signature'));

const isForS3 = (request: Outside): boolean =>
  isPresigned(request) || /\/s3\/aws4_request/.test(request.headers.authorization ?? '');

/** In the request's own kind of error, so that its client says what is wrong. */
export const strangerCodec = (request: Outside): Codec => {
  const none: Omit<Model, 'protocol'> = {
    isAlsoQuery: false,
    version: '',
    otherOperations: [],
    operations: {},
    shapes: {},
  };
  // Younger services (Lambda, EKS …) speak JSON over REST.
  const isJson = /json/.test(String(request.headers['content-type'] ?? request.headers.accept ?? ''));
  if (request.headers['x-amz-target'] !== undefined || isJson)
    return jsonCodec({ ...none, protocol: 'json', jsonVersion: '1.1' });
  if (isForS3(request))
    return restXmlCodec({ ...none, protocol: 'rest-xml', xmlns: 'http://s3.amazonaws.com/doc/2006-03-01/' });
  return queryCodec({ ...none, protocol: 'query', xmlns: 'http://webservices.amazon.com/AWSFault/2005-15-09' });
};

/** `scope`: service of the credential scope, empty without a signature. */
export const refuseStranger = (request: WireRequest, scope: string, requestId: string): WireResponse => {
  const codec = strangerCodec(request);
  if (isPresigned(request)) {
    const error = new AwsError('NotImplemented', 'Presigned URLs are not served by this local cloud.', 501);
    return codec.fail(error, requestId);
  }
  const target = request.headers['x-amz-target'];
  const { version } = readForm(request);
  const form = version === undefined ? undefined : `API version ${version} of ${scope || 'this service'}`;
  const what = typeof target === 'string' ? target : (form ?? `${request.method} ${request.path}`);
  const code = typeof target === 'string' ? 'UnknownOperationException' : 'InvalidAction';
  return codec.fail(new AwsError(code, `${what} is not served by this local cloud.`), requestId);
};
