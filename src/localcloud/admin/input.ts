/** Reads what callers of the admin endpoint send: JSON whose mistakes are named. */
import { AdminError } from './route.ts';

export type Body = Record<string, unknown>;

/** One member of a body. */
export type Member = { what: string; isOptional?: true } & (
  { type: 'text' } | { type: 'boolean' } | { type: 'object' } | { type: 'number'; least?: number; most?: number }
);

export type Members = Record<string, Member>;

interface Types {
  text: string;
  boolean: boolean;
  object: Body;
  number: number;
}
type Value<M extends Member> = Types[M['type']];

/** The members as they were read: what is optional may be undefined. */
export type Given<M extends Members> = {
  [K in keyof M]: M[K] extends { isOptional: true } ? Value<M[K]> | undefined : Value<M[K]>;
};

export const parseBody = (body: string): Body => {
  try {
    const value: unknown = JSON.parse(body === '' ? '{}' : body);
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Body;
  } catch {
    // Answered below, with the other kinds of wrong bodies.
  }
  throw new AdminError(400, 'the body has to be a JSON object');
};

const readMember = (name: string, member: Member, value: unknown): unknown => {
  if (value === undefined) {
    if (member.isOptional === true) return undefined;
    throw new AdminError(400, `${name} is missing: ${member.what}`);
  }
  if (member.type === 'text') {
    if (typeof value === 'string' && value !== '') return value;
    throw new AdminError(400, `${name} has to be a text`);
  }
  if (member.type === 'boolean') {
    if (typeof value === 'boolean') return value;
    throw new AdminError(400, `${name} has to be true or false`);
  }
  if (member.type === 'object') {
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value;
    throw new AdminError(400, `${name} has to be a JSON object`);
  }
  const { least = 0, most = Infinity } = member;
  if (typeof value === 'number' && value >= least && value <= most) return value;
  const bounds = most === Infinity ? `of at least ${least}` : `from ${least} to ${most}`;
  throw new AdminError(400, `${name} has to be a number ${bounds}`);
};

/** @throws AdminError 400 for members that are missing, wrong or unknown */
export const readMembers = <M extends Members>(members: M, body: Body): Given<M> => {
  const unknown = Object.keys(body).find((name) => !Object.hasOwn(members, name));
  if (unknown !== undefined) {
    const known = Object.keys(members);
    throw new AdminError(400, `${unknown} is not known here: ${known.length === 0 ? 'nothing is' : known.join(', ')}`);
  }
  return Object.fromEntries(
    Object.entries(members).map(([name, member]) => [name, readMember(name, member, body[name])]),
  ) as Given<M>;
};

/** For the list of calls. */
export const describeMembers = (members: Members): Record<string, string> =>
  Object.fromEntries(
    Object.entries(members).map(([name, { what, isOptional }]) => [
      name,
      isOptional === true ? `${what} (optional)` : what,
    ]),
  );

/** A number out of a query. @throws AdminError 400 */
export const queryNumber = (query: URLSearchParams, name: string): number | undefined => {
  const text = query.get(name);
  if (text === null || text === '') return undefined;
  const value = Number(text);
  if (Number.isFinite(value) && value >= 0) return value;
  throw new AdminError(400, `${name} has to be a number, not "${text}"`);
};

/** A time out of a query: ISO 8601, or cloud milliseconds since the epoch. @throws AdminError 400 */
export const queryTime = (query: URLSearchParams, name: string): number | undefined => {
  const text = query.get(name);
  if (text === null || text === '') return undefined;
  const time = /^\d+$/.test(text) ? Number(text) : Date.parse(text);
  if (Number.isFinite(time)) return time;
  throw new AdminError(400, `${name} has to be a time, as 2026-01-01T00:00:00Z or in milliseconds, not "${text}"`);
};
