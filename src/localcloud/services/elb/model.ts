/** What a classic load balancer is, as its API speaks of it. */

export const PROTOCOLS = ['HTTP', 'HTTPS', 'TCP', 'SSL'] as const;
export type Protocol = (typeof PROTOCOLS)[number];

export interface Listener {
  protocol: Protocol;
  loadBalancerPort: number;
  instanceProtocol: Protocol;
  instancePort: number;
  certificateId?: string;
  /** Names of policies of the balancer that are on. */
  policyNames: string[];
}

export interface HealthCheck {
  /** `HTTP:11000/health`, `TCP:80`, … */
  target: string;
  intervalSeconds: number;
  timeoutSeconds: number;
  unhealthyThreshold: number;
  healthyThreshold: number;
}

export interface Attributes {
  crossZone: boolean;
  draining: { enabled: boolean; timeoutSeconds: number };
  accessLog: { enabled: boolean; bucket?: string; emitIntervalMinutes: number; prefix?: string };
  idleTimeoutSeconds: number;
  desyncMitigationMode: string;
}

export interface Policy {
  name: string;
  type: string;
  attributes: { name: string; value: string }[];
}

/** Everything of a balancer that outlives the process. */
export interface LoadBalancer {
  name: string;
  /** Cloud time. */
  createdAt: number;
  dnsName: string;
  /** Loopback address its listeners are on; empty while nothing listens. */
  address: string;
  scheme: 'internet-facing' | 'internal';
  zones: string[];
  subnets: string[];
  securityGroups: string[];
  listeners: Listener[];
  healthCheck: HealthCheck;
  attributes: Attributes;
  policies: Policy[];
  /** Names of policies by instance port. */
  backendPolicies: Record<string, string[]>;
  tags: Record<string, string>;
}

export const isWeb = (protocol: Protocol): boolean => protocol === 'HTTP' || protocol === 'HTTPS';
export const isSecure = (protocol: Protocol): boolean => protocol === 'HTTPS' || protocol === 'SSL';

/** Defaults of the API; `reference`: CreateLoadBalancer leaves draining and cross-zone off. */
export const defaultHealthCheck = (listener: Listener | undefined): HealthCheck => ({
  target: `TCP:${listener?.instancePort ?? 80}`,
  intervalSeconds: 30,
  timeoutSeconds: 5,
  unhealthyThreshold: 2,
  healthyThreshold: 10,
});

export const DEFAULT_ATTRIBUTES: Attributes = {
  crossZone: false,
  draining: { enabled: false, timeoutSeconds: 300 },
  accessLog: { enabled: false, emitIntervalMinutes: 60 },
  idleTimeoutSeconds: 60,
  desyncMitigationMode: 'defensive',
};
