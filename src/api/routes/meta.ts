import { Router } from 'express';
import { openApiDocument } from '../openapi.ts';

/** Open to all: says that the process answers, and nothing more. */
export function healthRoutes(): Router {
  return Router().get('/healthz', (_request, response) => {
    response.json({ status: 'ok' });
  });
}

export function openApiRoutes(): Router {
  const document = openApiDocument();
  return Router().get('/v1/openapi.json', (_request, response) => {
    response.json(document);
  });
}
