/** Asks an endpoint once, as a Route 53 health checker does from outside. */
import { request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';
import type { Params } from '../../engine/contract.ts';

/** Real time until an endpoint that does not answer counts as failed. */
const PATIENCE_MILLISECONDS = 4_000;

const UNREACHABLE = 'Failure: The endpoint could not be reached.';

/** `place` is where the endpoint of `config` listens; answers the text of a StatusReport. */
export const checkEndpoint = (place: { host: string; port: number } | undefined, config: Params): Promise<string> => {
  if (place === undefined) return Promise.resolve(UNREACHABLE);
  const secure = String(config.Type).startsWith('HTTPS');
  return new Promise((resolve) => {
    const request = (secure ? httpsRequest : httpRequest)({
      ...place,
      path: String(config.ResourcePath ?? '/'),
      headers: {
        host: String(config.FullyQualifiedDomainName ?? config.IPAddress),
        'user-agent': 'Amazon-Route53-Health-Check-Service',
        connection: 'close',
      },
      agent: false,
      rejectUnauthorized: false,
      timeout: PATIENCE_MILLISECONDS,
    });
    request.on('timeout', () => request.destroy(new Error('timeout')));
    request.on('error', () => resolve(UNREACHABLE));
    request.on('response', (response) => {
      const status = response.statusCode ?? 0;
      resolve(`${status >= 200 && status < 400 ? 'Success' : 'Failure'}: HTTP Status Code ${status}`);
      request.destroy();
    });
    request.end();
  });
};
