/** Expressions that say when: `at(yyyy-mm-ddThh:mm:ss)`, `rate(value unit)`, `cron(minutes hours day month weekday year)`. */
import { invalid } from './store.ts';

export type Schedule =
  /** Wall time of its zone. */
  { kind: 'at'; local: string } | { kind: 'rate'; milliseconds: number } | { kind: 'cron'; fields: Field[] };

/** Whether a value of this field is meant. */
type Field = (value: number) => boolean;

const UNITS: Record<string, number> = { minute: 60_000, hour: 3_600_000, day: 86_400_000 };
const MONTHS = ['JAN', 'FEB', 'MAR', 'APR', 'MAY', 'JUN', 'JUL', 'AUG', 'SEP', 'OCT', 'NOV', 'DEC'];
const WEEKDAYS = ['SUN', 'MON', 'TUE', 'WED', 'THU', 'FRI', 'SAT'];
/** Smallest and largest value of each field of a cron expression; names count from the smallest. */
const FIELDS = [
  { min: 0, max: 59, names: [] },
  { min: 0, max: 23, names: [] },
  { min: 1, max: 31, names: [] },
  { min: 1, max: 12, names: MONTHS },
  { min: 1, max: 7, names: WEEKDAYS },
  { min: 1970, max: 2199, names: [] },
];

const refuse = (text: string): Error => invalid(`Invalid schedule expression: ${text}`);

const readRate = (text: string): Schedule => {
  const [, digits = '', unit = '', plural = ''] = /^rate\((\d+) (minute|hour|day)(s?)\)$/.exec(text) ?? [];
  const value = Number(digits);
  if (value === 0 || (value === 1) !== (plural === '')) throw refuse(text);
  return { kind: 'rate', milliseconds: value * UNITS[unit]! };
};

const readField = (text: string, i: number): Field => {
  const { min, max, names } = FIELDS[i]!;
  const number = (word: string): number => {
    const named = names.indexOf(word.toUpperCase());
    const value = named === -1 ? Number(word) : named + min;
    if (word === '' || !Number.isInteger(value) || value < min || value > max) throw refuse(text);
    return value;
  };
  const parts = text.split(',').map((part): Field => {
    const [range = '', step] = part.split('/');
    const every = step === undefined ? 1 : Number(step);
    if (!(every >= 1)) throw refuse(text);
    const [first = '', last] = range.split('-');
    const from = first === '*' || first === '?' ? min : number(first);
    const isOpen = first === '*' || first === '?' || (step !== undefined && last === undefined);
    const to = last === undefined ? (isOpen ? max : from) : number(last);
    return (value) => value >= from && value <= to && (value - from) % every === 0;
  });
  return (value) => parts.some((part) => part(value));
};

/** @throws ValidationException */
export const readSchedule = (text: string): Schedule => {
  const [, local] = /^at\((\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)\)$/.exec(text) ?? [];
  if (local !== undefined && !Number.isNaN(Date.parse(`${local}Z`))) return { kind: 'at', local };
  if (text.startsWith('rate(')) return readRate(text);
  const fields = /^cron\((.*)\)$/.exec(text)?.[1]?.trim().split(/\s+/);
  if (fields?.length !== FIELDS.length) throw refuse(text);
  return { kind: 'cron', fields: fields.map(readField) };
};

/** `2026-01-31T12:00:00` as clocks of this zone show it. */
export const localTime = (milliseconds: number, timezone = 'UTC'): string =>
  new Intl.DateTimeFormat('sv-SE', { timeZone: timezone, dateStyle: 'short', timeStyle: 'medium' })
    .format(milliseconds)
    .replace(' ', 'T');

/** Of a full minute. */
export const matches = (fields: readonly Field[], local: string): boolean => {
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0] = local.split(/\D/).map(Number);
  const weekday = new Date(`${local}Z`).getUTCDay() + 1;
  return [minute, hour, day, month, weekday, year].every((value, i) => fields[i]?.(value) ?? false);
};
