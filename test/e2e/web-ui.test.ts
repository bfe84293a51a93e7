import assert from 'node:assert/strict';
import type { Page } from 'playwright-core';
import { deployWorkflowId } from '../../src/domain/ids.ts';
import { chromiumPath, launchBrowser } from '../setup/browser.ts';
import { eventually } from '../setup/eventually.ts';
import { sharedStack, type Stack } from '../setup/stack.ts';
import { post, verdictOf } from './support/api.ts';
import { manifestOf } from './support/manifest.ts';
import { meanwhile } from './support/side-by-side.ts';

const SERVICE = 'autoscaler';
/** Long enough for a slow browser to see it under way. */
const SETTLE_SECONDS = 20;
const REPOSITORY = 'wonderland-autoscaler';

describe('the Temporal Web UI', function () {
  this.timeout(120_000);
  const chromium = chromiumPath();
  if (chromium === undefined) {
    it.skip('shows what a deployment does (without Chromium: install it, or name it in CHROMIUM_PATH)');
    return;
  }

  const shown = meanwhile('the Temporal Web UI', async () => {
    const [stack, browser] = await Promise.all([sharedStack(), launchBrowser(chromium)]);
    try {
      await watchInBrowser(stack, await browser.newPage());
    } finally {
      await browser.close();
    }
  });

  it('shows phase, details and summaries of a deployment while it runs, and its end', () => shown());
});

async function watchInBrowser(stack: Stack, page: Page): Promise<void> {
  const tag = `v${Date.now()}`;
  const more = { deployment: { settle: SETTLE_SECONDS } };
  const manifest = manifestOf({ service: SERVICE, repository: REPOSITORY, tag, more });
  const id = await post(stack, SERVICE, { manifest });
  const workflow = encodeURIComponent(deployWorkflowId(SERVICE, id));
  const url = `${stack.client.webUiUrl}/namespaces/default/workflows/${workflow}`;
  await page.goto(url);

  await page.getByText('User Metadata').first().click();
  await shows(page, [
    `deploy/${SERVICE}/${id}`,
    /Running/,
    new RegExp(`Deploy ${SERVICE}: registry.example.com/${REPOSITORY}:${tag} ×1 by werkzeugschmiede`),
    /Change: autoscaler\/\d+\s+Team: werkzeugschmiede/,
    // Current details.
    new RegExp(
      `${SERVICE}/${id} by werkzeugschmiede\\s+Phase: (rolling-update|health-gate|settling)\\s+Tasks: 1 new, 0 old, 1 wanted`,
    ),
    // Summaries of activities and timers.
    `what runs of ${SERVICE}`,
    new RegExp(`watching ${SERVICE}-\\d{10}`),
    'rolling update: next line',
    /settle\s+Started/,
  ]);

  const { code } = await verdictOf(stack, SERVICE, id);
  assert.equal(code, 'succeeded');
  await page.reload();
  await shows(page, [/Completed/, /Phase: succeeded/, 'Last: Deployment successful']);
  await page.getByText('Search Attributes').first().click();
  await shows(page, ['"WlPhase": "succeeded"', `"WlService": "${SERVICE}"`, '"WlTeam": "werkzeugschmiede"']);
  await page.goto(url);
  await shows(page, [/last look before the verdict/, /lookAtRollout/]);
}

/** The page's text; the UI renders Markdown in frames of their own. */
const textOf = async (page: Page): Promise<string> => {
  const texts = page.frames().map((frame) => frame.innerText('body').catch(() => ''));
  return (await Promise.all(texts)).join('\n');
};

/** Waits until the page shows all of these, whatever else it shows. */
async function shows(page: Page, wanted: (string | RegExp)[]): Promise<void> {
  let missing = wanted;
  let text = '';
  await eventually(
    'the page shows everything',
    async () => {
      text = await textOf(page);
      missing = wanted.filter((w) => !(typeof w === 'string' ? text.includes(w) : w.test(text)));
      // Current details are fetched once: a key press asks for fresh ones.
      if (missing.length > 0) await page.keyboard.press('r');
      return missing.length === 0;
    },
    120,
  ).catch((error: unknown) => assert.fail(`${String(error)}; missing: ${missing.join(' | ')}\n${text}`));
}
