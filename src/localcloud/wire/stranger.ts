/** Answers to requests that nobody serves, or that never came to be read. */
import { jsonCodec } from './json.ts';
import type { Codec, WireRequest } from './message.ts';
import type { Model } from './model.ts';
import { queryCodec } from './query.ts';
import { restXmlCodec } from './rest-xml.ts';

type Outside = Pick<WireRequest, 'headers' | 'query'>;

/** A link to an object of S3, signed in its query. */
export const isPresigned = ({ query }: Pick<Outside, 'query'>): boolean =>
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
  if (request.headers['x-amz-target'] !== undefined)
    return jsonCodec({ ...none, protocol: 'json', jsonVersion: '1.1' });
  if (isForS3(request))
    return restXmlCodec({ ...none, protocol: 'rest-xml', xmlns: 'http://s3.amazonaws.com/doc/2006-03-01/' });
  return queryCodec({ ...none, protocol: 'query', xmlns: 'http://webservices.amazon.com/AWSFault/2005-15-09' });
};
