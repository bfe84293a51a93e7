/** What a person sees of zones and health checks: plain JSON. */
import type { Changes } from './changes.ts';
import type { HealthMonitor } from './health-monitor.ts';
import type { State } from './state.ts';

/** Times are cloud milliseconds since the epoch. */
export interface Route53Report {
  zones: {
    id: string;
    name: string;
    records: {
      name: string;
      type: string;
      setIdentifier?: string;
      values: string[];
      isAlias: boolean;
      isServed: boolean;
    }[];
  }[];
  pendingChanges: { id: string; zone: string; submittedAt: number; insyncAt: number; names: string[] }[];
  healthChecks: { id: string; type: string; endpoint: string; isHealthy: boolean; statuses: string[] }[];
}

export const report = (state: State, changes: Changes, monitor: HealthMonitor): Route53Report => {
  const pending = changes.pending();
  return {
    zones: Object.values(state.zones).map(({ id, name, records, served }) => ({
      id,
      name,
      records: Object.entries(records).map(([key, record]) => ({
        name: record.name,
        type: record.type,
        ...(record.setIdentifier === undefined ? {} : { setIdentifier: record.setIdentifier }),
        values: record.alias === undefined ? (record.values ?? []) : [record.alias.dnsName],
        isAlias: record.alias !== undefined,
        isServed: JSON.stringify(served[key]) === JSON.stringify(record),
      })),
    })),
    pendingChanges: pending.map(({ id, zoneId, submittedAt, insyncAt, pending: batch = [] }) => ({
      id,
      zone: state.zones[zoneId]?.name ?? zoneId,
      submittedAt,
      insyncAt,
      names: [...new Set(batch.map(({ record }) => record.name))],
    })),
    healthChecks: Object.values(state.healthChecks).map(({ id, config, observations }) => ({
      id,
      type: String(config.Type),
      endpoint: String(config.FullyQualifiedDomainName ?? config.IPAddress ?? ''),
      isHealthy: monitor.isHealthy(id),
      statuses: observations.flatMap(({ status }) => status ?? []),
    })),
  };
};
