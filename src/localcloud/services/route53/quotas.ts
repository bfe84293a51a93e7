/** Quotas of an account. They are shown always, and held against only when the cloud is strict. */
import type { Operation, OperationTable } from '../../engine/contract.ts';
import { requiredText } from '../params.ts';
import { findDelegationSet } from './delegation-sets.ts';
import { invalidInput } from './errors.ts';
import { QUOTAS } from './quota-values.ts';
import type { Context } from './state.ts';
import { findZone } from './zones.ts';

export const createQuotaOperations = ({ state }: Context): OperationTable => {
  const account: Operation = (params) => {
    const Type = requiredText(params, 'Type');
    const { zones, healthChecks, delegationSets } = state();
    const counts: Record<string, [number, number]> = {
      MAX_HOSTED_ZONES_BY_OWNER: [QUOTAS.zones, Object.keys(zones).length],
      MAX_HEALTH_CHECKS_BY_OWNER: [QUOTAS.healthChecks, Object.keys(healthChecks).length],
      MAX_REUSABLE_DELEGATION_SETS_BY_OWNER: [QUOTAS.delegationSets, Object.keys(delegationSets).length],
      MAX_TRAFFIC_POLICIES_BY_OWNER: [50, 0],
      MAX_TRAFFIC_POLICY_INSTANCES_BY_OWNER: [5, 0],
    };
    const [Value, Count] = counts[Type] ?? [];
    if (Value === undefined || Count === undefined)
      throw invalidInput(`Invalid parameter : Type ${Type} is not served`);
    return { Limit: { Type, Value }, Count };
  };

  const zone: Operation = (params) => {
    const { records, vpc } = findZone(state().zones, requiredText(params, 'HostedZoneId'));
    const Type = requiredText(params, 'Type');
    return Type === 'MAX_RRSETS_BY_ZONE'
      ? { Limit: { Type, Value: QUOTAS.recordsByZone }, Count: Object.keys(records).length }
      : { Limit: { Type, Value: 300 }, Count: vpc === undefined ? 0 : 1 };
  };

  const delegationSet: Operation = (params) => {
    const { id } = findDelegationSet(state(), requiredText(params, 'DelegationSetId'));
    const Count = Object.values(state().zones).filter(({ delegationSetId }) => delegationSetId === id).length;
    return { Limit: { Type: requiredText(params, 'Type'), Value: QUOTAS.zonesByDelegationSet }, Count };
  };

  return {
    GetAccountLimit: { run: account, mutating: false },
    GetHostedZoneLimit: { run: zone, mutating: false },
    GetReusableDelegationSetLimit: { run: delegationSet, mutating: false },
    GetHostedZoneCount: {
      run: () => ({ HostedZoneCount: Object.keys(state().zones).length }),
      mutating: false,
    },
    GetHealthCheckCount: {
      run: () => ({ HealthCheckCount: Object.keys(state().healthChecks).length }),
      mutating: false,
    },
  };
};
