/** Whose something is; on everything that can carry tags. */
export interface Owner {
  service: string;
  team: string;
  environment: string;
}

/** An ECS service as it shall be. */
export interface ServiceWant {
  cluster: string;
  /** The incarnation. */
  name: string;
  taskDefinition: string;
  desired: number;
  minimumHealthyPercent: number;
  maximumPercent: number;
  /** Undefined without a load balancer: ECS refuses one there. */
  gracePeriodSeconds?: number | undefined;
}
