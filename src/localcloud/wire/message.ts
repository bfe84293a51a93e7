import type { IncomingHttpHeaders } from 'node:http';
import type { AwsError, Params } from '../engine/contract.ts';

/** A request read whole. */
export interface WireRequest {
  method: string;
  /** Path without the query, still percent-encoded. */
  path: string;
  query: URLSearchParams;
  headers: IncomingHttpHeaders;
  body: string;
}

export interface WireResponse {
  status: number;
  headers: Record<string, string>;
  body: string;
}

/** A request understood: which operation, with which members. */
export interface Call {
  operation: string;
  params: Params;
}

/** One protocol, both ways. `read` throws an AwsError for what it cannot understand. */
export interface Codec {
  read(request: WireRequest): Call;
  answer(operation: string, result: Params, requestId: string): WireResponse;
  fail(error: AwsError, requestId: string): WireResponse;
}
