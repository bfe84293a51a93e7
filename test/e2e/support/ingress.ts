import assert from 'node:assert/strict';
import { request } from 'node:http';
import type { Stack } from '../../setup/stack.ts';

/** What a task of the local cloud answers. */
export interface Served {
  service: string;
  /** Image tag. */
  version: string;
  revision: number;
}

/** One request for a domain through the ingress, as its users would make it. */
export function visit(
  { client }: { client: Pick<Stack['client'], 'ingressUrl'> },
  domain: string,
): Promise<{ status: number; served: Partial<Served> }> {
  return new Promise((resolve, reject) => {
    const asked = request(client.ingressUrl, { headers: { host: domain, connection: 'close' } }, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
      response.once('error', reject).once('end', () => {
        const status = response.statusCode ?? 0;
        resolve({ status, served: status === 200 ? (JSON.parse(text) as Served) : {} });
      });
    });
    asked.once('error', reject).end();
  });
}

/** Every one of some requests is answered by this version. */
export async function assertServes(stack: Stack, domain: string, version: string): Promise<void> {
  const answers = await Promise.all(Array.from({ length: 8 }, () => visit(stack, domain)));
  const got = answers.map(({ status, served }) => (status === 200 ? served.version : status));
  assert.deepEqual(
    got,
    Array.from({ length: 8 }, () => version),
    `${domain} is served by other versions`,
  );
}
