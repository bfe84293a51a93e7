import type { RequestHandler } from 'express';
import type { AccountReader } from '../account.ts';

/** Every answer says which account it speaks of: `wonderland-account: <id> <region> <environment>`. */
export const accountHeader =
  (account: AccountReader): RequestHandler =>
  async (_request, response, next) => {
    const { id, region, environment } = await account();
    response.setHeader('wonderland-account', `${id} ${region} ${environment}`);
    next();
  };
