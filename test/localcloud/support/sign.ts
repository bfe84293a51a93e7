/** Raw requests with a signature, by the SDK's own signer: for what no client would send. */
import { createHash, createHmac } from 'node:crypto';
import { SignatureV4 } from '@smithy/signature-v4';
import { sdkConfig } from '../cloud-kit.ts';

/** What the signer needs of a hash; Node's own do. */
class Sha256 {
  readonly #hash;
  constructor(secret?: string | ArrayBuffer | ArrayBufferView) {
    this.#hash = secret === undefined ? createHash('sha256') : createHmac('sha256', Buffer.from(secret as Uint8Array));
  }
  update(data: string | Uint8Array | ArrayBuffer): void {
    this.#hash.update(typeof data === 'string' ? data : Buffer.from(data as Uint8Array));
  }
  reset(): void {}
  digest(): Promise<Uint8Array> {
    return Promise.resolve(this.#hash.digest());
  }
}

export interface Unsigned {
  method?: string;
  /** With its query, percent-encoded. */
  path?: string;
  headers?: Record<string, string>;
  body?: string | Uint8Array;
  /** Service of the credential scope. */
  service: string;
  credentials?: { accessKeyId: string; secretAccessKey: string };
  /** When it claims to be signed. @default now */
  at?: Date;
}

/** The headers of the request, `authorization` among them. */
export const signed = async (url: string, request: Unsigned): Promise<Record<string, string>> => {
  const { method = 'POST', path = '/', headers = {}, body = '', service, at = new Date() } = request;
  const credentials = request.credentials ?? sdkConfig(url).credentials;
  const { hostname, port, protocol } = new URL(url);
  const [pathname = '/', query = ''] = path.split('?');
  const signer = new SignatureV4({
    service,
    region: 'eu-west-1',
    credentials,
    sha256: Sha256,
    uriEscapePath: service !== 's3',
  });
  const result = await signer.sign(
    {
      method,
      protocol,
      hostname,
      port: Number(port),
      path: pathname,
      query: Object.fromEntries(new URLSearchParams(query)),
      headers: { host: `${hostname}:${port}`, ...headers },
      body,
    },
    { signingDate: at },
  );
  return result.headers;
};

/** Sends it, and answers what came back. */
export const sendSigned = async (
  url: string,
  request: Unsigned,
): Promise<{ status: number; headers: Headers; text: string }> => {
  const { host: _host, ...headers } = await signed(url, request);
  const response = await fetch(`${url}${request.path ?? '/'}`, {
    method: request.method ?? 'POST',
    headers,
    ...(request.body === undefined ? {} : { body: request.body as string }),
  });
  return { status: response.status, headers: response.headers, text: await response.text() };
};
