import type { ErrorRequestHandler, RequestHandler } from 'express';
import { ERRORS, WonderlandError } from '../../domain/errors.ts';
import type { Logger } from '../../logger.ts';
import { requestIdOf } from '../locals.ts';
import { toProblem, toWonderlandError } from '../problem.ts';

/** For paths that no route knows. */
export const unknownPath = (): RequestHandler => (request) => {
  throw new WonderlandError('not_found', `There is no ${request.method} ${request.path}`, {
    hint: 'GET /v1/openapi.json lists every path.',
  });
};

/** Answers whatever was thrown as `application/problem+json`; only bugs are logged with their stack. */
export const problemHandler =
  (logger: Logger): ErrorRequestHandler =>
  (thrown, request, response, _next) => {
    const error = toWonderlandError(thrown);
    const requestId = requestIdOf(response);
    if (error.code === 'internal') logger.error({ requestId, stack: stackOf(error.cause ?? error) }, 'bug');
    if (response.headersSent) {
      response.destroy();
      return;
    }
    const problem = toProblem(error, { instance: request.path, requestId });
    if (ERRORS[error.code].retryable) response.setHeader('retry-after', '1');
    response.status(problem.status).type('application/problem+json').send(JSON.stringify(problem));
  };

const stackOf = (error: unknown): string | undefined => (error instanceof Error ? error.stack : undefined);
