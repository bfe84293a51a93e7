import { deploymentRef } from '../ids.ts';

/** The transcript of a rollout: what it says, in one place. */
export const LINES = {
  tryNumber: (n: number) => `This is try ${n}`,
  balancer: (name: string, created: boolean) => `${created ? 'Creating' : 'Updating'} ELB ${name}`,
  healthCheck: (target: string) => `Configuring health check ${target}`,
  certificate: (name: string) => `Setting the certificate of ELB ${name}`,
  crossZone: () => 'Enabling cross-zone load balancing',
  draining: (seconds: number) => `Configuring connection draining with a timeout of ${seconds}s`,
  noAccessLog: () => 'Not enabling access log',
  record: (domain: string, target: string) => `Letting ${domain} point to ${target}`,
  registered: (revision: string, service: string) =>
    `Registered new ECS TaskDefinition (${revision}) for service ${service}`,
  reused: (revision: string, service: string) => `Keeping ECS TaskDefinition (${revision}) for service ${service}`,
  service: (name: string, created: boolean) => `${created ? 'Creating' : 'Updating'} ECS service ${name}`,
  waiting: (name: string, secondsLeft: number) =>
    `Waiting for service ${name} to complete rolling update (timeout in ${secondsLeft}s)`,
  oldTasks: (name: string, secondsLeft: number) =>
    `Waiting for old tasks of service ${name} to drain and stop (limit in ${secondsLeft}s)`,
  desiredChanged: (name: string, { from, to }: { from: number; to: number }) =>
    `Somebody else, or an autoscaler, changed the desired count of ${name} from ${from} to ${to}: the gates now apply to ${to}`,
  desiredWas: (name: string, { from, to, now }: { from: number; to: number; now: number }) =>
    `The desired count of ${name} was ${to}, not ${from} as the last release left it; it is ${now} now`,
  enablingZones: (zones: string[]) => `Enabling the availability zones ${zones.join(', ')}`,
  desiredWasHint: () =>
    'Somebody else, an autoscaler or a change that could not be put back set it (CloudTrail, scaling policies).',
  desiredHint: () =>
    'Find out who did it (CloudTrail, scaling policies); the next deployment sets what its manifest says.',
  lookAgain: () => 'Nothing was changed yet, so everything is looked at once more.',
  replacing: (old: string, because: string) => `Replacing ${old}: ${because}`,
  repairing: (what: string) => `Repairing: ${what}`,
  dnsWait: (seconds: number) => `Waiting ${seconds}s for resolvers to forget the old address`,
  idleWait: (name: string, seconds: number) => `Waiting for ELB ${name} to have no request for ${seconds}s`,
  retiring: (name: string) => `Removing the old ${name}`,
  removingRecord: (domain: string) => `Removing the record ${domain}`,
  drainingService: (name: string) => `Draining ECS service ${name}`,
  deletingService: (name: string) => `Deleting ECS service ${name}`,
  deletingBalancer: (name: string) => `Deleting ELB ${name}`,
  deletingHealthChecks: () => 'Deleting the Route 53 health checks',
  deletingTopic: () => 'Deleting the notification topic',
  deletingBoard: () => 'Deleting the board',
  deleted: (service: string) => `Deleted ${service}`,
  passedOver: (service: string, id: string) =>
    `${deploymentRef(service, id)} ran the revision that runs now; its manifest is not known any more, and it is passed over`,
  passedOverHint: (service: string) => `If it was another one after all, deploy ${service} from its manifest.`,
  rollingBackTo: (service: string, id: string) => `Going back to the release ${deploymentRef(service, id)}`,
  scaling: (name: string, { from, to }: { from: number; to: number }) => `Scaling ${name} from ${from} to ${to}`,
  restarting: (name: string) => `Starting all tasks of ${name} anew`,
  rolled: () => 'Rolling update completed successfully.',
  oneHealthy: () => 'Waiting for ELB to have at least one healthy instance',
  gateSkipped: (why: string) => `Skipping the health gate: ${why}`,
  deletingRevision: (familyRevision: string) => `Deleting old ECS Task Definition ${familyRevision}`,
  markingActive: (service: string, id: string) => `Marking deployment ${deploymentRef(service, id)} active`,
  successful: (what: string) => `${what} successful`,
  failed: (what: string, cause: string) => `${what} failed: ${cause}`,
  cancelled: (what: string, who: string) => `${what} cancelled by ${who}`,
  puttingBack: (revision: string) => `Rolling back to ${revision}`,
  removing: (name: string) => `Removing what this deployment made: ${name}`,
  oldComplete: () => 'The old revision is complete again.',
  putBackSick: (revision: string) => `Rolled back: ${revision} is as it was before, which was not whole`,
  putBack: (revision: string) => `Rolled back: ${revision} serves again`,
  removed: () => 'Removed; nothing was running before',
  notPutBack: (why: string) => `Rolling back failed: ${why}`,
} as const;

/** How logs print a new revision: by the service's name. */
export const shortRevision = (service: string, taskDefinitionArn: string): string =>
  `${service}:${revisionNumber(taskDefinitionArn)}`;

/** `service-autoscaler:7` of `arn:aws:ecs:…:task-definition/service-autoscaler:7`. */
export const familyRevision = (taskDefinitionArn: string): string =>
  taskDefinitionArn.slice(taskDefinitionArn.lastIndexOf('/') + 1);

export const revisionNumber = (taskDefinitionArn: string): string =>
  taskDefinitionArn.slice(taskDefinitionArn.lastIndexOf(':') + 1);
