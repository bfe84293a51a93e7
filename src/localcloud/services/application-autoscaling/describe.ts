/** Pages of the Describe calls. */
import type { Params } from '../../engine/contract.ts';
import { pageOf, type Page } from '../paging.ts';
import { invalid, invalidToken } from './store.ts';

/** `largest` is the default too. @throws ValidationException, InvalidNextTokenException */
export const describedPage = <T>(list: string, items: readonly T[], params: Params, largest: number): Page<T> => {
  const { ScalableDimension, ResourceId, ResourceIds } = params;
  if (ScalableDimension !== undefined && ResourceId === undefined && (ResourceIds ?? []).length === 0)
    throw invalid('If you specify a scalable dimension, you must also specify a resource ID.');
  const size = (params.MaxResults ?? largest) as number;
  if (size < 1 || size > largest) throw invalid(`MaxResults must be between 1 and ${largest}`);
  return pageOf(items, { list, size, token: params.NextToken, invalidToken });
};
