/** Keeps web pages of others from steering the cloud through the browser of somebody who runs it. */
import { isIP } from 'node:net';
import type { WireRequest } from '../wire/message.ts';

/** Names that public DNS cannot point here: of this machine, of a container network, of a local one. */
const isLocalName = (name: string): boolean => !name.includes('.') || /\.(localhost|local|internal)$/.test(name);

const nameOf = (host: string): string => host.replace(/:\d+$/, '').replace(/^\[(.*)\]$/, '$1');

/** Why a request is not to be obeyed; undefined when it is. */
export const findIntruder = ({ headers }: Pick<WireRequest, 'headers'>): string | undefined => {
  const { host = '', origin } = headers;
  const name = nameOf(host).toLowerCase();
  if (isIP(name) === 0 && !isLocalName(name)) return `requests for the host ${name} are not answered here`;
  if (origin === undefined || origin === `http://${host}`) return undefined;
  return 'pages of another origin may not call this endpoint';
};
