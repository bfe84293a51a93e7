import assert from 'node:assert/strict';
import { diagnose, hasLostZone } from '../../../src/domain/deploy/diagnose.ts';
import {
  causeOf,
  healthyInstances,
  isPast,
  stageOf,
  troubleOf,
  type RolloutSnapshot,
  type StoppedTask,
} from '../../../src/domain/deploy/rollout.ts';

const context = {
  deploymentId: 'ecs-svc/2',
  taskDefinition: 'arn:aws:ecs:eu-west-1:1:task-definition/service-a:2',
  hasEndpoint: true,
  failures: 3,
  desired: 2,
};

const snapshot = (more: Partial<RolloutSnapshot> = {}): RolloutSnapshot => ({
  service: 'ACTIVE',
  desired: 2,
  primary: { id: 'ecs-svc/2', taskDefinition: context.taskDefinition },
  ours: { running: 2, pending: 0 },
  others: { running: 0, pending: 0, deployments: 0 },
  ourInstances: ['i-1', 'i-2'],
  oldTasks: 0,
  oldStopping: 0,
  stopped: [],
  health: [
    { instance: 'i-1', state: 'InService', description: 'N/A' },
    { instance: 'i-2', state: 'InService', description: 'N/A' },
  ],
  ...more,
});

const crash = (id: string, more: Partial<StoppedTask> = {}): StoppedTask => ({
  id,
  stopCode: 'EssentialContainerExited',
  reason: 'Essential container in task exited',
  exitCode: 1,
  container: 'app',
  ...more,
});

describe('stageOf', () => {
  const cases: [string, Partial<RolloutSnapshot>, string][] = [
    ['everything serves and nothing else is left', {}, 'old-gone'],
    ['an old task still runs', { others: { running: 1, pending: 0, deployments: 1 } }, 'all-healthy'],
    [
      'an old deployment is still listed, without tasks',
      { others: { running: 0, pending: 0, deployments: 1 } },
      'old-gone',
    ],
    ['a task more runs than is wanted: ECS has yet to stop it', { ours: { running: 3, pending: 0 } }, 'all-healthy'],
    ['an old task still drains', { oldTasks: 1 }, 'all-healthy'],
    [
      'one of two is not in service yet',
      { health: [{ instance: 'i-1', state: 'InService', description: 'N/A' }] },
      'one-healthy',
    ],
    ['one task is still pending', { ours: { running: 1, pending: 1 }, ourInstances: ['i-1'] }, 'one-healthy'],
    ['nothing is in service', { health: [] }, 'starting'],
    [
      'the healthy instances run old tasks: an instance in service is not yet a release in service',
      { ourInstances: ['i-3', 'i-4'], health: snapshot().health },
      'starting',
    ],
    [
      'an instance that is draining is InService too, with another description',
      {
        health: snapshot().health.map((h) => ({ ...h, description: 'Instance deregistration currently in progress.' })),
      },
      'starting',
    ],
    ['no task is wanted', { desired: 0, ours: { running: 0, pending: 0 }, ourInstances: [], health: [] }, 'old-gone'],
  ];
  for (const [name, more, stage] of cases) it(name, () => assert.equal(stageOf(snapshot(more), context), stage));

  it('counts running tasks where there is no balancer', () => {
    assert.equal(stageOf(snapshot({ health: [] }), { ...context, hasEndpoint: false }), 'old-gone');
  });
});

describe('healthyInstances', () => {
  it('counts an instance only when a task of this deployment runs on it', () => {
    assert.equal(healthyInstances(snapshot({ ourInstances: ['i-2'] })), 1);
  });
});

describe('troubleOf', () => {
  it('names a foreign deployment by id and revision', () => {
    const trouble = troubleOf(
      snapshot({ primary: { id: 'ecs-svc/9', taskDefinition: 'arn:aws:ecs:eu-west-1:1:task-definition/service-a:9' } }),
      context,
    );
    assert.equal(trouble?.kind, 'interference');
    assert.match(trouble?.message ?? '', /PRIMARY deployment is ecs-svc\/9 with service-a:9, not ours \(ecs-svc\/2\)/);
  });

  it('names a service that somebody deleted', () => {
    assert.equal(troubleOf(snapshot({ service: 'INACTIVE' }), context)?.kind, 'gone');
  });

  it('names a load balancer that somebody deleted', () => {
    assert.match(
      troubleOf(snapshot({ balancerGone: true, health: [] }), context)?.message ?? '',
      /^The load balancer is gone/,
    );
  });

  it('ends at three stopped tasks of one cause, not at three different ones', () => {
    const same = [crash('1'), crash('2'), crash('3')];
    assert.match(
      troubleOf(snapshot({ stopped: same }), context)?.message ?? '',
      /^3 tasks stopped for one reason: Essential container in task exited; container app exited with code 1$/,
    );
    assert.equal(
      troubleOf(snapshot({ stopped: [crash('1'), crash('2'), crash('3', { exitCode: 137 })] }), context),
      undefined,
    );
  });

  it('does not count tasks that the scheduler stops while scaling', () => {
    const scaled = ['1', '2', '3'].map((id) =>
      crash(id, {
        stopCode: 'ServiceSchedulerInitiated',
        reason: 'Scaling activity initiated by (deployment ecs-svc/2)',
      }),
    );
    assert.equal(troubleOf(snapshot({ stopped: scaled }), context), undefined);
  });
});

describe('causeOf', () => {
  it('says once what task and container give as the same reason', () => {
    const reason = 'CannotPullContainerError: manifest for web:v9 not found';
    assert.equal(causeOf({ id: 't', reason, container: 'web', containerReason: reason }), reason);
    assert.equal(
      causeOf(crash('t', { containerReason: 'OutOfMemoryError' })),
      'Essential container in task exited; container app exited with code 1; OutOfMemoryError',
    );
  });
});

describe('diagnose', () => {
  const failure = { kind: 'timeout' as const, message: 'The rolling update did not complete within 180 s' };
  const evidence = (more: Partial<RolloutSnapshot>) => ({
    snapshot: snapshot(more),
    serviceEvents: ['(service a) x'],
    logLines: ['boom'],
  });

  it('names the stopped task first', () => {
    const { cause, facts } = diagnose(failure, evidence({ stopped: [crash('1')] }));
    assert.equal(cause, `${failure.message}: Essential container in task exited; container app exited with code 1`);
    assert.deepEqual(facts, [
      '1 task stopped: Essential container in task exited; container app exited with code 1',
      'event: (service a) x',
      'log: boom',
    ]);
  });

  it("adds the load balancer's reason to a task that ECS stopped for it, and calls a zone a zone", () => {
    const reason = 'Instance has failed at least the UnhealthyThreshold number of health checks consecutively.';
    const lostZone =
      'Instance is in the EC2 Availability Zone for which LoadBalancer is not configured to route traffic to.';
    const stop = 'Task failed ELB health checks in (elb web-1)';
    const stopped = [{ id: '1', stopCode: 'ServiceSchedulerInitiated', reason: stop }];
    const because = (text: string) => ({
      ...evidence({ stopped }),
      serviceEvents: [
        '(service web-1) has begun draining connections on 1 tasks.',
        `(service web-1) (instance i-1) (port 11000) is unhealthy in (elb web-1) due to (reason ${text})`,
      ],
    });
    const sick = diagnose(failure, because(reason));
    assert.equal(sick.cause, `${failure.message}: ${stop}: ${reason}`);
    assert.match(sick.hint ?? '', /health check path/);
    const dark = diagnose(failure, because(lostZone));
    assert.equal(dark.cause, `${failure.message}: ${stop}: ${lostZone}`);
    assert.match(dark.hint ?? '', /who disabled it/);
    assert.deepEqual([hasLostZone(because(reason)), hasLostZone(because(lostZone))], [false, true]);
  });

  for (const [kind, hint] of [
    ['gone', /who deleted it/],
    ['interference', /who did it/],
    ['unplaceable', /add instances/],
    ['blocked', /ECS service role/],
    ['timeout', /raise `deployment\.timeout`/],
    ['no-progress', /raise `deployment\.progress-timeout`/],
    ['old-tasks-timeout', /what keeps the old ones/],
    ['error', /ask the platform team/],
  ] as const) {
    it(`says what to do next of ${kind}`, () => {
      const waiting = kind === 'timeout' || kind === 'no-progress' ? { ours: { running: 0, pending: 2 } } : {};
      const told = diagnose({ kind, message: 'It is over' }, evidence({ ...waiting, ourInstances: [], health: [] }));
      assert.match(told.hint ?? '', hint);
    });
  }

  it('passes on what the step that failed knows to do next', () => {
    const told = diagnose({ kind: 'error', message: 'AccessDenied', hint: 'Look at the IAM policy.' }, evidence({}));
    assert.equal(told.hint, 'Look at the IAM policy.');
  });

  it("then the scheduler's own word, then the balancer's, then what never started", () => {
    assert.match(
      diagnose(failure, evidence({ stuck: 'was unable to place a task because …' })).cause,
      /: ECS was unable to place a task/,
    );
    const sick = [{ instance: 'i-1', state: 'OutOfService', description: 'Instance has failed …' }];
    assert.match(
      diagnose(failure, evidence({ health: sick })).cause,
      /: instance i-1 is OutOfService: Instance has failed …$/,
    );
    assert.match(
      diagnose(failure, evidence({ ours: { running: 0, pending: 2 }, ourInstances: [], health: [] })).cause,
      /2 of 2 tasks never started \(still PENDING\)/,
    );
  });
});

describe('the past that DescribeServices shows', () => {
  const anew = { deploymentId: 'ecs-svc/2', desired: 2, previousDeployment: 'ecs-svc/1' };
  const { previousDeployment: _, ...kept } = anew;
  const primary = (id: string) => ({ id, taskDefinition: context.taskDefinition });
  const none = snapshot({ service: 'MISSING', desired: 0, primary: { id: '', taskDefinition: '' } });

  it('is the PRIMARY before ours, for ever', () => {
    const before = snapshot({ primary: primary('ecs-svc/1') });
    assert.equal(isPast(before, anew, true), true);
    assert.equal(isPast(before, anew, false), true);
  });

  it('is, on the way back, the one before that too', () => {
    const before = snapshot({ primary: primary('ecs-svc/0') });
    assert.equal(isPast(before, { ...anew, earlierDeployment: 'ecs-svc/0' }, false), true);
    assert.equal(isPast(before, anew, false), false);
  });

  it('is not a service that somebody deleted before it knew ours', () => {
    const deleted = snapshot({ service: 'DRAINING', primary: primary('ecs-svc/1') });
    assert.equal(isPast(deleted, anew, false), false);
  });

  it('is a service that is not there yet, as long as ours is unseen', () => {
    for (const target of [anew, kept]) {
      assert.equal(isPast(none, target, true), true);
      assert.equal(isPast(none, target, false), false);
    }
  });

  it('is who had the name before, as long as ours is unseen', () => {
    const namesake = snapshot({ primary: primary('ecs-svc/0') });
    assert.equal(isPast(namesake, kept, true), true);
    assert.equal(isPast(namesake, kept, false), false);
  });

  it('is not somebody else, where ours has one before it', () => {
    assert.equal(isPast(snapshot({ primary: primary('ecs-svc/3') }), anew, true), false);
  });

  it('is another count, when that is all that was changed', () => {
    const uncounted = snapshot({ desired: 1 });
    assert.equal(isPast(uncounted, kept, true), true);
    assert.equal(isPast(uncounted, kept, false), false);
    assert.equal(isPast(uncounted, anew, true), false);
    assert.equal(isPast({ ...uncounted, service: 'DRAINING' }, kept, true), false);
  });

  it('is not ours', () => {
    for (const target of [anew, kept]) assert.equal(isPast(snapshot(), target, true), false);
  });
});
