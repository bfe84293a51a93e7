/** Protocols of subscriptions, and what an endpoint of each looks like. */
import { invalid, unserved } from './model.ts';

/** The message with which AWS refuses an endpoint that is none. */
const ENDPOINTS: Record<string, { form: RegExp; refusal: string }> = {
  http: { form: /^http:\/\/[^\s/]+/, refusal: 'Endpoint must match the specified protocol' },
  https: { form: /^https:\/\/[^\s/]+/, refusal: 'Endpoint must match the specified protocol' },
  email: { form: /^[^\s@]+@[^\s@]+$/, refusal: 'Email address' },
  'email-json': { form: /^[^\s@]+@[^\s@]+$/, refusal: 'Email address' },
  sqs: { form: /^arn:aws:sqs:[^:]+:\d{12}:[^:]+$/, refusal: 'SQS endpoint ARN' },
  lambda: { form: /^arn:aws:lambda:[^:]+:\d{12}:function:.+$/, refusal: 'Lambda endpoint ARN' },
};

const UNSERVED: readonly string[] = ['sms', 'application', 'firehose'];

/** @throws InvalidParameter */
export const checkEndpoint = (protocol: string, endpoint: string): void => {
  if (UNSERVED.includes(protocol)) throw unserved(`The protocol ${protocol} of SNS`);
  const known = Object.hasOwn(ENDPOINTS, protocol) ? ENDPOINTS[protocol] : undefined;
  if (known === undefined) throw invalid(`Amazon SNS does not support this protocol string: ${protocol}`);
  const isHttp = protocol === 'http' || protocol === 'https';
  if (!known.form.test(endpoint) || (isHttp && !URL.canParse(endpoint))) throw invalid(known.refusal);
};

/** Their owners have to agree first. */
export const needsConfirmation = (protocol: string): boolean => protocol !== 'sqs' && protocol !== 'lambda';
