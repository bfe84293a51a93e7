import type { WireRequest, WireResponse } from './wire/message.ts';
import type { World } from './world.ts';

/** Where `SigningCertURL` leads. */
export const SNS_CERTIFICATE_PATH = '/_wonderland/sns-signing.pem';

/** The certificate of an account's SNS, as PEM; of the first account when none is named. */
export const answerSnsCertificate = (worlds: ReadonlyMap<string, World>, { query }: WireRequest): WireResponse => {
  const account = query.get('account');
  const world = account === null ? [...worlds.values()][0] : worlds.get(account);
  const headers = { 'content-type': 'application/x-pem-file' };
  if (world === undefined) return { status: 404, headers, body: '' };
  return { status: 200, headers, body: world.sns.certificate() };
};
