import type { IncomingHttpHeaders } from 'node:http';
import type { AwsError, Params } from '../engine/contract.ts';

/** A request read whole. */
export interface WireRequest {
  method: string;
  /** Path without the query, still percent-encoded. */
  path: string;
  /** What stood behind the question mark, still percent-encoded. */
  rawQuery: string;
  query: URLSearchParams;
  headers: IncomingHttpHeaders;
  /** As text, for all that is text. */
  body: string;
  bytes: Buffer;
}

export interface WireResponse {
  status: number;
  headers: Record<string, string>;
  body: string | Uint8Array;
}

/** A request understood: which operation, with which members. */
export interface Call {
  operation: string;
  params: Params;
}

/** One protocol, both ways. `operation` and `read` throw an AwsError for what they cannot understand. */
export interface Codec {
  /** The operation's name, before its members are read. */
  operation(request: WireRequest): string;
  /** Members that the model does not know are left out, and their paths added to `unknown`. */
  read(request: WireRequest, operation: string, unknown: string[]): Params;
  answer(operation: string, result: Params, requestId: string): WireResponse;
  fail(error: AwsError, requestId: string): WireResponse;
}
