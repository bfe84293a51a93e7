import type { z } from 'zod';
import type { $ZodErrorMap, $ZodIssue, $ZodRawIssue, $ZodType } from 'zod/v4/core';
import { nearest } from './domain/nearest.ts';

/** What a zod issue means to somebody who wrote a file. */
interface DescribedIssue {
  path: (string | number)[];
  message: string;
  hint?: string;
  /** Point at this key below `path` instead of at its value. */
  key?: string;
}

const TYPES: Record<string, string> = {
  string: 'text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  array: 'a list',
  object: 'a mapping',
  record: 'a mapping',
  null: 'nothing',
};

const typeOf = (value: unknown): string => {
  if (value === null) return 'nothing';
  return TYPES[Array.isArray(value) ? 'array' : typeof value] ?? typeof value;
};

export const oneOf = (values: readonly unknown[]): string =>
  values.length < 2 ? values.join('') : `${values.slice(0, -1).join(', ')} or ${String(values.at(-1))}`;

const plural = (count: unknown, noun: string): string => `${String(count)} ${noun}${Number(count) === 1 ? '' : 's'}`;

const bound = (origin: string, limit: unknown, word: string): string => {
  if (origin === 'string')
    return limit === 1 && word === 'least' ? 'must not be empty' : `must have at ${word} ${plural(limit, 'character')}`;
  if (origin === 'array') return `must have at ${word} ${limit === 1 ? '1 entry' : `${String(limit)} entries`}`;
  return `must be at ${word} ${String(limit)}`;
};

/** Words for the checks of a schema that bring none of their own; never quotes a value, which may be a secret. */
export const zodMessage: $ZodErrorMap = (issue: $ZodRawIssue): string | undefined => {
  switch (issue.code) {
    case 'invalid_type':
      return `expected ${TYPES[issue.expected] ?? issue.expected}, got ${typeOf(issue.input)}`;
    case 'too_small':
      return bound(issue.origin, issue.minimum, 'least');
    case 'too_big':
      return bound(issue.origin, issue.maximum, 'most');
    case 'invalid_value':
      return `must be ${oneOf(issue.values)}`;
    case 'invalid_format':
      return issue.format === 'regex' ? `must match ${issue.pattern}` : `must be a valid ${issue.format.toUpperCase()}`;
    case 'invalid_key':
      return issue.issues[0]?.message ?? 'this key is not allowed';
    default:
      return undefined;
  }
};

/** One zod issue as one or more issues of the file: an issue of unknown keys names several. */
export function describeZodIssue(schema: z.ZodType, value: unknown, issue: $ZodIssue): DescribedIssue[] {
  const path = issue.path.filter((step) => typeof step !== 'symbol');
  if (issue.code === 'unrecognized_keys')
    return issue.keys.map((key) => unknownKey(schemasAt(schema, path), path, key));
  if (issue.code === 'invalid_type' && !has(value, path)) {
    return [{ path: path.slice(0, -1), message: `the key "${String(path.at(-1))}" is missing` }];
  }
  if (issue.code === 'invalid_key') {
    const key = String(path.at(-1));
    return [{ path: path.slice(0, -1), message: `"${key}": ${issue.message}`, key }];
  }
  const hint = hintFor(issue, valueAt(value, path));
  return [{ path, message: issue.message, ...(hint !== undefined && { hint }) }];
}

function hintFor(issue: $ZodIssue, value: unknown): string | undefined {
  if (issue.code === 'invalid_value' && issue.values.length > 1 && typeof value === 'string') {
    const meant = nearest(value, issue.values.map(String));
    return meant === undefined ? undefined : `did you mean ${meant}?`;
  }
  const scalar = typeof value === 'number' || typeof value === 'boolean';
  return issue.code === 'invalid_type' && issue.expected === 'string' && scalar ? 'put it in quotes' : undefined;
}

function unknownKey(schemas: $ZodType[], path: (string | number)[], key: string): DescribedIssue {
  const known = schemas.flatMap(keysOf);
  const unknown = { path, message: `unknown key "${key}"`, key };
  const meant = nearest(key, known);
  if (meant !== undefined) return { ...unknown, hint: `did you mean "${meant}"?` };
  for (const child of known) {
    const below = nearest(
      key,
      schemas.flatMap((schema) => schemasAt(schema, [child]).flatMap(keysOf)),
    );
    if (below !== undefined) return { ...unknown, hint: `did you mean "${below}"? It goes under "${child}"` };
  }
  return { ...unknown, hint: `the known keys here are ${known.join(', ')}` };
}

const has = (value: unknown, path: (string | number)[]): boolean =>
  path.length === 0 || Object.hasOwn((valueAt(value, path.slice(0, -1)) ?? {}) as object, path.at(-1) ?? '');

const valueAt = (value: unknown, path: (string | number)[]): unknown =>
  path.reduce<unknown>((inner, step) => (inner as Record<string | number, unknown> | null | undefined)?.[step], value);

interface SchemaDefinition {
  type: string;
  shape?: Record<string, $ZodType>;
  innerType?: $ZodType;
  in?: $ZodType;
  element?: $ZodType;
  valueType?: $ZodType;
  options?: $ZodType[];
}

const definition = (schema: $ZodType): SchemaDefinition => schema._zod.def as unknown as SchemaDefinition;

/** The schema below `optional`, `default` and the like; several for a union. */
function bare(schema: $ZodType): $ZodType[] {
  const { innerType, in: input, options } = definition(schema);
  if (options !== undefined) return options.flatMap(bare);
  const inner = innerType ?? input;
  return inner === undefined ? [schema] : bare(inner);
}

const keysOf = (schema: $ZodType): string[] =>
  bare(schema).flatMap((inner) => Object.keys(definition(inner).shape ?? {}));

function schemasAt(schema: $ZodType, path: (string | number)[]): $ZodType[] {
  const [step, ...rest] = path;
  if (step === undefined) return bare(schema);
  return bare(schema).flatMap((inner) => {
    const { shape, element, valueType } = definition(inner);
    const next = shape?.[String(step)] ?? element ?? valueType;
    return next === undefined ? [] : schemasAt(next, rest);
  });
}
