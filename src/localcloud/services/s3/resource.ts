import type { Params } from '../../engine/contract.ts';

/** `bucket` or `bucket/key`, as the journal shows it. */
export const resourceOf = ({ Bucket, Key }: Params): string | undefined =>
  Bucket === undefined ? undefined : [Bucket, Key].filter((part) => part !== undefined).join('/');
