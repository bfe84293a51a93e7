/** One health check: opens a real connection to where the instance listens; for HTTP only 200 counts. */
import { request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { connect as tcpConnect } from 'node:net';
import { connect as tlsConnect } from 'node:tls';
import { isWeb, type Protocol } from './model.ts';

export interface Target {
  protocol: Protocol;
  port: number;
  /** Only with HTTP and HTTPS. */
  path?: string;
}

export const parseTarget = (text: string): Target | undefined => {
  const match = /^(HTTP|HTTPS|TCP|SSL):(\d{1,5})(\/.*)?$/i.exec(text);
  if (match === null) return undefined;
  const protocol = match[1]!.toUpperCase() as Protocol;
  const port = Number(match[2]);
  if (port < 1 || port > 65535 || isWeb(protocol) !== (match[3] !== undefined)) return undefined;
  return { protocol, port, ...(match[3] === undefined ? {} : { path: match[3] }) };
};

/** Without a data plane: what the check makes of a status, or of nothing that listens. */
export const passes = ({ protocol }: Target, status: number | undefined): boolean =>
  isWeb(protocol) ? status === 200 : status !== undefined;

/** A time limit is counted in so many parts: see `expire`. */
const PARTS = 10;

/** Answers whether the check passed, at the latest after so many *real* milliseconds. */
export const probe = (
  address: { host: string; port: number },
  target: Target,
  timeoutMilliseconds: number,
): Promise<boolean> =>
  new Promise((resolve) => {
    const finish = (passed: boolean): void => {
      cancel();
      resolve(passed);
      attempt.destroy();
    };
    const attempt = open(address, target, finish);
    attempt.on('error', () => finish(false));
    const cancel = expire(timeoutMilliseconds, () => finish(false));
  });

/**
 * Instances live in this very process: while it gets no processor they cannot answer, and that must not count against
 * them. A standstill, however long, costs at most one part of the time.
 */
const expire = (milliseconds: number, done: () => void): (() => void) => {
  let timer: NodeJS.Timeout;
  const wait = (left: number): void => {
    timer = setTimeout(() => (left === 1 ? done() : wait(left - 1)), milliseconds / PARTS);
  };
  wait(PARTS);
  return () => clearTimeout(timer);
};

const open = ({ host, port }: { host: string; port: number }, target: Target, done: (passed: boolean) => void) => {
  if (target.protocol === 'TCP') return tcpConnect({ host, port }, () => done(true));
  if (target.protocol === 'SSL') return tlsConnect({ host, port, rejectUnauthorized: false }, () => done(true));
  const headers = { 'user-agent': 'ELB-HealthChecker/1.0', connection: 'close' };
  const options = { host, port, path: target.path, agent: false, rejectUnauthorized: false, headers };
  const request = target.protocol === 'HTTP' ? httpRequest(options) : httpsRequest(options);
  request.on('response', (response) => done(response.statusCode === 200));
  return request.end();
};
