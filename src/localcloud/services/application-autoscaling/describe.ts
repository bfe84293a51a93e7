/** Pages of the Describe calls. */
import type { Params } from '../../engine/contract.ts';
import { page, type Page } from '../cloudwatch/page.ts';
import { invalid, invalidToken } from './store.ts';

/** `largest` is the default too. @throws ValidationException, InvalidNextTokenException */
export const pageOf = <T>(list: string, items: readonly T[], params: Params, largest: number): Page<T> => {
  const { ScalableDimension, ResourceId, ResourceIds } = params;
  if (ScalableDimension !== undefined && ResourceId === undefined && (ResourceIds ?? []).length === 0)
    throw invalid('If you specify a scalable dimension, you must also specify a resource ID.');
  const size = (params.MaxResults ?? largest) as number;
  if (size < 1 || size > largest) throw invalid(`MaxResults must be between 1 and ${largest}`);
  return page(list, items, { size, token: params.NextToken, refuse: invalidToken });
};
