/** How each protocol says that a request is not who it claims to be. */
import { AwsError } from '../engine/contract.ts';
import type { Model } from '../wire/model.ts';
import type { Refusal } from './sigv4.ts';

const MESSAGES: Record<Exclude<Refusal, 'other-service' | 'other-region'>, string> = {
  missing: 'Request is missing Authentication Token',
  incomplete:
    "Authorization header requires 'Credential', 'SignedHeaders' and 'Signature', and the host and date have to be signed.",
  'unknown-key': 'The security token included in the request is invalid.',
  mismatch:
    'The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method. Consult the service documentation for details.',
  skewed: 'Signature expired: the request time and the time here are further apart than five minutes.',
};

const JSON_CODES: Record<Refusal, string> = {
  missing: 'MissingAuthenticationTokenException',
  incomplete: 'IncompleteSignatureException',
  'unknown-key': 'UnrecognizedClientException',
  mismatch: 'InvalidSignatureException',
  skewed: 'InvalidSignatureException',
  'other-service': 'InvalidSignatureException',
  'other-region': 'InvalidSignatureException',
};

const XML_CODES: Record<Refusal, string> = {
  missing: 'MissingAuthenticationToken',
  incomplete: 'IncompleteSignature',
  'unknown-key': 'InvalidClientTokenId',
  mismatch: 'SignatureDoesNotMatch',
  skewed: 'SignatureDoesNotMatch',
  'other-service': 'SignatureDoesNotMatch',
  'other-region': 'SignatureDoesNotMatch',
};

const S3_CODES: Record<Refusal, string> = {
  ...XML_CODES,
  missing: 'AccessDenied',
  incomplete: 'AuthorizationHeaderMalformed',
  'unknown-key': 'InvalidAccessKeyId',
  skewed: 'RequestTimeTooSkewed',
};

/** What a request asks, and the region it is signed for. */
interface Asked {
  scope: string;
  protocol: Model['protocol'];
  region: string;
}

const S3_MESSAGES: Partial<Record<Refusal, string>> = {
  'unknown-key': 'The AWS Access Key Id you provided does not exist in our records.',
  mismatch:
    'The request signature we calculated does not match the signature you provided. Check your key and signing method.',
};
const EC2_MESSAGE = 'AWS was not able to validate the provided access credentials';

const messageOf = (refusal: Refusal, { scope, protocol, region }: Asked): string => {
  if (refusal === 'other-service') return `Credential should be scoped to correct service: '${scope}'.`;
  if (refusal === 'other-region') return `Credential should be scoped to a valid region, not '${region}'.`;
  if (protocol === 'ec2' && (refusal === 'unknown-key' || refusal === 'mismatch')) return EC2_MESSAGE;
  return (scope === 's3' ? S3_MESSAGES[refusal] : undefined) ?? MESSAGES[refusal];
};

/** The error of a refused request, in the words of its service. */
export const refusalError = (refusal: Refusal, asked: Asked): AwsError => {
  const { scope, protocol } = asked;
  const message = messageOf(refusal, asked);
  if (protocol === 'json') return new AwsError(JSON_CODES[refusal], message);
  if (protocol === 'ec2')
    return new AwsError(refusal === 'missing' ? 'MissingAuthenticationToken' : 'AuthFailure', message, 401);
  return new AwsError((scope === 's3' ? S3_CODES : XML_CODES)[refusal], message, 403);
};
