/** A manifest after parsing, with every default filled in. Pure data: it travels as a workflow argument. */
export interface ServiceSpec {
  /** Wanted number of tasks, 0..100. */
  scale: number;
  team?: string;
  /** 1..10; the first is the main one. */
  components: ComponentSpec[];
  /** Absent: a worker without a load balancer. */
  endpoint?: EndpointSpec;
  deployment: DeploymentSettings;
  /** Role that the containers act with. */
  taskRoleArn?: string;
}

export interface ComponentSpec {
  name: string;
  image: string;
  command?: string[];
  /** On its way through Temporal the values are sealed (see `src/seal.ts`). */
  env: Record<string, string>;
  /** ARN by variable, of Secrets Manager (perhaps with `:json-key:version-stage:version-id`) or of SSM. */
  secrets?: Record<string, string>;
  /** ARN of the secret with user name and password of the image's registry. */
  registryCredentials?: string;
  links?: LinkSpec[];
  memoryMiB: number;
  /** 1024 units are one vCPU. */
  cpuUnits: number;
  logTypes: string[];
  stopTimeoutSeconds: number;
}

/** Another component of the service, reached by the host name `alias`. */
export interface LinkSpec {
  component: string;
  alias: string;
}

export interface EndpointSpec {
  domain: string;
  /** Name of the component behind the balancer. */
  component: string;
  containerPort: number;
  scheme: 'internet-facing' | 'internal';
  healthCheck: HealthCheckSpec;
  listeners: ListenerSpec[];
}

export interface HealthCheckSpec {
  protocol: 'HTTP' | 'HTTPS' | 'TCP' | 'SSL';
  /** Present for HTTP and HTTPS. */
  path?: string;
  intervalSeconds: number;
  timeoutSeconds: number;
  healthyThreshold: number;
  unhealthyThreshold: number;
  /** ECS `healthCheckGracePeriodSeconds`. */
  gracePeriodSeconds: number;
}

export interface ListenerSpec {
  port: number;
  protocol: 'HTTP' | 'HTTPS' | 'TCP' | 'SSL';
}

export interface DeploymentSettings {
  /** Until every wanted task of the deployment is RUNNING and InService. */
  timeoutSeconds: number;
  /** Without anything that moves on; absent: the timeout is the only limit. */
  progressTimeoutSeconds?: number;
  settleSeconds: number;
  /** So many stopped tasks, or failed placements, of one cause end a rollout before its timeout. */
  failures: number;
  /** Serving capacity never falls below this share of scale, in percent. */
  minimumHealthyPercent: number;
  onFailure: 'rollback';
}

/** Whether the ECS agent fetches something for it, which on EC2 takes an execution role: secrets, registry credentials. */
export const needsExecutionRole = ({ components }: Pick<ServiceSpec, 'components'>): boolean =>
  components.some(({ secrets, registryCredentials }) => secrets !== undefined || registryCredentials !== undefined);
