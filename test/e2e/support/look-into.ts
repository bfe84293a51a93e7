import { gunzipSync } from 'node:zlib';

/** Long enough to hold a planted text. */
const BASE64 = /[A-Za-z0-9+/_-]{16,}={0,2}/g;
const DEPTH = 4;

/**
 * Everything that can be read in a value: every text and every byte array in it, and what those hold when they are
 * taken as base64 or gzip, again and again. Sealed values stay what they are.
 */
export function* textsIn(value: unknown, depth = DEPTH): Generator<string> {
  if (typeof value === 'string') yield* textsInText(value, depth);
  else if (value instanceof Uint8Array) yield* textsInBytes(Buffer.from(value), depth);
  else if (Array.isArray(value)) for (const one of value) yield* textsIn(one, depth);
  else if (typeof value === 'object' && value !== null) {
    for (const [key, one] of Object.entries(value)) {
      yield key;
      yield* textsIn(one, depth);
    }
  }
}

function* textsInText(text: string, depth: number): Generator<string> {
  yield text;
  if (depth === 0) return;
  for (const [word] of text.matchAll(BASE64)) yield* textsInBytes(Buffer.from(word, 'base64'), depth - 1);
}

function* textsInBytes(bytes: Buffer, depth: number): Generator<string> {
  yield* textsInText(bytes.toString('latin1'), depth);
  if (depth === 0 || bytes[0] !== 0x1f || bytes[1] !== 0x8b) return;
  try {
    yield* textsInBytes(gunzipSync(bytes), depth - 1);
  } catch {
    // It only began like gzip.
  }
}

/** Names of the planted texts that can be read in a value. */
export function leaksIn(value: unknown, planted: Record<string, string>): string[] {
  const found = new Set<string>();
  for (const text of textsIn(value)) {
    for (const [name, secret] of Object.entries(planted)) if (text.includes(secret)) found.add(name);
  }
  return [...found];
}
