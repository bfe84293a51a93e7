import type { AwsError } from '../engine/contract.ts';
import type { WireRequest } from '../wire/message.ts';
import type { Spoken } from '../routing.ts';
import { findPrincipal, type Principal } from './accounts.ts';
import { findGuest } from './guests.ts';
import { refusalError } from './refusals.ts';
import { readCredential, verify } from './sigv4.ts';

/** Who calls, or the error that says why nobody does. */
export const authenticate = (
  request: WireRequest,
  { scope, protocol }: Pick<Spoken, 'scope' | 'protocol'>,
  region: string,
): Principal | AwsError => {
  const credential = readCredential(request);
  if (credential === undefined) {
    const isThere = request.headers.authorization !== undefined;
    const guest = isThere ? undefined : findGuest(request, scope);
    if (guest !== undefined) return guest;
    return refusalError(isThere ? 'incomplete' : 'missing', { scope, protocol, region });
  }
  const principal = findPrincipal(credential.accessKeyId);
  const refusal = verify(request, credential, {
    secret: principal?.secretAccessKey,
    service: scope,
    region,
    now: Date.now(),
  });
  if (refusal !== undefined || principal === undefined)
    return refusalError(refusal ?? 'unknown-key', { scope, protocol, region: credential.region });
  return principal;
};
