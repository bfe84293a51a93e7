import { randomUUID } from 'node:crypto';
import type { RequestHandler } from 'express';
import { setLocals } from '../locals.ts';

const ACCEPTED = /^[A-Za-z0-9._-]{1,64}$/;

/** Every answer and every line of the log carries `x-request-id`: the caller's, where it is harmless, or a new one. */
export const requestId = (): RequestHandler => (request, response, next) => {
  const given = request.get('x-request-id');
  const id = given !== undefined && ACCEPTED.test(given) ? given : randomUUID();
  setLocals(response, { requestId: id });
  response.setHeader('x-request-id', id);
  next();
};
