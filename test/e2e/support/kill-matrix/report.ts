import type { Aim } from './kill.ts';
import type { Stage } from './life.ts';

/** Boundaries 1 to the undisturbed change's last at which no worker died. */
export function uncovered(stages: Stage[], twin: Stage): number[] {
  const covered = new Set(
    stages.flatMap(({ kills }) =>
      kills.filter(({ aim }) => aim.moment === 'completed' && aim.later === undefined).map(({ task }) => task),
    ),
  );
  return Array.from({ length: twin.tasks }, (_, i) => i + 1).filter((task) => !covered.has(task));
}

/** A line of the table: how often and where workers died in one kind of change, and what the worst kill held up. */
export function row(stages: Stage[], twin: Stage): string {
  const kills = stages.flatMap((s) => s.kills);
  const delays = stages.flatMap((s) => s.delays).sort((a, b) => b.seconds - a.seconds);
  const [worst] = delays;
  const of = (wanted: (aim: Aim) => boolean) => kills.filter(({ aim }) => wanted(aim)).length;
  const counts = [
    `${of((a) => a.victim === 'worker' && a.moment === 'completed' && a.later === undefined)} at boundaries`,
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
    `boundaries ${twin.tasks - missing.length} of ${twin.tasks}${missing.length > 0 && missing.length < 10 ? ` (not ${missing.join(' ')})` : ''}`,
    `${kills.length} kills (${counts.filter((text) => !text.startsWith('0 ')).join(', ')})`,
    `delay median ${(delays[Math.floor(delays.length / 2)]?.seconds ?? 0).toFixed(1)} s, worst ${(worst?.seconds ?? 0).toFixed(1)} s (${worst?.what ?? ''})`,
    `${twin.seconds.toFixed(0)} s undisturbed, ${Math.max(...stages.map((s) => s.seconds)).toFixed(0)} s at most`,
  ].join(' · ');
}
