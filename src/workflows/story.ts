import { setCurrentDetails, setHandler, upsertSearchAttributes } from '@temporalio/workflow';
import { defineSearchAttributeKey } from '@temporalio/common';
import type { DeployEvent, EventBody, Phase, Progress, RolloutCounts, Verdict } from '../domain/events.ts';
import { progressQuery } from './messages.ts';

const KEPT_EVENTS = 500;
const PHASE_KEY = defineSearchAttributeKey('WlPhase', 'KEYWORD');

/** What a change tells the world: numbered events for the CLI, phase and details for the Web UI. */
export interface Story {
  line(text: string): void;
  warn(message: string, hint?: string): void;
  enter(phase: Phase): void;
  counts(counts: RolloutCounts): void;
  end(phase: Phase, verdict: Verdict): Progress;
}

/** Answers the query `progress` from now on. `title` heads the current details. */
export function tellStory(title: string): Story {
  let events: DeployEvent[] = [];
  let seq = 0;
  let phase: Phase = 'queued';
  let verdict: Verdict | undefined;
  let bar = '';

  const record = (body: EventBody): void => {
    seq += 1;
    events = [...events, { ...body, seq, at: Date.now() }].slice(-KEPT_EVENTS);
    showDetails();
  };
  const showDetails = (): void => {
    const last = events.findLast((e) => e.type === 'line');
    const lines = [
      `**${title}**`,
      `Phase: ${phase}`,
      ...(bar === '' ? [] : [bar]),
      ...(last?.type === 'line' ? [`Last: ${last.text}`] : []),
    ];
    setCurrentDetails(lines.join('\n\n'));
  };
  const progress = (after: number): Progress => ({
    phase,
    events: events.filter((e) => e.seq > after),
    ...(verdict === undefined ? {} : { verdict }),
  });
  const enter = (next: Phase): void => {
    if (next === phase) return;
    phase = next;
    upsertSearchAttributes([{ key: PHASE_KEY, value: next }]);
    record({ type: 'phase', phase: next });
  };

  setHandler(progressQuery, ({ after }) => progress(after));
  showDetails();

  return {
    line: (text) => record({ type: 'line', text }),
    warn: (message, hint) => record({ type: 'warning', message, ...(hint === undefined ? {} : { hint }) }),
    enter,
    counts(counts) {
      bar = `Tasks: ${counts.newTasks} new, ${counts.oldTasks} old, ${counts.wanted} wanted; ${counts.healthy} healthy; ${counts.secondsLeft} s left`;
      record({ type: 'rollout', counts });
    },
    end(last, outcome) {
      verdict = outcome;
      enter(last);
      record({ type: 'verdict', verdict: outcome });
      return progress(0);
    },
  };
}
