/** What is made to go wrong, and how full the throttle buckets are. */
import type { AdminPorts } from '../admin/ports.ts';
import type { FaultRule } from '../engine/contract.ts';
import type { BucketLevel } from '../engine/throttle.ts';
import { html, type Content, type Html } from './html.ts';
import { badge, bar, clockTime, section, table } from './pieces.ts';

const faultRow = (fault: FaultRule): Content[] => [
  badge('bad', fault.kind, fault.id),
  html`<code>${fault.service} ${fault.operation}</code>`,
  [fault.resource, fault.parameters, fault.principal, fault.account].filter((one) => one !== undefined).join(', '),
  fault.count === undefined ? 'no limit' : `${fault.count} more`,
  fault.probability === undefined ? '' : `${Math.round(fault.probability * 100)} %`,
  [
    fault.from !== undefined && html`from ${clockTime(fault.from)} `,
    fault.until !== undefined && html`until ${clockTime(fault.until)}`,
  ],
  fault.hits ?? 0,
];

export const troubleSection = async ({ faults, stage }: AdminPorts, account: string): Promise<Html> => {
  const rules = faults.list();
  const runs = (await stage.scenarios.list()).filter((run) => run.account === account);
  const recurring = stage.recurring().filter((one) => one.account === account);
  const head = ['fault', 'calls', 'only', 'count', 'share', 'time', 'met'];
  return section(
    'trouble',
    'Trouble',
    `${rules.length} faults, ${runs.length} scenarios`,
    html`${table(head, rules.map(faultRow), 'No fault waits for a call.')}
    ${
      runs.length > 0 &&
      table(
        ['scenario', 'service', 'phase', 'shown'],
        runs.map(({ scenario, service, phase, shown, problem }): Content[] => [
          html`<b>${scenario}</b>`,
          service,
          badge(problem === undefined ? 'busy' : 'bad', problem ?? phase),
          Object.keys(shown).join('; '),
        ]),
        '',
      )
    }
    ${recurring.map(
      ({ kind, subject, everySeconds, times }) =>
        html`<p>${badge('busy', kind)} ${subject}, every ${everySeconds} s, ${times} times so far</p>`,
    )}`,
  );
};

const bucketMeter = ({ service, name, level, burst, refill, refused }: BucketLevel): Html => {
  const left = Math.floor(level);
  return html`<div>
    ${bar(`${service}: ${name}`, burst, [{ size: left, colour: left < burst / 4 ? '#c8553d' : '#4f8a5b', title: `${left} calls left, ${refill} more a second` }], 'calls')}
    ${refused > 0 && html`<span class="bad">${refused} refused</span>`}
  </div>`;
};

export const bucketsSection = (levels: readonly BucketLevel[], isStrict: boolean): Html => {
  const drawn = levels.filter(({ level, burst, refused }) => level < burst || refused > 0);
  return section(
    'buckets',
    'Throttle buckets',
    isStrict ? 'strict: they count' : 'not strict: they do not count',
    html`<div class="meters">${drawn.map(bucketMeter)}</div>
      <details data-key="buckets">
        <summary>${levels.length - drawn.length} that are full</summary>
        <div class="meters">${levels.filter((one) => !drawn.includes(one)).map(bucketMeter)}</div>
      </details>`,
  );
};
