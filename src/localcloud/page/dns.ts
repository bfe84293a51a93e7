import type { Route53Report } from '../services/route53/report.ts';
import { html, type Content, type Html } from './html.ts';
import { badge, clockTime, countOf, section, span, table } from './pieces.ts';

const MOST = 100;

type Record53 = Route53Report['zones'][number]['records'][number];

const row = ({ name, type, values, isAlias, isServed, setIdentifier }: Record53): Content[] => [
  html`<b>${name}</b> ${setIdentifier !== undefined && html`<span class="dim">${setIdentifier}</span>`}`,
  type,
  html`${isAlias && html`<span class="dim">alias of</span>`} ${values.map((value) => html`<code>${value}</code> `)}`,
  isServed ? badge('good', 'served') : badge('busy', 'pending', 'Name servers still answer as before.'),
];

/** Records of the zone itself tell nothing. */
const isOfInterest = ({ type }: Record53): boolean => type !== 'NS' && type !== 'SOA';

export const dnsSection = ({ zones, pendingChanges, healthChecks }: Route53Report, now: number, text: string): Html => {
  const all = zones.flatMap(({ records }) => records.filter(isOfInterest)).filter(({ name }) => name.includes(text));
  const shown = all.slice(0, MOST);
  const pending = pendingChanges.map(({ id, zone, names, submittedAt, insyncAt }): Content[] => [
    html`<code>${id}</code>`,
    zone,
    names.join(', '),
    clockTime(submittedAt),
    insyncAt > now ? `in ${span(insyncAt - now)}` : html`<span class="bad">late by ${span(now - insyncAt)}</span>`,
  ]);
  const checks = healthChecks
    .slice(0, MOST)
    .map(({ id, type, endpoint, isHealthy }): Content[] => [
      html`<code>${id}</code>`,
      type,
      endpoint,
      isHealthy ? badge('good', 'healthy') : badge('bad', 'unhealthy'),
    ]);
  return section(
    'dns',
    'DNS',
    `${countOf(shown.length, all.length)} records in ${zones.map(({ name }) => name).join(', ')}`,
    html`${table(['record', 'type', 'leads to', ''], shown.map(row), 'No record.')}
      <h3>Changes that are PENDING <small>${pending.length}</small></h3>
      ${table(['change', 'zone', 'names', 'since', 'INSYNC'], pending, 'None.')}
      ${
        checks.length > 0 &&
        html`<h3>Health checks <small>${countOf(checks.length, healthChecks.length)}</small></h3>
          ${table(['health check', 'type', 'endpoint', ''], checks, 'None.')}`
      }`,
  );
};
