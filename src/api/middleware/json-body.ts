import express, { type RequestHandler } from 'express';
import { refusal } from '../problem.ts';

const LIMIT = '1mb';

const onlyJson: RequestHandler = (request, _response, next) => {
  const hasBody = request.get('transfer-encoding') !== undefined || Number(request.get('content-length') ?? 0) > 0;
  if (hasBody && request.is('application/json') === false) {
    throw refusal(415, 'The body is not JSON', 'Send it with the header content-type: application/json.');
  }
  next();
};

/** Bodies are JSON of at most 1 MB. */
export const jsonBody = (): RequestHandler[] => [onlyJson, express.json({ limit: LIMIT, type: 'application/json' })];
