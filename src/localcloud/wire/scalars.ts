/** Single values between the wire and the operations. */
import { AwsError } from '../engine/contract.ts';
import type { Shape, TimestampFormat } from './model.ts';

const malformed = (path: string, what: string): AwsError =>
  new AwsError('SerializationException', `${path === '' ? 'The request' : path} is not ${what}.`);

const INTEGER_LIMIT = { integer: 2 ** 31, long: 2 ** 63 };

const numberOf = (shape: Shape, value: number, path: string): number => {
  if (!Number.isFinite(value)) throw malformed(path, 'a number');
  if (shape.type !== 'integer' && shape.type !== 'long') return value;
  const limit = INTEGER_LIMIT[shape.type];
  if (!Number.isInteger(value) || value >= limit || value < -limit) throw malformed(path, `of type ${shape.type}`);
  return value;
};

const dateOf = (value: number | string, path: string): Date => {
  const date = new Date(typeof value === 'number' ? value * 1000 : value);
  if (Number.isNaN(date.getTime())) throw malformed(path, 'a timestamp');
  return date;
};

const blobOf = (text: string, path: string): Buffer => {
  if (!/^[\w+/\s-]*={0,2}\s*$/.test(text)) throw malformed(path, 'base64');
  return Buffer.from(text, 'base64');
};

/** A scalar as JSON has it. @throws SerializationException when its type is another */
export const readJsonScalar = (shape: Shape, value: unknown, path: string): unknown => {
  switch (shape.type) {
    case 'boolean':
      if (typeof value !== 'boolean') throw malformed(path, 'a boolean');
      return value;
    case 'integer':
    case 'long':
    case 'float':
    case 'double':
      if (typeof value !== 'number') throw malformed(path, 'a number');
      return numberOf(shape, value, path);
    case 'timestamp':
      if (typeof value !== 'number' && typeof value !== 'string') throw malformed(path, 'a timestamp');
      return dateOf(value, path);
    case 'blob':
      if (typeof value !== 'string') throw malformed(path, 'a text');
      return blobOf(value, path);
    default:
      if (typeof value !== 'string') throw malformed(path, 'a text');
      return value;
  }
};

/** A scalar out of a form field, an XML element, a header or a path. @throws SerializationException */
export const readTextScalar = (shape: Shape, text: string, path: string): unknown => {
  switch (shape.type) {
    case 'boolean': {
      const folded = text.trim().toLowerCase();
      if (folded !== 'true' && folded !== 'false') throw malformed(path, 'a boolean');
      return folded === 'true';
    }
    case 'integer':
    case 'long':
    case 'float':
    case 'double':
      if (text.trim() === '') throw malformed(path, 'a number');
      return numberOf(shape, Number(text), path);
    case 'timestamp':
      return dateOf(/^-?\d+(\.\d+)?$/.test(text.trim()) ? Number(text) : text.trim(), path);
    case 'blob':
      return blobOf(text, path);
    default:
      return text;
  }
};

/** Operations give times as dates, or as the seconds since the epoch. */
const toDate = (value: unknown): Date => (value instanceof Date ? value : new Date(Number(value) * 1000));

const writeTime = (value: unknown, format: TimestampFormat): string | number => {
  const date = toDate(value);
  if (format === 'unixTimestamp') return date.getTime() / 1000;
  return format === 'rfc822' ? date.toUTCString() : date.toISOString();
};

/** A scalar for JSON. */
export const writeJsonScalar = (shape: Shape, value: unknown, format?: TimestampFormat): unknown => {
  if (shape.type === 'timestamp') return writeTime(value, format ?? shape.timestampFormat ?? 'unixTimestamp');
  if (shape.type === 'blob') return Buffer.from(value as Uint8Array).toString('base64');
  return value;
};

/** A scalar for XML and headers. */
export const writeTextScalar = (shape: Shape, value: unknown, format?: TimestampFormat): string => {
  if (shape.type === 'timestamp') return String(writeTime(value, format ?? shape.timestampFormat ?? 'iso8601'));
  if (shape.type === 'blob') return Buffer.from(value as Uint8Array).toString('base64');
  return String(value);
};
