import { AwsError, type Params } from '../../engine/contract.ts';

/** @throws DryRunOperation (412) when the caller only asks whether it might */
export const dryRun = (params: Params): void => {
  if (params.DryRun !== true) return;
  throw new AwsError('DryRunOperation', 'Request would have succeeded, but DryRun flag is set.', 412);
};
