import type { DeployEvent, EventBody, Verdict } from '../../../src/domain/events.ts';

/** The events of a whole deployment with these lines and this verdict. */
export const story = (lines: string[], verdict: Partial<Verdict> = {}): DeployEvent[] => {
  const bodies: EventBody[] = [
    { type: 'phase', phase: 'acting' },
    ...lines.map((text): EventBody => ({ type: 'line', text })),
    { type: 'verdict', verdict: { ok: true, code: 'succeeded', message: 'Deployment successful', ...verdict } },
  ];
  return bodies.map((body, index) => ({ ...body, seq: index + 1, at: 1466583476000 + index }));
};
