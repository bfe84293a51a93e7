import type { RequestHandler } from 'express';
import type { Logger } from '../../logger.ts';
import { callerNameOf, requestIdOf } from '../locals.ts';

/** One line per request once it has ended: never its headers, query or body. */
export const requestLog =
  (logger: Logger): RequestHandler =>
  (request, response, next) => {
    const startedAt = performance.now();
    const { method, path } = request;
    response.once('close', () => {
      const milliseconds = Math.round(performance.now() - startedAt);
      const facts = { requestId: requestIdOf(response), caller: callerNameOf(response), status: response.statusCode };
      logger.info({ ...facts, method, path, milliseconds }, 'request');
    });
    next();
  };
