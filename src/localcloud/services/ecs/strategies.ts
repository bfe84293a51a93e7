/** Placement strategies: each keeps, of the instances that are left, those it likes best. */
import type { Params } from '../../engine/contract.ts';
import type { Random } from '../../engine/random.ts';
import { invalid } from './input.ts';
import type { Candidate } from './placement.ts';

/** `left`: where the task can go; `all`: every ACTIVE instance, for counting. */
export type Preference = (left: Candidate[], all: readonly Candidate[], random: Random) => Candidate[];

const MOST = 5;
const ZONE = 'attribute:ecs.availability-zone';

/** What a service gets that asks for nothing. */
export const SERVICE_DEFAULT: readonly Params[] = [
  { type: 'spread', field: ZONE },
  { type: 'spread', field: 'instanceId' },
];
/** What RunTask gets that asks for nothing. */
export const TASK_DEFAULT: readonly Params[] = [{ type: 'random' }];

/** Value of a strategy's field on an instance; an instance without the attribute is a group of its own kind. */
export const valueOf = (field: string, { instance, zone }: Pick<Candidate, 'instance' | 'zone'>): string => {
  if (field === 'instanceId' || field === 'host') return instance.id;
  if (field === ZONE) return zone;
  const name = field.slice('attribute:'.length);
  return instance.attributes.find((attribute) => attribute.name === name)?.value ?? '';
};

const least = <T>(items: readonly T[], rank: (item: T) => number): T[] => {
  let best = Infinity;
  let kept: T[] = [];
  for (const item of items) {
    const value = rank(item);
    if (value < best) {
      best = value;
      kept = [];
    }
    if (value === best) kept.push(item);
  }
  return kept;
};

const spread =
  (field: string): Preference =>
  (left, all) => {
    if (field === 'instanceId' || field === 'host') return least(left, ({ siblings }) => siblings);
    const counts = new Map<string, number>();
    for (const one of all) {
      const value = valueOf(field, one);
      counts.set(value, (counts.get(value) ?? 0) + one.siblings);
    }
    return least(left, (one) => counts.get(valueOf(field, one)) ?? 0);
  };

const binpack =
  (field: 'cpu' | 'memory'): Preference =>
  (left) =>
    least(left, ({ instance, usage }) => instance[field] - usage[field]);

const random: Preference = (left, _all, { below }) => [left[below(left.length)] as Candidate];

/** @throws InvalidParameterException a type, a field or a number of strategies that AWS does not take. */
export const readStrategies = (strategies: readonly Params[]): Preference[] => {
  if (strategies.length > MOST) throw invalid(`placement strategies can have at most ${MOST} items.`);
  return strategies.map((strategy) => {
    const type = String(strategy.type);
    const field = String(strategy.field ?? '');
    if (type === 'random') return random;
    if (type === 'binpack') {
      const resource = field.toLowerCase();
      if (resource === 'cpu' || resource === 'memory') return binpack(resource);
      throw invalid(`The field '${field}' is not valid for the placement strategy binpack: use cpu or memory.`);
    }
    if (type !== 'spread') throw invalid(`The placement strategy type '${type}' is not valid.`);
    if (/^(?:instanceId|host)$/i.test(field)) return spread('instanceId');
    if (/^attribute:.+/.test(field)) return spread(field);
    throw invalid(`The field '${field}' is not valid for the placement strategy spread.`);
  });
};
