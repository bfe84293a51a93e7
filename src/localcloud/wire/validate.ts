/** Holds a request against its model: what is required, which values an enum has, how long and how large things are. */
import type { Params } from '../engine/contract.ts';
import { membersOf, shapeOf, type Model, type Shape } from './model.ts';

export interface Problem {
  /** A required member is missing, or a value is not one that the model allows. */
  kind: 'missing' | 'value';
  message: string;
}

const quoted = (value: unknown): string =>
  typeof value === 'object' && value !== null ? JSON.stringify(value) : String(value);

const violation = (shape: Shape, value: unknown, path: string, constraint: string): Problem => {
  const shown = shape.sensitive === true ? '[redacted]' : quoted(value).slice(0, 200);
  return { kind: 'value', message: `Value '${shown}' at '${path}' failed to satisfy constraint: ${constraint}` };
};

const checkSize = (shape: Shape, value: unknown, path: string): Problem[] => {
  const { min, max } = shape;
  if (min === undefined && max === undefined) return [];
  const isNumber = typeof value === 'number';
  const size = isNumber ? value : sizeOf(value);
  if (size === undefined) return [];
  const what = isNumber ? 'value' : 'length';
  if (min !== undefined && size < min)
    return [violation(shape, value, path, `Member must have ${what} greater than or equal to ${min}`)];
  if (max !== undefined && size > max)
    return [violation(shape, value, path, `Member must have ${what} less than or equal to ${max}`)];
  return [];
};

const sizeOf = (value: unknown): number | undefined => {
  if (typeof value === 'string' || Array.isArray(value)) return value.length;
  if (Buffer.isBuffer(value)) return value.length;
  return typeof value === 'object' && value !== null && !(value instanceof Date)
    ? Object.keys(value).length
    : undefined;
};

const lowerFirst = (name: string): string => name.slice(0, 1).toLowerCase() + name.slice(1);
const join = (path: string, name: string): string => (path === '' ? name : `${path}.${name}`);

const check = (model: Model, shape: Shape, value: unknown, path: string): Problem[] => {
  if (shape.type === 'structure') {
    const given = value as Params;
    const missing = (shape.required ?? [])
      .filter((name) => given[name] === undefined)
      .map((name): Problem => ({
        kind: 'missing',
        message: `Value null at '${join(path, lowerFirst(name))}' failed to satisfy constraint: Member must not be null`,
      }));
    const inner = membersOf(shape).flatMap(([name, { shape: of }]) =>
      given[name] === undefined ? [] : check(model, shapeOf(model, of), given[name], join(path, lowerFirst(name))),
    );
    return [...missing, ...inner];
  }
  const own = checkSize(shape, value, path);
  if (shape.type === 'list' && shape.member !== undefined) {
    const of = shapeOf(model, shape.member.shape);
    return [...own, ...(value as unknown[]).flatMap((one, i) => check(model, of, one, `${path}.${i + 1}.member`))];
  }
  if (shape.type === 'map' && shape.value !== undefined) {
    const of = shapeOf(model, shape.value.shape);
    return [
      ...own,
      ...Object.entries(value as Params).flatMap(([key, one]) => check(model, of, one, `${path}.${key}`)),
    ];
  }
  if (shape.enum !== undefined && !shape.enum.includes(String(value))) {
    return [...own, violation(shape, value, path, `Member must satisfy enum value set: [${shape.enum.join(', ')}]`)];
  }
  return own;
};

/** Everything that is wrong with the members of a call, in the words of AWS; empty when nothing is. */
export const findProblems = (model: Model, operation: string, params: Params): Problem[] => {
  const { input } = model.operations[operation] ?? {};
  return input === undefined ? [] : check(model, shapeOf(model, input), params, '');
};

/** `2 validation errors detected: …; …` */
export const describeProblems = (problems: readonly Problem[]): string =>
  `${problems.length} validation error${problems.length === 1 ? '' : 's'} detected: ${problems.map(({ message }) => message).join('; ')}`;

/** A copy for showing: what the model calls sensitive is redacted, bytes are counted. */
export const redact = (model: Model, operation: string, params: Params): Params => {
  const { input } = model.operations[operation] ?? {};
  return input === undefined ? params : (redactValue(model, shapeOf(model, input), params) as Params);
};

const redactValue = (model: Model, shape: Shape, value: unknown): unknown => {
  if (value === undefined || value === null) return value;
  if (shape.sensitive === true) return '[redacted]';
  if (shape.type === 'blob') return `[${(value as Uint8Array).length} bytes]`;
  if (shape.type === 'structure') {
    return Object.fromEntries(
      Object.entries(value as Params).map(([name, one]) => {
        const member = shape.members?.[name];
        return [name, member === undefined ? one : redactValue(model, shapeOf(model, member.shape), one)];
      }),
    );
  }
  if (shape.type === 'list' && shape.member !== undefined) {
    const of = shapeOf(model, shape.member.shape);
    return (value as unknown[]).map((one) => redactValue(model, of, one));
  }
  if (shape.type === 'map' && shape.value !== undefined) {
    const of = shapeOf(model, shape.value.shape);
    return Object.fromEntries(Object.entries(value as Params).map(([key, one]) => [key, redactValue(model, of, one)]));
  }
  return value;
};
