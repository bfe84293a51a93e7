/** Filter policies: which messages a subscription gets, by their attributes or by their JSON body. */
import { invalid, type MessageAttribute } from './model.ts';

type Leaf = string | number | boolean | null;
type Json = Record<string, unknown>;
/** Undefined: there is nothing of that name. */
type Rule = (values: readonly Leaf[] | undefined) => boolean;
type Test = (source: Json) => boolean;

export type Scope = 'MessageAttributes' | 'MessageBody';

const LARGEST_KEY_COUNT = 5;
const LARGEST_COMBINATION_COUNT = 150;

const wrong = (why: string) => invalid(`FilterPolicy: ${why}`);
const isObject = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const isLeaf = (value: unknown): value is Leaf =>
  value === null || ['string', 'number', 'boolean'].includes(typeof value);

const some =
  (holds: (value: Leaf) => boolean): Rule =>
  (values) =>
    values?.some(holds) ?? false;

const text = (operand: unknown, operator: string): string => {
  if (typeof operand === 'string' && operand !== '') return operand;
  throw wrong(`${operator} match pattern must be a string`);
};

const COMPARATORS: Record<string, (value: number, operand: number) => boolean> = {
  '=': (value, operand) => value === operand,
  '<': (value, operand) => value < operand,
  '<=': (value, operand) => value <= operand,
  '>': (value, operand) => value > operand,
  '>=': (value, operand) => value >= operand,
};

/** `["=", 5]` or a range: `[">", 1, "<=", 5]`. */
const compileNumeric = (operand: unknown): Rule => {
  if (!Array.isArray(operand) || operand.length === 0 || operand.length > 4)
    throw wrong('Value of numeric must be an array of operators and numbers');
  const conditions: ((value: number) => boolean)[] = [];
  for (let i = 0; i < operand.length; i += 2) {
    const compare = COMPARATORS[String(operand[i])];
    const limit: unknown = operand[i + 1];
    if (compare === undefined) throw wrong(`Unrecognized numeric range operator: ${String(operand[i])}`);
    if (typeof limit !== 'number') throw wrong(`Value of ${String(operand[i])} must be numeric`);
    conditions.push((value) => compare(value, limit));
  }
  return some((value) => typeof value === 'number' && conditions.every((holds) => holds(value)));
};

const compileAnythingBut = (operand: unknown): Rule => {
  const inner: Rule = isObject(operand)
    ? compileOperator(operand)
    : oneOf(Array.isArray(operand) ? operand : [operand]);
  return some((value) => !inner([value]));
};

const oneOf = (wanted: readonly unknown[]): Rule => {
  if (!wanted.every(isLeaf)) throw wrong('Inside anything but list, start|null|boolean is not supported.');
  return some((value) => wanted.includes(value));
};

const OPERATORS: Record<string, (operand: unknown) => Rule> = {
  exists: (operand) => {
    if (typeof operand !== 'boolean') throw wrong('exists match pattern must be either true or false.');
    return (values) => (values !== undefined) === operand;
  },
  prefix: (operand) => {
    const prefix = text(operand, 'prefix');
    return some((value) => typeof value === 'string' && value.startsWith(prefix));
  },
  suffix: (operand) => {
    const suffix = text(operand, 'suffix');
    return some((value) => typeof value === 'string' && value.endsWith(suffix));
  },
  'equals-ignore-case': (operand) => {
    const wanted = text(operand, 'equals-ignore-case').toLowerCase();
    return some((value) => typeof value === 'string' && value.toLowerCase() === wanted);
  },
  'anything-but': compileAnythingBut,
  numeric: compileNumeric,
};

function compileOperator(operator: Json): Rule {
  const [entry, ...more] = Object.entries(operator);
  if (entry === undefined || more.length > 0) throw wrong('Only one key allowed in match expression');
  const [name, operand] = entry;
  const compile = Object.hasOwn(OPERATORS, name) ? OPERATORS[name] : undefined;
  if (compile === undefined) throw wrong(`Unrecognized match type ${name}`);
  return compile(operand);
}

const compileRule = (rule: unknown): Rule => {
  if (isLeaf(rule)) return some((value) => value === rule);
  if (isObject(rule)) return compileOperator(rule);
  throw wrong('Match value must be String, number, true, false, or null');
};

const leaves = (value: unknown): Leaf[] | undefined => {
  if (value === undefined) return undefined;
  return (Array.isArray(value) ? (value as unknown[]).flat(Infinity) : [value]).filter(isLeaf);
};

const compileKey = (key: string, wanted: unknown, scope: Scope): Test => {
  if (key === '$or' && Array.isArray(wanted) && wanted.length > 1 && wanted.every(isObject)) {
    const any = wanted.map((one) => compileObject(one, scope));
    return (source) => any.some((holds) => holds(source));
  }
  if (Array.isArray(wanted)) {
    if (wanted.length === 0) throw wrong('Empty arrays are not allowed');
    const rules = wanted.map(compileRule);
    return (source) => {
      const values = leaves(source[key]);
      return rules.some((holds) => holds(values));
    };
  }
  if (!isObject(wanted)) throw wrong(`"${key}" must be an object or an array`);
  if (scope === 'MessageAttributes')
    throw wrong('Filter policy scope MessageAttributes does not support nested filter policy');
  const nested = compileObject(wanted, scope);
  return (source) => [source[key]].flat().some((one) => isObject(one) && nested(one));
};

function compileObject(policy: Json, scope: Scope): Test {
  const tests = Object.entries(policy).map(([key, wanted]) => compileKey(key, wanted, scope));
  return (source) => tests.every((holds) => holds(source));
}

const checkLimits = (policy: Json): void => {
  if (Object.keys(policy).length > LARGEST_KEY_COUNT)
    throw wrong(`Filter policy can not have more than ${LARGEST_KEY_COUNT} keys`);
  const combinations = Object.values(policy).reduce<number>(
    (product, one) => product * (Array.isArray(one) ? one.length : 1),
    1,
  );
  if (combinations > LARGEST_COMBINATION_COUNT) throw wrong('Filter policy is too complex');
};

export interface Filtered {
  attributes: Record<string, MessageAttribute>;
  /** The message. */
  body: string;
}

/** @throws InvalidParameter for a policy that is none */
export const compileFilterPolicy = (policy: string, scope: Scope): ((message: Filtered) => boolean) => {
  let parsed: unknown;
  try {
    parsed = JSON.parse(policy);
  } catch {
    throw wrong('failed to parse JSON.');
  }
  if (!isObject(parsed)) throw wrong('Filter policy must be an object');
  checkLimits(parsed);
  const holds = compileObject(parsed, scope);
  return ({ attributes, body }) => {
    const source = scope === 'MessageAttributes' ? readAttributes(attributes) : readBody(body);
    return source !== undefined && holds(source);
  };
};

const readAttributes = (attributes: Record<string, MessageAttribute>): Json =>
  Object.fromEntries(
    Object.entries(attributes).map(([name, { DataType, StringValue = '' }]) => {
      if (DataType === 'String.Array') return [name, JSON.parse(StringValue)];
      if (DataType.startsWith('Number')) return [name, Number(StringValue)];
      return [name, DataType.startsWith('String') ? StringValue : []];
    }),
  );

const readBody = (body: string): Json | undefined => {
  try {
    const parsed: unknown = JSON.parse(body);
    return isObject(parsed) ? parsed : undefined;
  } catch {
    return undefined;
  }
};
