import express, { type Express } from 'express';
import helmet from 'helmet';
import { createContext } from './context.ts';
import type { ApiDeps } from './deps.ts';
import { accountHeader } from './middleware/account-header.ts';
import { authenticate } from './middleware/authenticate.ts';
import { jsonBody } from './middleware/json-body.ts';
import { problemHandler, unknownPath } from './middleware/problem-handler.ts';
import { requestId } from './middleware/request-id.ts';
import { requestLog } from './middleware/request-log.ts';
import { changeRoutes } from './routes/changes.ts';
import { deploymentRoutes } from './routes/deployments.ts';
import { healthRoutes, schemaRoutes } from './routes/meta.ts';
import { serviceRoutes } from './routes/services.ts';

/** The HTTP API, not listening yet. Everything below `healthRoutes` needs a token. */
export function createApp(deps: ApiDeps): Express {
  const context = createContext(deps);
  const app = express();
  app.set('query parser', 'simple');
  app.use(requestId(), requestLog(deps.logger), helmet());
  app.use(healthRoutes());
  app.use(authenticate(deps.config.tokens), accountHeader(context.account), ...jsonBody());
  app.use(schemaRoutes(), serviceRoutes(context), changeRoutes(context), deploymentRoutes(context));
  app.use(unknownPath(), problemHandler(deps.logger));
  return app;
}
