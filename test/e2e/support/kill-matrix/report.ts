import type { Aim } from './kill.ts';
import type { Stage } from './life.ts';

const isBoundary = (aim: Aim): boolean => aim.moment === 'completed' && aim.later === undefined;

/** Whether they are set, and end, and whether a task has nothing to say, is a matter of how long something took. */
const BY_CHANCE = /: (nothing|COMMAND_TYPE_(START_TIMER|CANCEL_TIMER|REQUEST_CANCEL_ACTIVITY_TASK))$/;

/**
 * What the undisturbed change commanded at a boundary at which no worker died. Boundaries are told apart by that, and not
 * by their numbers: how many there are depends on how long is waited.
 */
export function uncovered(stages: Stage[], twin: Stage): string[] {
  const covered = new Set(
    stages.flatMap(({ kills }) => kills.flatMap(({ aim, commands }) => (isBoundary(aim) ? commands : []))),
  );
  return [...twin.commands].filter((command) => !BY_CHANCE.test(command) && !covered.has(command));
}

/** How many of the undisturbed change's boundaries a worker died at, by their numbers. */
function boundariesHit(stages: Stage[], twin: Stage): number {
  const numbers = stages.flatMap(({ kills }) => kills.flatMap(({ aim, task }) => (isBoundary(aim) ? [task] : [])));
  return new Set(numbers.filter((task) => task <= twin.tasks)).size;
}

/** A line of the table: how often and where workers died in one kind of change, and what the worst kill held up. */
export function row(stages: Stage[], twin: Stage): string {
  const kills = stages.flatMap((s) => s.kills);
  const delays = stages.flatMap((s) => s.delays).sort((a, b) => b.seconds - a.seconds);
  const [worst] = delays;
  const of = (wanted: (aim: Aim) => boolean) => kills.filter(({ aim }) => wanted(aim)).length;
  const counts = [
    `${of((a) => a.victim === 'worker' && isBoundary(a))} at boundaries`,
    `${of((a) => a.moment === 'completing')} in a workflow task`,
    `${of((a) => a.moment === 'reporting')} before an activity was reported`,
    `${of((a) => a.victim === 'worker' && a.later !== undefined)} at any moment`,
    `${of((a) => a.victim === 'api')} of the API`,
    `${of((a) => a.victim === 'temporal')} of Temporal`,
  ];
  const missing = uncovered(stages, twin);
  return [
    twin.kind.padEnd(12),
    `${stages.length} runs`,
    `commands ${twin.commands.size - missing.length} of ${twin.commands.size}${missing.length > 0 && missing.length < 10 ? ` (not ${missing.join(', ')})` : ''}`,
    `boundaries ${boundariesHit(stages, twin)} of ${twin.tasks}`,
    `${kills.length} kills (${counts.filter((text) => !text.startsWith('0 ')).join(', ')})`,
    `delay median ${(delays[Math.floor(delays.length / 2)]?.seconds ?? 0).toFixed(1)} s, worst ${(worst?.seconds ?? 0).toFixed(1)} s (${worst?.what ?? ''})`,
    `${twin.seconds.toFixed(0)} s undisturbed, ${Math.max(...stages.map((s) => s.seconds)).toFixed(0)} s at most`,
  ].join(' · ');
}
