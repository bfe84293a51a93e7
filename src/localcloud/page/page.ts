/** `GET /_wonderland/` for people: what the cloud is doing, one account at a time. Works without JavaScript. */
import type { AdminPorts } from '../admin/ports.ts';
import type { WireRequest, WireResponse } from '../wire/message.ts';
import { balancersSection } from './balancers.ts';
import { dnsSection } from './dns.ts';
import { html, type Html } from './html.ts';
import { clustersSection } from './instances.ts';
import { journalSection } from './journal.ts';
import { linkTo, readQuery, type PageQuery } from './query.ts';
import { scalingSection } from './scaling.ts';
import { SCRIPT } from './script.ts';
import { chooseServices, isMoving, servicesSection } from './services.ts';
import { STYLE } from './style.ts';
import { tasksSection } from './tasks.ts';
import { bucketsSection, troubleSection } from './trouble.ts';

const SECURITY: Record<string, string> = {
  'content-security-policy':
    "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cache-control': 'no-store',
};

const respond = (type: string, body: string): WireResponse => ({
  status: 200,
  headers: { 'content-type': `${type}; charset=utf-8`, ...SECURITY },
  body,
});

const ICON =
  '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 16 16"><path fill="#2f5d8a" d="M4 13a3.5 3.5 0 0 1-.3-7A4.5 4.5 0 0 1 12.300 6.600 3.200 3.200 0 0 1 12 13z"/></svg>';

const figure = (value: number, label: string): Html => html`<div><b>${value}</b> ${label}</div>`;

const accountTabs = ({ worlds }: AdminPorts, query: PageQuery): Html =>
  html`<nav aria-label="accounts">
    ${[...worlds.values()].map(({ engine: { account, domain }, ecs }) => {
      const count = ecs.fleet.services().length;
      const link = linkTo({ ...query, service: '', isMoving: false }, { account });
      return account === query.account
        ? html`<a href="${link}" aria-current="page">${account} <small>${domain}, ${count} services</small></a>`
        : html`<a href="${link}">${account} <small>${domain}, ${count} services</small></a>`;
    })}
  </nav>`;

const filterForm = (query: PageQuery): Html =>
  html`<form method="get" role="search">
    <input type="hidden" name="account" value="${query.account}" />
    <label>name holds <input type="search" name="service" value="${query.service}" placeholder="any" /></label>
    <label>
      ${
        query.isMoving
          ? html`<input type="checkbox" name="moving" value="1" checked />`
          : html`<input type="checkbox" name="moving" value="1" />`
      }
      only in motion
    </label>
    <button>Show</button>
  </form>`;

const SECTIONS = [
  ['services', 'Services'],
  ['clusters', 'Clusters'],
  ['tasks', 'Tasks'],
  ['balancers', 'Load balancers'],
  ['dns', 'DNS'],
  ['scaling', 'Scaling'],
  ['trouble', 'Trouble'],
  ['buckets', 'Buckets'],
  ['journal', 'Journal'],
] as const;

const content = async (ports: AdminPorts, query: PageQuery): Promise<Html> => {
  const { engine, stage, journal } = ports;
  const around = stage.surroundings(query.account);
  const { ecs, elb, route53, throttle } = around.world;
  const now = engine.clock.now();
  const fleet = ecs.fleet.services();
  const tasks = ecs.report();
  const alive = tasks.filter(({ lastStatus }) => lastStatus !== 'STOPPED');
  const running = alive.filter(({ lastStatus }) => lastStatus === 'RUNNING').length;
  return html`<div class="figures">
      ${figure(fleet.length, 'services')} ${figure(fleet.filter(isMoving).length, 'in motion')}
      ${figure(running, 'tasks running')} ${figure(alive.length - running, 'tasks on their way')}
      ${figure(elb.list().length, 'load balancers')}
    </div>
    ${await servicesSection(around, query, chooseServices(fleet, query))} ${await clustersSection(around, alive)}
    ${await tasksSection(around, tasks, query.service)} ${balancersSection(elb.report(), query.service)}
    ${dnsSection(route53.report(), now, query.service)} ${await scalingSection(around)}
    ${await troubleSection(ports, query.account)} ${bucketsSection(throttle.levels(), engine.settings.strict)}
    ${journalSection(journal, query.account, query.service)}`;
};

const document = async (ports: AdminPorts, query: PageQuery): Promise<Html> => {
  const { engine, addresses, advance } = ports;
  const { url, ingressHttp, ingressHttps } = addresses();
  const time = new Date(engine.clock.now()).toISOString().replace('T', ' ').slice(0, 19);
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <title>The local cloud · ${query.account}</title>
        <link rel="icon" href="/_wonderland/icon.svg" />
        <link rel="stylesheet" href="/_wonderland/page.css" />
        <script type="module" src="/_wonderland/page.js"></script>
      </head>
      <body>
        <header class="top">
          <h1>The local cloud</h1>
          ${accountTabs(ports, query)}
          <div class="right"><button id="live" type="button" hidden aria-pressed="true">live</button></div>
        </header>
        <nav class="sections" aria-label="sections">
          ${SECTIONS.map(([id, title]) => html`<a href="#${id}">${title}</a>`)} ${filterForm(query)}
        </nav>
        <main>
          <p class="dim">
            Cloud time <b>${time}</b> UTC,
            ${advance === undefined ? `at speed ${engine.clock.speed}` : 'passes on request'} · AWS at
            <code>${url}</code> · ingress at <code>${ingressHttp}</code> and <code>${ingressHttps}</code>
          </p>
          ${await content(ports, query)}
        </main>
      </body>
    </html>`;
};

/** Undefined when the call is for somebody who wants JSON. */
export const servePage = async (
  ports: AdminPorts,
  path: string,
  { method, headers, query, rawQuery }: WireRequest,
): Promise<WireResponse | undefined> => {
  if (method !== 'GET') return undefined;
  if (path === 'page.css') return respond('text/css', STYLE);
  if (path === 'icon.svg') return respond('image/svg+xml', ICON);
  if (path === 'page.js') return respond('text/javascript', SCRIPT);
  const isForPeople = rawQuery !== '' || headers.accept?.includes('text/html') === true;
  if (path !== '' || !isForPeople) return undefined;
  const page = await document(ports, readQuery(query, [...ports.worlds.keys()]));
  return respond('text/html', page.text);
};
