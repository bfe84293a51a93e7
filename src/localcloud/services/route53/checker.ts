/** Asks an endpoint once, as a Route 53 health checker does from outside. The answer is the text of a StatusReport. */
import { request as httpRequest, STATUS_CODES, type IncomingMessage } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { connect } from 'node:net';
import type { Params } from '../../engine/contract.ts';
import type { Engine } from '../../registration.ts';
import type { Elb } from '../elb.ts';
import { isSearching } from './health-check-config.ts';
import type { Resolver } from './resolver.ts';

/** Real time an endpoint has for a connection; an HTTP answer has to follow within. */
const PATIENCE_MILLISECONDS = 4_000;
/** Bytes of a body that are searched. */
const SEARCHED_BYTES = 5_120;

const UNREACHABLE = 'Failure: The health checker could not establish a connection within the timeout limit.';
const UNRESOLVED = 'Failure: DNS resolution failed: Rcode NXDomain(3)';
const CONNECTED = 'Success: A TCP connection was established.';
const NOT_FOUND = 'Failure: The search string was not found in the first 5120 bytes of the response body.';

export type Checker = (config: Params) => string | Promise<string>;

interface Ports {
  engine: Pick<Engine, 'network' | 'settings'>;
  elb: Pick<Elb, 'findByDnsName' | 'list'>;
  resolver: Pick<Resolver, 'resolve'>;
}

/** Without a data plane the health of the balancer's instances stands for the answer, and nothing is a promise. */
export const createChecker =
  ({ engine, elb, resolver }: Ports): Checker =>
  (config) => {
    const { IPAddress, FullyQualifiedDomainName } = config as { IPAddress?: string; FullyQualifiedDomainName?: string };
    const balancer =
      IPAddress === undefined
        ? elb.findByDnsName(resolver.resolve(FullyQualifiedDomainName ?? ''))
        : elb.list().find(({ settings }) => settings.address === IPAddress);
    if (balancer === undefined) return IPAddress === undefined ? UNRESOLVED : UNREACHABLE;
    const { settings } = balancer;
    const listener = settings.listeners.find(({ loadBalancerPort }) => loadBalancerPort === config.Port);
    if (listener === undefined) return UNREACHABLE;
    if (!engine.settings.dataPlane)
      return config.Type === 'TCP' ? CONNECTED : statusText(balancer.isServing() ? 200 : 503);
    const place = engine.network.resolve(settings.address, listener.loadBalancerPort);
    if (place === undefined) return UNREACHABLE;
    return config.Type === 'TCP' ? checkTcp(place) : checkHttp(place, config);
  };

const statusText = (status: number, reason = STATUS_CODES[status] ?? ''): string =>
  `${status >= 200 && status < 400 ? 'Success' : 'Failure'}: HTTP Status Code ${status}, ${reason}`;

const checkTcp = (place: { host: string; port: number }): Promise<string> =>
  new Promise((resolve) => {
    const socket = connect({ ...place, timeout: PATIENCE_MILLISECONDS });
    const finish = (status: string): void => {
      resolve(status);
      socket.destroy();
    };
    socket.on('connect', () => finish(CONNECTED));
    socket.on('timeout', () => finish(UNREACHABLE));
    socket.on('error', () => finish(UNREACHABLE));
  });

const checkHttp = (place: { host: string; port: number }, config: Params): Promise<string> => {
  const isSecure = String(config.Type).startsWith('HTTPS');
  return new Promise((resolve) => {
    const request = (isSecure ? httpsRequest : httpRequest)({
      ...place,
      path: String(config.ResourcePath ?? '/').replace(/^(?!\/)/, '/'),
      headers: {
        host: String(config.FullyQualifiedDomainName ?? config.IPAddress),
        'user-agent': 'Amazon-Route53-Health-Check-Service (ref local; report http://amzn.to/1vsZADi)',
        connection: 'close',
      },
      agent: false,
      rejectUnauthorized: false,
      timeout: PATIENCE_MILLISECONDS,
    });
    request.on('timeout', () => request.destroy(new Error('timeout')));
    request.on('error', () => resolve(UNREACHABLE));
    request.on('response', (response) => {
      void judge(response, config).then((status) => {
        resolve(status);
        request.destroy();
      });
    });
    request.end();
  });
};

const judge = async (response: IncomingMessage, config: Params): Promise<string> => {
  const status = statusText(response.statusCode ?? 0, response.statusMessage);
  if (!isSearching(config) || status.startsWith('Failure')) return status;
  return (await readStart(response)).includes(String(config.SearchString)) ? status : NOT_FOUND;
};

const readStart = async (response: IncomingMessage): Promise<string> => {
  const chunks: Buffer[] = [];
  let size = 0;
  try {
    for await (const chunk of response) {
      chunks.push(chunk as Buffer);
      size += (chunk as Buffer).length;
      if (size >= SEARCHED_BYTES) break;
    }
  } catch {
    // What has arrived before it broke is searched.
  }
  return Buffer.concat(chunks).subarray(0, SEARCHED_BYTES).toString();
};
