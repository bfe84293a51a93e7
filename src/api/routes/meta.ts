import { Router } from 'express';
import { manifestJsonSchema } from '../../manifest/json-schema.ts';
import { openApiDocument } from '../openapi.ts';

/** Open to all: says that the process answers, and nothing more. */
export function healthRoutes(): Router {
  return Router().get('/healthz', (_request, response) => {
    response.json({ status: 'ok' });
  });
}

/** The JSON Schemas of the requests and of the manifest. */
export function schemaRoutes(): Router {
  const openApi = openApiDocument();
  const manifest = manifestJsonSchema();
  return Router()
    .get('/v1/openapi.json', (_request, response) => {
      response.json(openApi);
    })
    .get('/schema/wonderland.json', (_request, response) => {
      response.type('application/schema+json').send(JSON.stringify(manifest));
    });
}
