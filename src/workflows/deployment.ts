import type { World } from '../activities/observe.ts';
import type { ResolvedImages } from '../activities/revision.ts';
import type { RolloutPercents } from '../domain/deploy/capacity.ts';
import type { DeployInput } from '../domain/change.ts';
import type { Plan } from '../domain/deploy/plan.ts';
import type { RolloutTarget } from '../domain/deploy/rollout.ts';
import type { Owner } from '../domain/deploy/service-want.ts';
import type { Change } from './change.ts';
import type { Touched } from './put-back.ts';
import type { Story } from './story.ts';

/** One deployment on its way: what its steps share. */
export interface Deployment {
  input: DeployInput;
  change: Change;
  story: Story;
  touched: Touched;
  /** Reality before the first write; absent until it was observed. */
  prepared?: Prepared;
  acted?: Acted;
}

export interface Prepared {
  before: World;
  plan: Plan;
  percents: RolloutPercents;
  resolved: ResolvedImages;
}

export interface Acted {
  target: RolloutTarget;
  /** ARN of the revision this deployment runs. */
  revision: string;
  /** Route 53 change to wait for; empty when the record was right already. */
  dnsChange: string;
}

export const ownerOf = ({ input }: Pick<Deployment, 'input'>): Owner => ({
  service: input.service,
  team: input.team,
  environment: input.environment,
});

export const limitsOf = ({ spec }: DeployInput) => ({
  timeoutSeconds: spec.deployment.timeoutSeconds,
  // A wave drains at most 180 s and then has the longest stop timeout; two waves replace everything.
  oldTasksSeconds: 2 * (180 + Math.max(...spec.components.map((c) => c.stopTimeoutSeconds))),
  settleSeconds: spec.deployment.settleSeconds,
});
