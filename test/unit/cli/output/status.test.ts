import assert from 'node:assert/strict';
import type { ServiceStatus } from '../../../../src/domain/api.ts';
import { renderStatus } from '../../../../src/cli/commands/status.ts';
import { formatTime } from '../../../../src/cli/output/time.ts';
import { assertGolden } from '../../../golden/golden.ts';

const STATUS: ServiceStatus = {
  service: 'autoscaler',
  team: 'werkzeugschmiede',
  currentDeployment: '1466583491',
  desiredScale: 2,
  tasks: [
    { machine: 'i-7db992f7', startedAt: Date.UTC(2016, 5, 22, 9, 14) },
    { machine: 'i-fb2f5b77', startedAt: Date.UTC(2016, 5, 23, 23, 13) },
  ].map((row) => ({ ...row, component: 'autoscaler', status: 'RUNNING', deployment: '1466583491', elb: 'InService' })),
  changes: [],
  account: { id: '123456789012', region: 'eu-west-1', environment: 'local' },
};

describe('wl status', () => {
  const zone = process.env.TZ;
  const inZone = (name: string) => {
    process.env.TZ = name;
  };
  afterEach(() => {
    if (zone === undefined) delete process.env.TZ;
    else process.env.TZ = zone;
  });

  it('prints the table of the example', () => {
    inZone('Europe/Berlin');
    assertGolden('status.txt', `${renderStatus(STATUS).join('\n')}\n`);
  });

  it('prints dashes for what is not there yet', () => {
    const { currentDeployment: _, ...fresh } = STATUS;
    const tasks = [{ machine: 'i-1', component: 'app', status: 'PENDING', deployment: '-', elb: '-' }];
    assert.deepEqual(renderStatus({ ...fresh, tasks }), [
      'Current deployment: -',
      'Desired scale: 2',
      'Machine Component Status  Started Deployment ELB',
      '------- --------- ------  ------- ---------- ---',
      'i-1     app       PENDING -       -          -',
    ]);
  });

  const times: [zone: string, expected: string][] = [
    ['UTC', '01 Dec 25 23:05 UTC'],
    ['Europe/Berlin', '02 Dec 25 00:05 CET'],
    ['Europe/London', '01 Dec 25 23:05 GMT'],
    ['America/New_York', '01 Dec 25 18:05 EST'],
    ['Australia/Sydney', '02 Dec 25 10:05 AEDT'],
    ['Asia/Kolkata', '02 Dec 25 04:35 IST'],
  ];
  for (const [name, expected] of times) {
    it(`writes times of ${name}`, () => {
      inZone(name);
      assert.equal(formatTime(Date.UTC(2025, 11, 1, 23, 5)), expected);
    });
  }
});
