import { request as httpRequest, type Agent, type IncomingMessage } from 'node:http';
import { request as httpsRequest } from 'node:https';

export interface Answer {
  status: number;
  body: string;
  headers: IncomingMessage['headers'];
}

export interface AskOptions {
  /** Host header. */
  host?: string;
  path?: string;
  scheme?: 'http' | 'https';
  method?: string;
  body?: string;
  headers?: Record<string, string>;
  /** @default a connection of its own */
  agent?: Agent;
  /** @default 127.0.0.1 */
  address?: string;
}

export const readBody = async (message: IncomingMessage): Promise<string> => {
  const chunks: Buffer[] = [];
  for await (const chunk of message) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString();
};

/** One request to a port; rejects when the connection breaks before the answer is whole. */
export const ask = (port: number, options: AskOptions = {}): Promise<Answer> =>
  new Promise((resolve, reject) => {
    const { host, path = '/', scheme = 'http', method = 'GET', body, agent, address = '127.0.0.1' } = options;
    const request = (scheme === 'http' ? httpRequest : httpsRequest)({
      host: address,
      port,
      path,
      method,
      agent: agent ?? false,
      rejectUnauthorized: false,
      headers: { ...(host === undefined ? {} : { host }), ...options.headers },
    });
    request.on('error', reject);
    request.on('response', (response) => {
      readBody(response).then(
        (text) => resolve({ status: response.statusCode ?? 0, body: text, headers: response.headers }),
        reject,
      );
    });
    request.end(body);
  });

/** Asks again until `wanted` holds; the test's own time limit ends it. */
export const until = async <T>(
  get: () => Promise<T> | T,
  wanted: (value: T) => boolean,
  everyMilliseconds = 10,
): Promise<T> => {
  for (;;) {
    const value = await get();
    if (wanted(value)) return value;
    await new Promise((resolve) => setTimeout(resolve, everyMilliseconds));
  }
};
