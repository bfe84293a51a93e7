import { z } from 'zod';
import { API_SCHEMAS } from './schemas.ts';

const SERVICE = parameter('service', 'path', 'ServiceName', 'Name of the service.');
const ID = parameter('id', 'path', 'DeploymentId', 'Id of the change.');
const LIMIT = {
  name: 'limit',
  in: 'query',
  schema: { type: 'integer', minimum: 1, maximum: 50, default: 20 },
  description: 'How many are answered at most.',
};
const CURSOR = [
  { name: 'Last-Event-ID', in: 'header', schema: { type: 'integer' }, description: 'Resume behind this event.' },
  { name: 'after', in: 'query', schema: { type: 'integer' }, description: 'The same, for clients that set no header.' },
];

/** The API in OpenAPI 3.1; the schemas are those that requests are checked with. */
export function openApiDocument() {
  return {
    openapi: '3.1.0',
    info: {
      title: 'Wonderland',
      version: 'v1',
      description: 'Deploys services to AWS ECS. Errors are application/problem+json with a stable `code`.',
    },
    security: [{ token: [] }],
    paths: {
      '/healthz': {
        get: { ...operation('health', 'Whether the process answers', ok({ type: 'object' })), security: [] },
      },
      '/v1/openapi.json': { get: operation('openapi', 'This document', ok({ type: 'object' })) },
      '/schema/wonderland.json': {
        get: operation('manifestSchema', 'JSON Schema of wonderland.yaml', ok({ type: 'object' })),
      },
      '/v1/services': {
        get: operation('listServices', 'Services of the own team; of all for an admin', ok(ref('ServiceList'))),
      },
      '/v1/services/{service}': {
        parameters: [SERVICE],
        get: operation('getService', 'One service', ok(ref('Service'))),
        delete: change('deleteService', 'Delete a service and everything of it', 'ChangeRequest', false),
      },
      '/v1/services/{service}/status': {
        parameters: [SERVICE],
        get: operation('getStatus', 'Tasks and open changes of a service', ok(ref('ServiceStatus'))),
      },
      '/v1/services/{service}/rollback': {
        parameters: [SERVICE],
        post: change('rollbackService', 'Go back to a release that passed its gates', 'RollbackRequest', false),
      },
      '/v1/services/{service}/scale': {
        parameters: [SERVICE],
        patch: change('scaleService', 'Change the number of tasks', 'ScaleRequest', true),
      },
      '/v1/services/{service}/restart': {
        parameters: [SERVICE],
        post: change('restartService', 'Replace every task by a new one of the same release', 'ChangeRequest', false),
      },
      '/v1/services/{service}/deployments': {
        parameters: [SERVICE],
        get: {
          ...operation('listDeployments', 'Changes of every kind, newest first', ok(ref('DeploymentList'))),
          parameters: [LIMIT],
        },
        post: {
          ...operation('createDeployment', 'Deploy; the next free second is the id', accepted()),
          requestBody: body('DeploymentRequest'),
        },
      },
      '/v1/services/{service}/deployments/{id}': {
        parameters: [SERVICE, ID],
        get: operation('getDeployment', 'One change, of whatever kind', ok(ref('Deployment'))),
        put: {
          ...operation('putDeployment', 'Deploy; the same body again is the same deployment', {
            ...ok(ref('Deployment')),
            ...accepted(),
          }),
          requestBody: body('DeploymentRequest'),
        },
      },
      '/v1/services/{service}/deployments/{id}/events': {
        parameters: [SERVICE, ID],
        get: {
          ...operation('streamEvents', 'Server-Sent Events until the verdict', {
            200: { description: 'A stream', content: { 'text/event-stream': { schema: { type: 'string' } } } },
          }),
          parameters: CURSOR,
        },
      },
      '/v1/services/{service}/deployments/{id}/cancel': {
        parameters: [SERVICE, ID],
        post: operation('cancelDeployment', 'Stop it and put back what it did', accepted()),
      },
    },
    components: { securitySchemes: { token: { type: 'http', scheme: 'bearer' } }, schemas: schemas() },
  };
}

/** Each schema by name; where it stands in the document already says its id and dialect. */
function schemas() {
  const all = z.toJSONSchema(API_SCHEMAS, { io: 'input', uri: (id) => `#/components/schemas/${id}` }).schemas;
  return Object.fromEntries(
    Object.entries(all).map(([name, { $id: _id, $schema: _dialect, ...schema }]) => [name, schema]),
  );
}

function parameter(name: string, place: 'path', schema: string, description: string) {
  return { name, in: place, required: true, schema: ref(schema), description };
}

function ref(name: string) {
  return { $ref: `#/components/schemas/${name}` };
}

const json = (schema: object) => ({ content: { 'application/json': { schema } } });
const ok = (schema: object) => ({ 200: { description: 'OK', ...json(schema) } });
const accepted = () => ({ 202: { description: 'Accepted: it is durable now', ...json(ref('Deployment')) } });
const body = (schema: string, required = true) => ({ required, ...json(ref(schema)) });

/** A change of a service that exists; with an `id` in its body the same request again is the same change. */
function change(operationId: string, summary: string, schema: string, isBodyRequired: boolean) {
  return {
    ...operation(operationId, summary, { ...ok(ref('Deployment')), ...accepted() }),
    requestBody: body(schema, isBodyRequired),
  };
}

function operation(operationId: string, summary: string, responses: object) {
  const problem = { description: 'A problem', content: { 'application/problem+json': { schema: ref('Problem') } } };
  return { operationId, summary, responses: { ...responses, default: problem } };
}
