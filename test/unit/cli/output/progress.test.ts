import assert from 'node:assert/strict';
import type { DeployEvent, EventBody } from '../../../../src/domain/events.ts';
import { createLineRenderer } from '../../../../src/cli/output/lines.ts';
import { renderProgress } from '../../../../src/cli/output/progress.ts';
import { captureIo } from '../capture.ts';

const counts = (newTasks: number, oldTasks: number, healthy: number, secondsLeft: number, wanted = 2) => ({
  newTasks,
  oldTasks,
  wanted,
  healthy,
  secondsLeft,
});

describe('renderProgress', () => {
  const frames: [ReturnType<typeof counts>, string][] = [
    [counts(0, 2, 0, 180), '░░░░░░░░░░░░░░░░░░░░ new 0/2  old 2  healthy 0  180 s left'],
    [counts(1, 2, 0, 171.4), '▒▒▒▒▒▒▒▒▒▒░░░░░░░░░░ new 1/2  old 2  healthy 0  171 s left'],
    [counts(2, 1, 1, 60), '██████████▒▒▒▒▒▒▒▒▒▒ new 2/2  old 1  healthy 1  60 s left'],
    [counts(2, 0, 2, 5), '████████████████████ new 2/2  old 0  healthy 2  5 s left'],
    [counts(3, 0, 3, -1), '████████████████████ new 3/2  old 0  healthy 3  0 s left'],
    [counts(0, 1, 0, 9, 0), '████████████████████ new 0/0  old 1  healthy 0  9 s left'],
  ];
  for (const [input, frame] of frames) it(frame, () => assert.equal(renderProgress(input, 80), frame));

  it('never fills the whole width', () => assert.equal(renderProgress(counts(0, 2, 0, 180), 30).length, 29));
});

describe('the line renderer', () => {
  const subject = { service: 'autoscaler', id: '1466583476' };
  const story = (...bodies: EventBody[]): DeployEvent[] =>
    bodies.map((body, index) => ({ ...body, seq: index + 1, at: 0 }));
  const events = story(
    { type: 'phase', phase: 'rolling-update' },
    { type: 'line', text: 'Waiting' },
    { type: 'rollout', counts: counts(1, 2, 0, 170) },
    { type: 'line', text: 'Waiting on' },
    { type: 'warning', message: 'slow', hint: 'wait' },
    { type: 'phase', phase: 'settling' },
    { type: 'line', text: 'Deployment successful' },
  );
  const verdict = { ok: true, code: 'succeeded', message: '' } as const;

  it('prints plain lines into a pipe', () => {
    const { io, stdout, stderr } = captureIo();
    const renderer = createLineRenderer(io, subject);
    for (const event of events) renderer.event(event);
    renderer.end({ kind: 'verdict', verdict, exitCode: 0 });
    assert.equal(
      stdout(),
      'autoscaler/1466583476 Waiting\nautoscaler/1466583476 Waiting on\nautoscaler/1466583476 Deployment successful\n',
    );
    assert.equal(stderr(), 'Warning: slow\nHint: wait\n');
  });

  it('keeps the live line below the lines on a terminal, and leaves none behind', () => {
    const { io, stdout } = captureIo({ isTTY: true });
    const renderer = createLineRenderer(io, subject, () => 0);
    for (const event of events) renderer.event(event);
    renderer.end({ kind: 'verdict', verdict, exitCode: 0 });
    const frame = '▒▒▒▒▒▒▒▒▒▒░░░░░░░░░░ new 1/2  old 2  healthy 0  170 s left';
    const clear = '\r\u001b[2K';
    assert.equal(
      stdout(),
      [
        'autoscaler/1466583476 Waiting\n',
        frame,
        `${clear}autoscaler/1466583476 Waiting on\n${frame}`,
        // The warning and its hint go to stderr; the frame makes room for them.
        `${clear}${frame}`,
        `${clear}${frame}`,
        clear,
        'autoscaler/1466583476 Deployment successful\n',
      ].join(''),
    );
  });

  it('draws no live line in CI', () => assert.equal(captureIo({ isTTY: true, env: { CI: 'true' } }).io.isTTY, false));

  it('tells a failure with cause, facts and the next step', () => {
    const { io, stdout, stderr } = captureIo();
    createLineRenderer(io, subject).end({
      kind: 'verdict',
      exitCode: 7,
      verdict: {
        ok: false,
        code: 'deploy_failed_rolled_back',
        message: 'The deployment failed; revision 6 serves again',
        diagnosis: {
          cause: 'The container exited with code 1',
          facts: ['app: exit code 1', 'last log line: boom'],
          hint: 'Look at the log.',
        },
      },
    });
    assert.equal(stdout(), '');
    assert.equal(
      stderr(),
      [
        'Error: The deployment failed; revision 6 serves again',
        'Cause: The container exited with code 1',
        '  app: exit code 1',
        '  last log line: boom',
        'Hint: Look at the log.',
        '',
      ].join('\n'),
    );
  });
});
