/** REST operations by method, path and query, as their model has them. */
import { AwsError } from '../engine/contract.ts';
import type { WireRequest } from './message.ts';
import type { ModelOperation } from './model.ts';

/** A query key or header that has to be there. */
export interface Need {
  location: 'querystring' | 'header';
  name: string;
}

/** An operation's URI taken apart: `/2013-04-01/hostedzone/{Id}/rrset`, `/{Bucket}?list-type=2`. */
export interface Route {
  operation: string;
  method: string;
  path: { literal?: string; member?: string; isGreedy: boolean }[];
  /** Query keys that have to be there, with a value or without. */
  query: [string, string | undefined][];
  needs: Need[];
  status: number;
}

export const readRoute = (
  operation: string,
  { method, uri, status = 200 }: ModelOperation,
  needs: Need[] = [],
): Route => {
  const [path = '', query = ''] = uri.split('?');
  return {
    operation,
    method,
    status,
    needs,
    path: (path === '/' ? path : path.replace(/\/+$/, '')).split('/').map((part) => {
      const [, member, plus] = /^\{(\w+)(\+?)\}$/.exec(part) ?? [];
      return member === undefined ? { literal: part, isGreedy: false } : { member, isGreedy: plus === '+' };
    }),
    query: query
      .split('&')
      .filter((pair) => pair !== '' && !pair.startsWith('x-id='))
      .map((pair) => {
        const [key = '', value] = pair.split('=');
        return [key, value];
      }),
  };
};

const decode = (text: string): string => {
  try {
    return decodeURIComponent(text);
  } catch {
    throw new AwsError('InvalidInput', 'The path of the request is not well encoded.');
  }
};

/** The path members when the request is of this route. */
export const matchRoute = (route: Route, request: WireRequest, have: string[]): Record<string, string> | undefined => {
  if (route.method !== request.method) return undefined;
  for (const [key, value] of route.query) {
    if (!request.query.has(key) || (value !== undefined && request.query.get(key) !== value)) return undefined;
  }
  for (const { location, name } of route.needs) {
    const isThere = location === 'header' ? request.headers[name.toLowerCase()] !== undefined : request.query.has(name);
    if (!isThere) return undefined;
  }
  const members: Record<string, string> = {};
  for (const [i, { literal, member, isGreedy }] of route.path.entries()) {
    const part = isGreedy ? have.slice(i).join('/') : have[i];
    if (part === undefined || (member !== undefined && part === '')) return undefined;
    if (member === undefined && part !== literal) return undefined;
    if (member !== undefined) members[member] = decode(part);
    if (isGreedy) return members;
  }
  return have.length === route.path.length ? members : undefined;
};
