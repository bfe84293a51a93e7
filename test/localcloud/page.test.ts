/** The page for people: that all is on it, nothing breaks it, and a browser keeps it fresh. */
import assert from 'node:assert/strict';
import { StopTaskCommand } from '@aws-sdk/client-ecs';
import type { BrowserContext } from 'playwright-core';
import { chromiumPath, launchBrowser } from '../setup/browser.ts';
import { escape, html } from '../../src/localcloud/page/html.ts';
import { startSteppedCloud, type SteppedCloud } from './support/stepped.ts';

const EVIL = '"><script>alert(1)</script><img src=x onerror=alert(2)>';

describe('html templates', () => {
  it('escape whatever is put in, and only that', () => {
    assert.equal(html`<p title="${EVIL}">${EVIL}</p>`.text, `<p title="${escape(EVIL)}">${escape(EVIL)}</p>`);
    assert.ok(!escape(EVIL).includes('<') && !escape(EVIL).includes('"'));
    const { text } = html`<p>${['a&b', html`<b>${1}</b>`, undefined, false]}</p>`;
    assert.equal(text.replace(/\s/g, ''), '<p>a&amp;b<b>1</b></p>');
  });

  it('take no object for HTML that only looks like it', () => {
    const forged = JSON.parse(JSON.stringify(html`<b>x</b>`)) as never;
    assert.throws(() => html`${forged}`);
  });
});

describe('the page', () => {
  let cloud: SteppedCloud;
  before(async () => {
    cloud = await startSteppedCloud();
    await cloud.balancer('shop-1466583476', 11_000);
    await cloud.createBehind('shop-1466583476', await cloud.register('service-shop', 'v1', 11_000), {
      tags: [{ key: 'wonderland:team', value: 'werkzeugschmiede' }],
    });
    await cloud.pass(60);
  });
  after(() => cloud.stop());

  const get = async (query = '', headers: Record<string, string> = { accept: 'text/html' }) => {
    const response = await fetch(`${cloud.url}/_wonderland/${query}`, { headers });
    assert.equal(response.status, 200);
    return { headers: response.headers, text: (await response.text()).replace(/\s+/g, ' ') };
  };

  it('is for those who ask for HTML, or for a part of it; all others get JSON', async () => {
    assert.match((await get()).text, /^<!doctype html>/);
    assert.match((await get('?service=shop', {})).text, /^<!doctype html>/);
    assert.ok(JSON.parse((await get('', { accept: '*/*' })).text));
    assert.match(
      await fetch(`${cloud.url}/_wonderland`, { headers: { accept: 'text/html' } }).then((r) => r.text()),
      /^<!doctype/,
    );
  });

  it('shows service, revision, instance, task, balancer, zone, group and call', async () => {
    const { text } = await get();
    const { tasks } = await cloud.admin('GET', 'tasks');
    const expected = [
      'shop-1466583476',
      'service-shop:1',
      'has reached a steady state.',
      'wonderland:team=werkzeugschmiede',
      'HTTP:11000/health',
      'HTTP 80 → HTTP 11000',
      'example.com',
      'CreateService',
      '210987654321',
      tasks[0].taskArn,
      tasks[0].instanceId,
      'aria-label="CPU: 32 of 2048 units"',
    ];
    for (const part of expected) assert.ok(text.includes(part), part);
  });

  it('shows faults, scenarios, what recurs, late changes of DNS, and how tasks ended', async () => {
    await cloud.admin('POST', 'faults', {
      service: 'ecs',
      operation: 'ListClusters',
      kind: 'throttle',
      probability: 0.25,
    });
    await cloud.admin('POST', 'scenarios/dns-late');
    await cloud.admin('POST', 'world/flap-health', { image: 'web:v9', everySeconds: 30 });
    await cloud.pass(120);
    const { text } = await get();
    for (const part of ['ecs ListClusters', '25 %', 'dns-late', 'late by', 'web:v9, every 30 s']) {
      assert.ok(text.includes(part), part);
    }
    await cloud.admin('DELETE', 'scenarios/dns-late');
    await cloud.admin('DELETE', 'faults');
    await cloud.admin('POST', 'world/stop-flapping', { image: 'web:v9' });
    await cloud.pass(60);
    assert.ok((await get()).text.includes('Scaling activity initiated by'));
  });

  it('shows one account at a time', async () => {
    const { text } = await get('?account=210987654321');
    assert.ok(text.includes('staging.example.com') && !text.includes('service-shop:1'));
    assert.ok((await get('?account=nobody')).text.includes('service-shop:1'));
  });

  it('keeps what callers wrote from becoming HTML', async () => {
    await cloud.admin('POST', 'faults', { service: EVIL, operation: EVIL, resource: EVIL, kind: 'error' });
    const [task] = await cloud.tasks('shop-1466583476', 'RUNNING');
    await cloud.ecs.send(new StopTaskCommand({ cluster: 'crims', task: task?.taskArn, reason: EVIL }));
    const revision = await cloud.register('service-evil', 'v1', 11_050, { environment: [{ name: 'X', value: EVIL }] });
    await cloud.create('evil', revision, { desiredCount: 1 });
    await cloud.pass(30);
    for (const query of ['', `?service=${encodeURIComponent(EVIL)}`, `?account=${encodeURIComponent(EVIL)}`]) {
      const { text } = await get(query);
      assert.ok(!text.includes('<script>alert') && !text.includes('<img'), query);
    }
    assert.ok((await get()).text.includes(escape(EVIL)), 'it is shown all the same');
    await cloud.admin('DELETE', 'faults');
  });

  it('lets a browser load and run nothing but its own', async () => {
    const { headers, text } = await get();
    const policy = headers.get('content-security-policy') ?? '';
    assert.match(policy, /^default-src 'none'; /);
    assert.ok(!policy.includes('unsafe') && !policy.includes('*'));
    assert.ok(!/ style="| on[a-z]+="/.test(text));
    assert.equal(text.match(/<script/g)?.length, 1);
    for (const [path, type] of [
      ['page.css', 'text/css'],
      ['page.js', 'text/javascript'],
      ['icon.svg', 'image/svg+xml'],
    ] as const) {
      assert.ok((await get(path)).headers.get('content-type')?.startsWith(type));
    }
  });

  it('stays readable with many services: in pages, filtered, those in motion first', async () => {
    const revision = await cloud.register('service-many', 'v1', 0);
    for (let n = 10; n < 70; n += 1) await cloud.create(`many-${n}`, revision, { desiredCount: 0 });
    await cloud.pass(10);
    await cloud.update('many-69', { desiredCount: 2 });
    const servicesAt = async (query: string): Promise<string> =>
      (await get(query)).text.split('id="services"')[1]?.split('</section>')[0] ?? '';
    const text = await servicesAt('?service=many');
    assert.ok(text.includes('50 of 60') && text.includes('page 1 of 2'));
    assert.ok(text.indexOf('many-69') < text.indexOf('many-10'), 'what moves comes first');
    const second = await servicesAt('?service=many&page=2');
    assert.ok(second.includes('10 of 60') && second.includes('many-68') && !second.includes('many-20'));
    const moving = await servicesAt('?service=many&moving=1');
    assert.ok(moving.includes('many-69') && !moving.includes('many-68'));
  });

  describe('in a browser', () => {
    let browser: BrowserContext;
    const path = chromiumPath();
    if (path === undefined || process.env.WL_TEST_FULL !== '1') {
      it.skip('shows what happens without being loaded again (in the full run, with Chromium: CHROMIUM_PATH)');
      return;
    }
    before(async () => {
      browser = await launchBrowser(path);
    });
    after(() => browser.close());

    it('shows what happens without being loaded again, and keeps open what was opened', async () => {
      const page = await browser.newPage();
      const complaints: string[] = [];
      page.on('console', (message) => void complaints.push(message.text()));
      page.on('pageerror', (error) => void complaints.push(error.message));
      page.on('dialog', (dialog) => {
        complaints.push('a script of somebody else ran');
        void dialog.dismiss();
      });
      await page.goto(`${cloud.url}/_wonderland/?service=shop`);
      const events = page.locator('#services details').first();
      await events.locator('summary').click();
      await page.evaluate('globalThis.isFirst = true');
      await cloud.update('shop-1466583476', { desiredCount: 3 });
      await cloud.pass(30);
      await page.locator('#services .figure', { hasText: '3 / 3' }).first().waitFor();
      assert.equal(await page.evaluate('globalThis.isFirst'), true);
      assert.equal(await events.getAttribute('open'), '');
      assert.deepEqual(complaints, []);
      await page.close();
    });
  });
});
