/** Plays scenarios: in cloud time, over restarts of the cloud, until they are undone. */
import { AdminError } from '../admin/route.ts';
import type { Surroundings } from '../admin/world/event.ts';
import { happen } from '../admin/world/events.ts';
import { CLUSTER, findService } from '../admin/world/find.ts';
import { WORLD } from '../admin/hand.ts';
import type { JournalEntry, Params, Persistent } from '../engine/contract.ts';
import type { Faults } from '../engine/faults.ts';
import type { Journal } from '../engine/journal.ts';
import type { Engine } from '../registration.ts';
import { deployNext, makeService } from './own-service.ts';
import { NOT_YET, type Run, type Scenario, type StageHands, type Step } from './scenario.ts';
import { findScenario } from './scenarios.ts';
import { createRunTimers } from './run-timers.ts';
import { undoRun, type Ended } from './undo.ts';
import { look } from './view.ts';

/** Between two looks at a run (cloud milliseconds). */
const LOOK = 2_000;
const RETRY = 1_000;
/** Calls that may begin a deployment. */
const DEPLOYING = ['CreateService', 'UpdateService'];

interface Ports {
  engine: Pick<Engine, 'clock' | 'random' | 'changed' | 'log'>;
  journal: Pick<Journal, 'onEntry'>;
  faults: Faults;
  surroundings(account: string | undefined): Surroundings;
}

export interface Asked {
  service: string | undefined;
  cluster: string | undefined;
  account: string | undefined;
  deploy: boolean | undefined;
}

export interface Runner extends Persistent {
  list(): Promise<Run[]>;
  /** @throws AdminError when it is played on that service already, or what it needs is not there */
  begin(name: string, asked: Asked): Promise<Run>;
  end(name: string): Promise<Ended>;
  /** Resolves when no step is under way. A stepped clock waits for that, since some calls take real time. */
  idle(): Promise<void>;
}

const baseOf = (service: string): string => service.replace(/-\d+$/, '');

export const createRunner = ({ engine, journal, faults, surroundings }: Ports): Runner => {
  const { clock } = engine;
  let runs: Run[] = [];

  const fail = (run: Run, error: unknown): void => {
    run.problem = error instanceof Error ? error.message : String(error);
    if (!(error instanceof AdminError)) {
      engine.log('a scenario failed', { scenario: run.scenario, error: error instanceof Error ? error.stack : error });
    }
    engine.changed();
  };
  const { after, track, cancel, stop, idle } = createRunTimers({ clock, failed: fail });

  const handsOf = (run: Run): StageHands => {
    const around = surroundings(run.account);
    return {
      ...around,
      run,
      service: () => findService(around.hand, run.cluster, run.deployed ?? run.service),
      happen: async (event, given) => {
        const { undo = [] } = await happen({ event, with: given }, around);
        run.undo.push(...undo.toReversed());
      },
      addFault: (fault) => void run.faults.push(faults.add(fault).id),
      undoBy: (event, given) => void run.undo.push({ event, with: given }),
    };
  };
  const doStep = async (run: Run, step: Step, index: number): Promise<void> => {
    if (run.done.includes(index)) return;
    if ((await step.do(handsOf(run))) === NOT_YET) return after(run, RETRY, () => doStep(run, step, index));
    run.done.push(index);
    engine.changed();
  };
  /** Steps of a phase that are not done: at once in their order, the others when it is time. */
  const doSteps = async (run: Run, when: Step['when'], since: number): Promise<void> => {
    for (const [index, step] of findScenario(run.scenario).steps.entries()) {
      if (step.when !== when || run.done.includes(index)) continue;
      const wait = since + (step.afterSeconds ?? 0) * 1000 - clock.now();
      if (wait <= 0) await doStep(run, step, index);
      else after(run, wait, () => doStep(run, step, index));
    }
  };

  const watch = async (run: Run): Promise<void> => {
    try {
      const view = await look(run, surroundings(run.account));
      for (const { what, isShown } of findScenario(run.scenario).signs) {
        if (run.shown[what] === undefined && (await isShown(view))) run.shown[what] = clock.now();
      }
    } catch (error) {
      // A service that is gone for good shows nothing more.
      if (!(error instanceof AdminError)) throw error;
    }
  };
  const keepWatching = (run: Run): void => {
    after(run, LOOK, async () => {
      keepWatching(run);
      if (run.phase !== 'making') await watch(run);
    });
  };

  const set = async (run: Run): Promise<void> => {
    const { services } = await surroundings(run.account).hand.look('ecs', 'DescribeServices', {
      cluster: run.cluster,
      services: [run.service],
    });
    const [service] = services as Params[];
    const primary = ((service?.deployments ?? []) as Params[]).find(({ status }) => status === 'PRIMARY');
    if (primary !== undefined) run.primaryBefore = String(primary.id);
    run.startedAt = clock.now();
    run.phase = 'set';
    await doSteps(run, 'beginning', run.startedAt);
    if (run.deploys) after(run, RETRY, () => deploy(run));
    engine.changed();
  };
  const deploy = async (run: Run): Promise<void> => {
    if (run.deployedAt !== undefined) return;
    await (findScenario(run.scenario).deploy ?? deployNext)(handsOf(run));
  };
  /** Until the service it has made stands. */
  const awaitSteady = (run: Run): void =>
    after(run, LOOK, async () => {
      const { events } = await findService(surroundings(run.account).hand, run.cluster, run.service);
      const isSteady = (events as Params[]).some(({ message }) =>
        String(message).endsWith('has reached a steady state.'),
      );
      if (isSteady) await set(run);
      else awaitSteady(run);
    });

  /** A deployment has come when the PRIMARY is another than at the beginning. */
  const noteDeployment = async (run: Run, name: string): Promise<void> => {
    const service = await findService(surroundings(run.account).hand, run.cluster, name);
    const primary = (service.deployments as Params[]).find(({ status }) => status === 'PRIMARY');
    if (run.phase !== 'set' || primary === undefined || primary.id === run.primaryBefore) return;
    run.phase = 'deploying';
    run.deployed = name;
    run.deployedAt = clock.now();
    await doSteps(run, 'deployment', run.deployedAt);
  };
  journal.onEntry(({ account, service, operation, principal, resource, outcome }: JournalEntry) => {
    if (service !== 'ecs' || principal === WORLD || !DEPLOYING.includes(operation) || resource === undefined) return;
    if (outcome !== 'ok' && outcome !== 'answer-lost') return;
    for (const run of runs) {
      if (run.account !== account || run.phase !== 'set' || baseOf(run.service) !== baseOf(resource)) continue;
      track(run, noteDeployment(run, resource));
    }
  });

  const undo = (run: Run): Promise<Ended> => {
    runs = runs.filter((one) => one !== run);
    cancel(run);
    engine.changed();
    return undoRun(run, surroundings(run.account));
  };

  const newRun = (scenario: Scenario, asked: Asked, service: string): Run => ({
    id: engine.random.uuid(),
    scenario: scenario.name,
    account: surroundings(asked.account).world.engine.account,
    cluster: asked.cluster ?? CLUSTER,
    service,
    isOwn: asked.service === undefined,
    deploys: asked.deploy ?? (asked.service === undefined && scenario.own.deploys),
    phase: asked.service === undefined ? 'making' : 'set',
    startedAt: clock.now(),
    done: [],
    undo: [],
    faults: [],
    facts: {},
    shown: {},
  });
  /** A service that is not there yet can be waited for, when somebody else deploys it and nothing is to be done before. */
  const nameOf = async ({ steps }: Scenario, asked: Asked, given: string): Promise<string> => {
    const { account, cluster = CLUSTER, deploy = false } = asked;
    try {
      return String((await findService(surroundings(account).hand, cluster, given)).serviceName);
    } catch (error) {
      const isMissing = error instanceof AdminError && error.status === 404;
      if (isMissing && !deploy && steps.every(({ when }) => when === 'deployment')) return given;
      throw error;
    }
  };
  const ownName = ({ number }: Scenario): string =>
    `scenario${String(number).padStart(2, '0')}-${Math.floor(clock.now() / 1000)}`;

  return {
    key: 'scenarios',
    save: () => runs,
    load: (data) => {
      runs = data as Run[];
    },
    start: async () => {
      for (const run of runs) {
        keepWatching(run);
        if (run.phase === 'making') awaitSteady(run);
        else {
          // One that fails says so in its run; the cloud comes up.
          const resume = async (): Promise<void> => {
            await doSteps(run, 'beginning', run.startedAt);
            if (run.deployedAt !== undefined) await doSteps(run, 'deployment', run.deployedAt);
            else if (run.deploys) await deploy(run);
          };
          after(run, 0, resume);
        }
      }
    },
    stop: async () => stop(),
    idle,
    list: async () => {
      for (const run of runs) if (run.phase !== 'making') await watch(run);
      return runs;
    },
    begin: async (name, asked) => {
      const scenario = findScenario(name);
      const service = asked.service === undefined ? ownName(scenario) : await nameOf(scenario, asked, asked.service);
      const run = newRun(scenario, asked, service);
      const isTaken = runs.some(
        (one) => one.scenario === name && one.account === run.account && one.service === service,
      );
      if (isTaken)
        throw new AdminError(409, `${name} is played on ${service} already: DELETE scenarios/${name} undoes it`);
      runs.push(run);
      try {
        if (run.isOwn) {
          await makeService(handsOf(run), scenario.own);
          awaitSteady(run);
        } else await set(run);
      } catch (error) {
        await undo(run);
        throw error;
      }
      keepWatching(run);
      engine.changed();
      return run;
    },
    end: async (name) => {
      findScenario(name);
      const mine = runs.filter(({ scenario }) => scenario === name);
      if (mine.length === 0) throw new AdminError(404, `${name} is not played`);
      const all: Ended = { undone: [], left: [] };
      for (const run of mine) {
        const { undone, left } = await undo(run);
        all.undone.push(...undone);
        all.left.push(...left);
      }
      return all;
    },
  };
};
