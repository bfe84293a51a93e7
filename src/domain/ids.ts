import type { ChangeKind } from './change.ts';

/** Longest service name: an ELB name has at most 32 characters and carries `-` and 10 digits. */
export const SERVICE_NAME = /^[a-z][a-z0-9-]{0,19}[a-z0-9]$/;
export const COMPONENT_NAME = /^[a-z0-9-]{1,32}$/;
/** A deployment id: Unix seconds. */
export const DEPLOYMENT_ID = /^[1-9][0-9]{9}$/;

export const isServiceName = (value: string): boolean => SERVICE_NAME.test(value);
export const isDeploymentId = (value: string): boolean => DEPLOYMENT_ID.test(value);

/** How people write a deployment: `autoscaler/1466583476`. */
export const deploymentRef = (service: string, id: string): string => `${service}/${id}`;

/** Id of the workflow of one change; Temporal itself reserves the id through it. */
export const changeWorkflowId = (kind: ChangeKind, service: string, id: string): string => `${kind}/${service}/${id}`;
export const deployWorkflowId = (service: string, id: string): string => changeWorkflowId('deploy', service, id);

export const serviceLockId = (service: string): string => `lock/${service}`;
export const portsLockId = (cluster: string): string => `lock/ports/${cluster}`;

/** Name of the ELB and of the ECS service of one incarnation. `createdAtSeconds` is Unix seconds. */
export const incarnationName = (service: string, createdAtSeconds: number): string => `${service}-${createdAtSeconds}`;

/** The service an incarnation belongs to, or undefined when the name is not one of ours. */
export const serviceOfIncarnation = (name: string): string | undefined => /^(.+)-[0-9]{10}$/.exec(name)?.[1];

export const serviceFamily = (service: string): string => `service-${service}`;

export const logGroup = (service: string): string => `/wonderland/${service}`;

/** Tag keys; `reference`: AWS remembers for us what must outlive Temporal's retention. */
export const TAG = {
  service: 'wonderland:service',
  team: 'wonderland:team',
  environment: 'wonderland:environment',
  contentHash: 'wonderland:content-hash',
  deployment: 'wonderland:deployment',
  manifest: 'wonderland:manifest',
  manifestOf: 'wonderland:manifest-of',
  releases: 'wonderland:releases',
  hostPorts: 'wonderland:host-ports',
  domain: 'wonderland:domain',
  leftDomains: 'wonderland:left-domains',
  healthCheck: 'wonderland:health-check',
  scale: 'wonderland:scale',
} as const;

/** Search attributes, all of type Keyword; registered at start-up. */
export const SEARCH_ATTRIBUTES = [
  'WlService',
  'WlTeam',
  'WlEnvironment',
  'WlPhase',
  'WlDeployment',
  'WlActor',
] as const;
export type SearchAttribute = (typeof SEARCH_ATTRIBUTES)[number];
