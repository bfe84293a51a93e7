/** A pitfall of AWS as data: what it is, what sets it going, and what the cloud shows then. */
import type { Params } from '../engine/contract.ts';
import type { NewFault } from '../engine/faults.ts';
import type { Happening, Surroundings } from '../admin/world/event.ts';

/** One scenario that is played on one service. Everything in it survives a restart of the cloud. */
export interface Run {
  id: string;
  scenario: string;
  account: string;
  cluster: string;
  /** The ECS service it is played on. */
  service: string;
  /** The scenario has made the service itself. */
  isOwn: boolean;
  /** It also rolls the service, as a deployer would. */
  deploys: boolean;
  /** `making` its service, `set`: the first steps are done, `deploying`: a deployment has come. */
  phase: 'making' | 'set' | 'deploying';
  /** Cloud time. */
  startedAt: number;
  deployedAt?: number;
  /** Deployment that was PRIMARY at the beginning, and the service that is deployed: another when an incarnation is replaced. */
  primaryBefore?: string;
  deployed?: string;
  /** Steps that are done, by their place. */
  done: number[];
  /** What undoes it, to be done from the end. */
  undo: Happening[];
  faults: string[];
  /** What steps tell signs. */
  facts: Record<string, string | number>;
  /** Signs that were seen, and when (cloud time). */
  shown: Record<string, number>;
  problem?: string;
}

/** What a step may do. Events and faults are remembered, and undone at the end. */
export interface StageHands extends Surroundings {
  run: Run;
  /** The service as DescribeServices shows it. */
  service(): Promise<Params>;
  happen(event: string, given: Record<string, unknown>): Promise<void>;
  addFault(fault: NewFault): void;
  /** Remembers what undoes something that was done without an event. */
  undoBy(event: string, given: Record<string, unknown>): void;
}

/** Comes back to it a cloud second later. */
export const NOT_YET = Symbol('not yet');

export interface Step {
  what: string;
  /** At the beginning, or when the next deployment of the service has come. */
  when: 'beginning' | 'deployment';
  /** Cloud seconds after that. @default 0 */
  afterSeconds?: number;
  do(hands: StageHands): Promise<void | typeof NOT_YET>;
}

/** What can be seen of a service and all that belongs to it. */
export interface View {
  run: Run;
  /** As DescribeServices shows it, INACTIVE too. */
  service: Params;
  /** The PRIMARY deployment. */
  primary: Params | undefined;
  /** Events since the beginning, without `(service X)`, oldest first. */
  events: string[];
  /** All events that the window holds; times are cloud milliseconds. */
  window: { at: number; message: string }[];
  /** Those that are not STOPPED, and those that have become so since the beginning. */
  tasks: Params[];
  stopped: Params[];
  /** Instances at the load balancer. */
  health: Params[];
  hands: Surroundings;
}

/** Something the cloud must show of the scenario. */
interface Sign {
  what: string;
  isShown(view: View): boolean | Promise<boolean>;
}

/** The service a scenario makes when none is given. */
export interface OwnService {
  tasks: number;
  /** Of 100 to 200 percent. */
  minimumHealthyPercent: number;
  graceSeconds: number;
  /** MiB a task. */
  memory: number;
  /** It is rolled once it is steady. */
  deploys: boolean;
}

export interface Scenario {
  number: number;
  name: string;
  title: string;
  /** What AWS does. */
  aws: string;
  /** Event texts and states that an operator sees. */
  seen: string[];
  undone: string;
  own: OwnService;
  steps: Step[];
  signs: Sign[];
  /** How a deployer would roll it; by default to a new image. */
  deploy?(hands: StageHands): Promise<void>;
}

export const OWN: OwnService = {
  tasks: 2,
  minimumHealthyPercent: 50,
  graceSeconds: 60,
  memory: 64,
  deploys: true,
};

/** AWS answers times as Date or as seconds. */
export const millisecondsOf = (time: unknown): number =>
  time instanceof Date ? time.getTime() : Math.round(Number(time) * 1000);

/** A sign: since the beginning there was an event that holds this text. */
export const event = (what: string, text: string): Sign => ({
  what,
  isShown: ({ events }) => events.some((message) => message.includes(text)),
});

/** A sign: a task stopped since the beginning, and said so. */
export const stoppedWith = (what: string, reason: RegExp): Sign => ({
  what,
  isShown: ({ stopped }) => stopped.some(({ stoppedReason }) => reason.test(String(stoppedReason))),
});
