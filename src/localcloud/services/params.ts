/** Reads members of a call: over the wires of text an empty one is as good as none. */
import { AwsError, type Params } from '../engine/contract.ts';

export const optionalText = (params: Params, name: string): string | undefined => {
  const value: unknown = params[name];
  return value === undefined || value === '' ? undefined : String(value);
};

export const requiredText = (params: Params, name: string): string => {
  const text = optionalText(params, name);
  if (text !== undefined) return text;
  throw new AwsError(
    'ValidationError',
    `1 validation error detected: Value null at '${name}' failed to satisfy constraint: Member must not be null`,
  );
};

export const list = <T = Params>(params: Params, name: string): T[] => (params[name] ?? []) as T[];

export const texts = (params: Params, name: string): string[] => list<string>(params, name);
