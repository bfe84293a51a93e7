/** Works metric math out: over single numbers, time series, and lists of these. */
import { invalid } from './errors.ts';
import type { Node } from './math-parser.ts';

/** Values by the time their period begins. */
export type TimeSeries = Map<number, number>;
export type Value = number | TimeSeries | TimeSeries[] | string;

interface MathScope {
  /** Of a metric or an expression of the same call. */
  value(id: string): Value;
  /** Seconds; of a metric. */
  period(id: string): number;
  /** Every metric of the call whose id contains the text. */
  metrics(text: string): TimeSeries[];
  /** Every period asked for, oldest first. */
  times(): readonly number[];
}

const isSeries = (value: Value | undefined): value is TimeSeries => value instanceof Map;
const isList = (value: Value | undefined): value is TimeSeries[] => Array.isArray(value);
const flag = (is: boolean): number => (is ? 1 : 0);

const OPERATORS: Record<string, (a: number, b: number) => number> = {
  '+': (a, b) => a + b,
  '-': (a, b) => a - b,
  '*': (a, b) => a * b,
  '/': (a, b) => a / b,
  '^': (a, b) => a ** b,
  '<': (a, b) => flag(a < b),
  '>': (a, b) => flag(a > b),
  '<=': (a, b) => flag(a <= b),
  '>=': (a, b) => flag(a >= b),
  '==': (a, b) => flag(a === b),
  '!=': (a, b) => flag(a !== b),
  AND: (a, b) => flag(a !== 0 && b !== 0),
  '&&': (a, b) => flag(a !== 0 && b !== 0),
  OR: (a, b) => flag(a !== 0 || b !== 0),
  '||': (a, b) => flag(a !== 0 || b !== 0),
};

const REDUCERS: Record<string, (values: readonly number[]) => number> = {
  SUM: (values) => values.reduce((sum, value) => sum + value, 0),
  AVG: (values) => values.reduce((sum, value) => sum + value, 0) / values.length,
  MIN: (values) => Math.min(...values),
  MAX: (values) => Math.max(...values),
};

const MAPPERS: Record<string, (value: number) => number> = { ABS: Math.abs, CEIL: Math.ceil, FLOOR: Math.floor };

/** What divides by zero has no datapoint. */
const finite = (entries: Iterable<readonly [number, number]>): TimeSeries =>
  new Map([...entries].filter(([, value]) => Number.isFinite(value)));

const mapSeries = (series: TimeSeries, change: (value: number, time: number) => number): TimeSeries =>
  finite([...series].map(([time, value]) => [time, change(value, time)] as const));

const combine = (left: Value, right: Value, apply: (a: number, b: number) => number): Value => {
  if (typeof left === 'string' || typeof right === 'string') throw invalid('A text cannot be calculated with.');
  if (isList(left)) {
    return left.map((one, i) => combine(one, isList(right) ? (right[i] ?? new Map()) : right, apply) as TimeSeries);
  }
  if (isList(right)) return right.map((one) => combine(left, one, apply) as TimeSeries);
  if (isSeries(left) && isSeries(right)) {
    return finite(
      [...left].filter(([time]) => right.has(time)).map(([time, a]) => [time, apply(a, right.get(time)!)] as const),
    );
  }
  if (isSeries(left)) return mapSeries(left, (a) => apply(a, right as number));
  if (isSeries(right)) return mapSeries(right, (b) => apply(left, b));
  return apply(left, right);
};

/** Over a list: at each time; over one series: one number. */
const reduce = (value: Value | undefined, by: (values: readonly number[]) => number): Value => {
  if (isSeries(value)) return value.size === 0 ? Number.NaN : by([...value.values()]);
  if (!isList(value)) throw invalid('SUM, AVG, MIN and MAX need time series.');
  const times = [...new Set(value.flatMap((one) => [...one.keys()]))].sort((a, b) => a - b);
  return new Map(times.map((time) => [time, by(value.flatMap((one) => one.get(time) ?? []))]));
};

const choose = ([condition, yes, no]: readonly Value[], times: readonly number[]): Value => {
  const at = (value: Value | undefined, time: number): number | undefined =>
    isSeries(value) ? value.get(time) : typeof value === 'number' ? value : undefined;
  const chosen = times.flatMap((time) => {
    const is = at(condition, time);
    const value = is === undefined ? undefined : at(is !== 0 ? yes : no, time);
    return value === undefined ? [] : [[time, value] as const];
  });
  return finite(chosen);
};

const fill = (series: Value | undefined, filler: Value | undefined, times: readonly number[]): Value => {
  if (isList(series)) return series.map((one) => fill(one, filler, times) as TimeSeries);
  if (!isSeries(series)) throw invalid('FILL needs a time series.');
  let last: number | undefined;
  const filled = times.flatMap((time) => {
    last = series.get(time) ?? (filler === 'REPEAT' ? last : typeof filler === 'number' ? filler : undefined);
    return last === undefined ? [] : [[time, last] as const];
  });
  return new Map(filled);
};

/** @throws ValidationError */
export const evaluate = (node: Node, scope: MathScope): Value => {
  if (node.kind === 'number' || node.kind === 'text') return node.value;
  if (node.kind === 'name') return node.name === 'REPEAT' ? 'REPEAT' : scope.value(node.name);
  if (node.kind === 'list') {
    return node.items.flatMap((item) => {
      const value = evaluate(item, scope);
      if (isList(value)) return value;
      if (!isSeries(value)) throw invalid('A list may hold only time series.');
      return [value];
    });
  }
  if (node.kind === 'binary') {
    const apply = OPERATORS[node.operator];
    if (apply === undefined) throw invalid(`There is no operator ${node.operator}.`);
    return combine(evaluate(node.left, scope), evaluate(node.right, scope), apply);
  }
  const { name, items } = node;
  const [first] = items;
  if (name === 'PERIOD' && first?.kind === 'name') return scope.period(first.name);
  const values = items.map((item) => evaluate(item, scope));
  if (name === 'METRICS') return scope.metrics(typeof values[0] === 'string' ? values[0] : '');
  if (name === 'IF') return choose(values, scope.times());
  if (name === 'FILL') return fill(values[0], values[1], scope.times());
  const reducer = Object.hasOwn(REDUCERS, name) ? REDUCERS[name] : undefined;
  if (reducer !== undefined) return reduce(values[0], reducer);
  const mapper = Object.hasOwn(MAPPERS, name) ? MAPPERS[name] : undefined;
  if (mapper !== undefined) return combine(values[0] ?? 0, 0, (value) => mapper(value));
  throw invalid(`The function ${name} is not supported.`);
};
