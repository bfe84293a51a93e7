/** The service events of ECS, in the parenthesised form the API returns. */
const more = 'For more information, see the Troubleshooting section';

const ids = (tasks: readonly string[]): string => tasks.map((id) => `(task ${id})`).join(' ');

/** Why the instance that came closest could not take a task. */
export type Obstacle = 'ports' | 'memory' | 'cpu' | 'agent' | 'attribute' | 'memberOf' | 'distinctInstance';

const obstacles: Record<Obstacle, string> = {
  ports: 'is already using a port required by your task',
  memory: 'has insufficient memory available',
  cpu: 'has insufficient CPU units available',
  agent: 'encountered error "AGENT"',
  attribute: 'is missing an attribute required by your task',
  memberOf: 'encountered error "MemberOf placement constraint unsatisfied."',
  distinctInstance: 'encountered error "DistinctInstance placement constraint unsatisfied."',
};

export const eventText = {
  steady: () => 'has reached a steady state.',
  started: (tasks: readonly string[], replaced: number) =>
    `has started ${tasks.length} tasks: ${ids(tasks)}.` +
    (replaced > 0 ? ` Amazon ECS replaced ${replaced} tasks due to an unhealthy status.` : ''),
  stopped: (tasks: readonly string[]) => `has stopped ${tasks.length} running tasks: ${ids(tasks)}.`,
  stoppedPending: (count: number) => `stopped ${count} pending tasks.`,
  draining: (count: number) => `has begun draining connections on ${count} tasks.`,
  registered: (count: number, elb: string) => `registered ${count} instances in (elb ${elb})`,
  deregistered: (count: number, elb: string) => `deregistered ${count} instances in (elb ${elb})`,
  unhealthy: (instanceId: string, elb: string, reason: string) =>
    `(instance ${instanceId}) is unhealthy in (elb ${elb}) due to (reason ${reason})`,
  unhealthyContainer: (task: string) => `(task ${task}) failed container health checks.`,
  elbFailed: (action: string, elb: string, error: string) => `failed to ${action} (elb ${elb}) with (error ${error})`,
  roleBroken: () =>
    'IAM permissions policies have been misconfigured or changed, and ECS can no longer maintain your service',
  completed: (deployment: string) => `(deployment ${deployment}) deployment completed.`,
  failed: (deployment: string, why: string) => `(deployment ${deployment}) deployment failed: ${why}`,
  rollingBack: (deployment: string) => `rolling back to deployment ${deployment}.`,
  unplaceable: (closest?: { instance: string; obstacle: Obstacle }) => {
    const text = 'was unable to place a task because no container instance met all of its requirements.';
    if (closest === undefined) return text;
    const { instance, obstacle } = closest;
    return `${text} The closest matching (container-instance ${instance}) ${obstacles[obstacle]}. ${more} of the Amazon ECS Developer Guide.`;
  },
  protected: (deployment: string, count: number) =>
    `was unable to reach steady state because (taskSet ${deployment}) was unable to scale in due to (reason ${count} tasks under protection)`,
  cannotStart: () => `is unable to consistently start tasks successfully. ${more}.`,
  throttled: () => 'operations are being throttled. Will try again later.',
  stuck: () =>
    'was unable to stop or start tasks during a deployment because of the service deployment configuration. ' +
    'Update the minimumHealthyPercent or maximumPercent value and try again.',
} as const;
