import type { Surroundings } from '../admin/world/event.ts';
import type { FleetService, Params } from '../engine/contract.ts';
import { millisecondsOf } from '../scenarios/scenario.ts';
import { html, type Content, type Html } from './html.ts';
import { badge, clockTime, colourOf, countOf, section, span, table } from './pieces.ts';
import { linkTo, PER_PAGE, type PageQuery } from './query.ts';

const EVENTS = 12;

export const isMoving = ({ desiredCount, runningCount, isDeploying }: FleetService): boolean =>
  isDeploying || desiredCount !== runningCount;

const describe = async ({ hand }: Surroundings, chosen: readonly FleetService[]): Promise<Params[]> => {
  const services: Params[] = [];
  for (const cluster of new Set(chosen.map((one) => one.cluster))) {
    const names = chosen.filter((one) => one.cluster === cluster).map(({ service }) => service);
    for (let at = 0; at < names.length; at += 10) {
      const asked = { cluster, services: names.slice(at, at + 10), include: ['TAGS'] };
      services.push(...((await hand.look('ecs', 'DescribeServices', asked)).services as Params[]));
    }
  }
  return services;
};

const deploymentLine = ({
  id,
  status,
  taskDefinition,
  desiredCount,
  runningCount,
  pendingCount,
  failedTasks,
  rolloutState,
}: Params): Html => {
  const isPrimary = status === 'PRIMARY';
  const mood = Number(failedTasks) > 0 ? 'bad' : isPrimary && runningCount === desiredCount ? 'good' : 'busy';
  return html`<div class="line">
    ${badge(mood, String(rolloutState ?? status), String(id))}
    <code title="${String(taskDefinition)}">${String(taskDefinition).split('/').at(-1)}</code>
    <span class="figure">${Number(runningCount)} / ${Number(desiredCount)}</span>
    ${Number(pendingCount) > 0 && html`<span class="dim">${Number(pendingCount)} pending</span>`}
    ${Number(failedTasks) > 0 && html`<span class="bad">${Number(failedTasks)} failed</span>`}
  </div>`;
};

const eventLine = (name: string, { createdAt, message }: Params): Html =>
  html`<li>${clockTime(millisecondsOf(createdAt))} ${String(message).replace(`(service ${name}) `, '')}</li>`;

const eventsOf = (service: Params): Content => {
  const name = String(service.serviceName);
  const [newest, ...older] = ((service.events ?? []) as Params[]).slice(0, EVENTS);
  if (newest === undefined) return html`<span class="dim">no events yet</span>`;
  return html`<details data-key="events ${String(service.serviceArn)}">
    <summary>
      ${clockTime(millisecondsOf(newest.createdAt))} ${String(newest.message).replace(`(service ${name}) `, '')}
    </summary>
    <ol class="events">
      ${older.map((event) => eventLine(name, event))}
    </ol>
  </details>`;
};

const tagsOf = (service: Params): string =>
  ((service.tags ?? []) as Params[]).map(({ key, value }) => `${String(key)}=${String(value)}`).join('\n');

const row = (service: Params, now: number): Content[] => {
  const name = String(service.serviceName);
  const { minimumHealthyPercent, maximumPercent } = (service.deploymentConfiguration ?? {}) as Params;
  const [balancer] = (service.loadBalancers ?? []) as Params[];
  const status = String(service.status);
  return [
    html`<span class="swatch"
        ><svg viewBox="0 0 8 8"><rect width="8" height="8" rx="2" fill="${colourOf(name)}" /></svg></span
      ><b title="${tagsOf(service)}">${name}</b>
      ${status !== 'ACTIVE' && badge('busy', status)}
      <div class="dim">${span(now - millisecondsOf(service.createdAt))} old</div>`,
    html`<span class="figure">${Number(service.runningCount)} / ${Number(service.desiredCount)}</span>
      ${Number(service.pendingCount) > 0 && html`<div class="dim">${Number(service.pendingCount)} pending</div>`}`,
    ((service.deployments ?? []) as Params[]).map(deploymentLine),
    html`<span class="figure">${Number(minimumHealthyPercent)}–${Number(maximumPercent)} %</span> ${
        service.healthCheckGracePeriodSeconds !== undefined &&
        html`<div class="dim">grace ${Number(service.healthCheckGracePeriodSeconds)} s</div>`
      }`,
    balancer?.loadBalancerName !== undefined && html`<code>${String(balancer.loadBalancerName)}</code>`,
    eventsOf(service),
  ];
};

const pages = (query: PageQuery, all: number): Content => {
  const count = Math.ceil(all / PER_PAGE);
  if (count < 2) return undefined;
  return html`<nav class="pages" aria-label="pages of services">
    ${query.page > 1 && html`<a href="${linkTo(query, { page: query.page - 1 })}">← before</a>`} page ${query.page} of
    ${count} ${query.page < count && html`<a href="${linkTo(query, { page: query.page + 1 })}">next →</a>`}
  </nav>`;
};

/** Services that the query asks for, those in motion first; `shown` are on this page of it. */
export const chooseServices = (
  fleet: readonly FleetService[],
  query: PageQuery,
): { all: FleetService[]; shown: FleetService[] } => {
  const all = fleet
    .filter((one) => one.service.includes(query.service) && (!query.isMoving || isMoving(one)))
    .toSorted((a, b) => Number(isMoving(b)) - Number(isMoving(a)) || a.service.localeCompare(b.service));
  return { all, shown: all.slice((query.page - 1) * PER_PAGE, query.page * PER_PAGE) };
};

export const servicesSection = async (
  around: Surroundings,
  query: PageQuery,
  { all, shown }: { all: FleetService[]; shown: FleetService[] },
): Promise<Html> => {
  const services = await describe(around, shown);
  const head = ['service', 'running', 'deployments', 'bounds', 'load balancer', 'events'];
  const rows = services.map((service) => row(service, around.engine.clock.now()));
  return section(
    'services',
    'Services',
    countOf(services.length, all.length),
    html`${table(head, rows, 'No service.')} ${pages(query, all.length)}`,
  );
};
