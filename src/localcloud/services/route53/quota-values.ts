/** Route 53 quotas as AWS publishes them. */
export const QUOTAS = {
  zones: 500,
  recordsByZone: 10_000,
  healthChecks: 200,
  delegationSets: 100,
  zonesByDelegationSet: 100,
};
