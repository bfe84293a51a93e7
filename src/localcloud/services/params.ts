/** Reads parameters as they come off any of the wires: a Query request knows only strings, and an empty list is ''. */
import { AwsError, type Params } from '../engine/contract.ts';

const missing = (name: string): AwsError =>
  new AwsError(
    'ValidationError',
    `1 validation error detected: Value null at '${name}' failed to satisfy constraint: Member must not be null`,
  );

export const requiredText = (params: Params, name: string): string => {
  const value: unknown = params[name];
  if (value === undefined || value === null || value === '') throw missing(name);
  return String(value);
};

export const optionalText = (params: Params, name: string): string | undefined => {
  const value: unknown = params[name];
  return value === undefined || value === null || value === '' ? undefined : String(value);
};

export const optionalInteger = (params: Params, name: string): number | undefined => {
  const value: unknown = params[name];
  if (value === undefined || value === null || value === '') return undefined;
  const number = Number(value);
  if (!Number.isInteger(number)) throw new AwsError('MalformedInput', `${name} is not an integer: ${String(value)}`);
  return number;
};

export const requiredInteger = (params: Params, name: string): number => {
  const value = optionalInteger(params, name);
  if (value === undefined) throw missing(name);
  return value;
};

export const optionalFlag = (params: Params, name: string): boolean | undefined => {
  const value: unknown = params[name];
  return value === undefined || value === null || value === '' ? undefined : String(value) === 'true';
};

export const list = <T = Params>(params: Params, name: string): T[] => {
  const value: unknown = params[name];
  return Array.isArray(value) ? (value as T[]) : [];
};

export const texts = (params: Params, name: string): string[] => list<unknown>(params, name).map(String);
