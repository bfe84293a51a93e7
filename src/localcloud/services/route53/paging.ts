/** Pages of Route 53's lists: `MaxItems` is a text, and more than the largest page is taken for the largest. */
import type { Params } from '../../engine/contract.ts';
import { optionalText } from '../params.ts';
import { invalidInput } from './errors.ts';

export const readPageSize = (params: Params, largest: number): number => {
  const text = optionalText(params, 'MaxItems');
  if (text === undefined) return largest;
  if (!/^\d{1,9}$/.test(text) || Number(text) < 1) throw invalidInput(`Invalid value for maxitems: ${text}`);
  return Math.min(Number(text), largest);
};

/** A list whose marker is the id its page begins with. */
export const pageById = <T extends { id: string }>(all: readonly T[], params: Params, largest: number) => {
  const most = readPageSize(params, largest);
  const marker = optionalText(params, 'Marker');
  const start = marker === undefined ? 0 : all.findIndex(({ id }) => id === marker);
  if (start < 0) throw invalidInput(`Invalid marker: ${marker}`);
  const next = all[start + most];
  return {
    items: all.slice(start, start + most),
    members: {
      Marker: marker ?? '',
      IsTruncated: next !== undefined,
      NextMarker: next?.id,
      MaxItems: String(most),
    },
  };
};
