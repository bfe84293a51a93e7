import type { Response } from 'express';

/** Who a token belongs to. */
export interface Caller {
  /** Name of the token; the actor of what it asks for. */
  name: string;
  team: string;
  admin: boolean;
}

/** What the middleware leaves for the routes in `response.locals`. */
interface Locals {
  requestId: string;
  caller: Caller;
}

export const requestIdOf = (response: Response): string => (response.locals as Locals).requestId;
export const callerOf = (response: Response): Caller => (response.locals as Locals).caller;
export const callerNameOf = (response: Response): string | undefined =>
  (response.locals as Partial<Locals>).caller?.name;
export const setLocals = (response: Response, locals: Partial<Locals>): void => {
  Object.assign(response.locals, locals);
};
