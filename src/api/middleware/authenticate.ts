import { createHash, timingSafeEqual } from 'node:crypto';
import type { RequestHandler } from 'express';
import type { Config } from '../../config.ts';
import { WonderlandError } from '../../domain/errors.ts';
import { setLocals, type Caller } from '../locals.ts';

/** Lets only known bearer tokens pass. The configuration holds their SHA-256, never the tokens. */
export function authenticate(tokens: Config['tokens']): RequestHandler {
  const known = tokens.map(({ sha256, name, team, admin }) => ({
    digest: Buffer.from(sha256, 'hex'),
    caller: { name, team, admin } satisfies Caller,
  }));
  return (request, response, next) => {
    const [, token] = /^Bearer +([^\s]+) *$/i.exec(request.get('authorization') ?? '') ?? [];
    const digest = createHash('sha256')
      .update(token ?? '')
      .digest();
    // Every entry is compared, so that the time taken tells nothing about which one fits.
    const caller = known.filter((entry) => timingSafeEqual(entry.digest, digest))[0]?.caller;
    if (token !== undefined && caller !== undefined) {
      setLocals(response, { caller });
      next();
      return;
    }
    response.setHeader('www-authenticate', 'Bearer realm="wonderland"');
    const message = token === undefined ? 'The request carries no bearer token' : 'The token is unknown';
    throw new WonderlandError('unauthenticated', message, {
      hint: 'Set WL_TOKEN to a token of this installation; `wl token new` makes one with its entry for the configuration.',
    });
  };
}
