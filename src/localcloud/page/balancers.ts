import type { BalancerReport } from '../services/elb/report.ts';
import { html, type Content, type Html } from './html.ts';
import { badge, countOf, section, table } from './pieces.ts';

const MOST = 100;

const instance = ({
  instanceId,
  state,
  description,
  inFlight,
  isDraining,
}: BalancerReport['instances'][number]): Html => {
  const mood = isDraining ? 'busy' : state === 'InService' ? 'good' : 'bad';
  return html`<div class="line">
    ${badge(mood, isDraining ? 'draining' : state, description)} <code>${instanceId}</code>
    ${inFlight > 0 && html`<span class="dim">${inFlight} in flight</span>`}
    ${state !== 'InService' && html`<span class="dim">${description}</span>`}
  </div>`;
};

const row = ({ name, dnsName, scheme, zones, healthCheck, listeners, instances }: BalancerReport): Content[] => [
  html`<b title="${dnsName}">${name}</b>
    <div class="dim">${scheme}</div>`,
  listeners.map(
    (one) => html`<div><code>${one.protocol} ${one.port} → ${one.instanceProtocol} ${one.instancePort}</code></div>`,
  ),
  html`<code>${healthCheck}</code>`,
  zones.join(', '),
  instances.length === 0 ? html`<span class="dim">none</span>` : instances.map(instance),
];

export const balancersSection = (balancers: readonly BalancerReport[], text: string): Html => {
  const all = balancers.filter(({ name }) => name.includes(text));
  const shown = all.slice(0, MOST);
  const head = ['load balancer', 'listeners', 'health check', 'zones', 'instances'];
  return section(
    'balancers',
    'Load balancers',
    countOf(shown.length, all.length),
    table(head, shown.map(row), 'None.'),
  );
};
