/** An HTTP endpoint of a test's own that keeps what is posted to it. */
import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { readBody } from './http.ts';

export interface Mail {
  headers: IncomingHttpHeaders;
  body: string;
}

export type Inbox = Awaited<ReturnType<typeof openInbox>>;

export const openInbox = async () => {
  const mails: Mail[] = [];
  const statuses: number[] = [];
  let arrived = (): void => undefined;
  const server = createServer((request, response) => {
    void readBody(request).then((body) => {
      response.writeHead(statuses.shift() ?? 200).end();
      mails.push({ headers: request.headers, body });
      arrived();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    url,
    mails,
    /** The next requests are answered so; 200 after these. */
    answer: (...next: number[]): void => void statuses.push(...next),
    /** The mail of this number, counted from 0, when it is there. */
    mail: async (number: number): Promise<Mail> => {
      while (mails[number] === undefined) await new Promise<void>((resolve) => (arrived = resolve));
      return mails[number];
    },
    close: (): void => {
      server.close();
      server.closeAllConnections();
    },
  };
};
