/** Does something to a request that no client would. */
import type { Random } from '../../../src/localcloud/engine/random.ts';
import type { Unsigned } from './sign.ts';

const NASTY = [
  '',
  '\u0000',
  '__proto__',
  'constructor',
  '-1',
  '1e309',
  'NaN',
  '99999999999999999999',
  'true',
  'null',
  '[]',
  '{}',
  '%',
  '%00',
  '../../../etc/passwd',
  '<script>',
  ']]>',
  '&lol;',
  '\ud800',
  '\u202e💥',
  'x'.repeat(5_000),
  '('.repeat(300),
  '${jndi:x}',
  '*'.repeat(100),
  '((a+)+)+$',
];
const BOMB =
  '<?xml version="1.0"?><!DOCTYPE b [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]><ChangeResourceRecordSetsRequest>&b;</ChangeResourceRecordSetsRequest>';

const pick = <T>(random: Random, items: readonly T[]): T => items[random.below(items.length)] as T;
const textOf = ({ body = '' }: Unsigned): string => (typeof body === 'string' ? body : Buffer.from(body).toString());

/** Puts a nasty value in the place of some value of a JSON document, or a member where none belongs. */
const spoilJson = (body: string, random: Random): string => {
  const value = JSON.parse(body) as Record<string, unknown>;
  const places: [Record<string, unknown>, string][] = [];
  const visit = (node: unknown): void => {
    if (typeof node !== 'object' || node === null) return;
    for (const [key, one] of Object.entries(node)) {
      places.push([node as Record<string, unknown>, key]);
      visit(one);
    }
  };
  visit(value);
  const [node, key] = pick(random, places);
  const values: unknown[] = [...NASTY, null, -1, 0, 1e300, 2.5, true, [], {}, [null], [[]], { a: {} }];
  if (random.below(4) === 0) delete node[key];
  else node[random.below(5) === 0 ? pick(random, NASTY) : key] = pick(random, values);
  return JSON.stringify(value);
};

const spoilForm = (body: string, random: Random): string => {
  const fields = [...new URLSearchParams(body)];
  const at = random.below(fields.length);
  const [key, value] = fields[at] as [string, string];
  const parts = key.split('.');
  const changes: [string, string][] = [
    [key, pick(random, NASTY)],
    [pick(random, NASTY), value],
    [`${key}.${pick(random, NASTY)}`, value],
    [[...parts.slice(0, -1), 'member', String(random.below(1e9))].join('.'), value],
    [key, value],
  ];
  fields.splice(at, random.below(2), pick(random, changes));
  return new URLSearchParams(fields).toString();
};

const spoilXml = (body: string, random: Random): string => {
  const tags = [...body.matchAll(/<\/?[A-Za-z]+>/g)];
  if (tags.length === 0) return BOMB;
  const tag = pick(random, tags);
  const at = tag.index;
  const changes = [
    () => BOMB,
    () => body.slice(0, at) + pick(random, NASTY) + body.slice(at),
    () => body.slice(0, at) + body.slice(at + tag[0].length),
    () => body.slice(0, at) + tag[0].repeat(1 + random.below(2_000)) + body.slice(at),
    () => body.replace(/>[^<]+</, `><![CDATA[${pick(random, NASTY)}]]><`),
    () => `${'<a>'.repeat(3_000)}${'</a>'.repeat(3_000)}`,
  ];
  return pick(random, changes)();
};

const flipBytes = (body: string, random: Random): Uint8Array => {
  const bytes = Buffer.from(body);
  for (let i = 0; i <= random.below(4) && bytes.length > 0; i += 1)
    bytes[random.below(bytes.length)] = random.below(256);
  return bytes;
};

const spoilBody = (request: Unsigned, random: Random): Unsigned => {
  const body = textOf(request);
  const way = random.below(6);
  if (way === 0) return { ...request, body: flipBytes(body, random) };
  if (way === 1) return { ...request, body: body.slice(0, random.below(body.length + 1)) };
  if (body.startsWith('{')) return { ...request, body: spoilJson(body, random) };
  if (body.startsWith('<')) return { ...request, body: spoilXml(body, random) };
  return body.includes('=') ? { ...request, body: spoilForm(body, random) } : { ...request, body: pick(random, NASTY) };
};

const safePath = (text: string): string => encodeURI(text.replaceAll(/[\ud800-\udfff]/g, '')).replaceAll('#', '');

const spoilPath = (request: Unsigned, random: Random): Unsigned => {
  const path = request.path ?? '/';
  const parts = path.split('/');
  const changes = [
    `${path}/${safePath(pick(random, NASTY))}`,
    parts.toSpliced(random.below(parts.length), 1, safePath(pick(random, NASTY))).join('/'),
    `${path}${path.includes('?') ? '&' : '?'}${safePath(pick(random, NASTY)).replaceAll('&', '')}=%zz`,
    `/${'a/'.repeat(random.below(500))}`,
  ];
  const changed = pick(random, changes);
  return { ...request, path: changed.startsWith('/') ? changed : `/${changed}` };
};

const METHODS = ['GET', 'HEAD', 'PUT', 'DELETE', 'PATCH', 'OPTIONS', 'POST'];

const spoilHeaders = (request: Unsigned, random: Random): Unsigned => {
  const target = request.headers?.['x-amz-target'] ?? '';
  const words = ['x', '__proto__', 'a.b.c', '.', `${target}x`, target.replace(/\..*/, '.'), 'y'.repeat(3_000)];
  const names = [
    'x-amz-target',
    'content-type',
    'x-amz-content-sha256',
    'content-encoding',
    'range',
    'x-amz-meta-a',
    'accept',
  ];
  return { ...request, headers: { ...request.headers, [pick(random, names)]: pick(random, words) } };
};

/** A request that is wrong in one or several ways; now and then only in ways that do not matter. */
export const mutate = (original: Unsigned, random: Random): Unsigned => {
  let request = original;
  for (let i = 0; i <= random.below(3); i += 1) {
    const way = random.below(10);
    if (way < 7 && request.body !== undefined && textOf(request) !== '') request = spoilBody(request, random);
    else if (way < 8) request = spoilPath(request, random);
    else if (way < 9) request = spoilHeaders(request, random);
    else request = { ...request, method: pick(random, METHODS) };
    // A body that was spoilt once can seldom be taken apart again.
    if (typeof request.body !== 'string' || !isWhole(request.body)) break;
  }
  return request.method === 'GET' || request.method === 'HEAD' ? withoutBody(request) : request;
};

const isWhole = (body: string): boolean => {
  if (!body.startsWith('{')) return body.startsWith('<?xml') ? /<\/\w+>\s*$/.test(body) : true;
  try {
    return Object.keys(JSON.parse(body) as object).length > 0;
  } catch {
    return false;
  }
};

const withoutBody = ({ body: _body, ...request }: Unsigned): Unsigned => request;
