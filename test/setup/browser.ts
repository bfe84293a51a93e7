import { existsSync } from 'node:fs';
import { chromium, type BrowserContext } from 'playwright-core';

const FLAGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/** The system's Chromium, e.g. of Debian's package; undefined where there is none: then skip, by name. */
export const chromiumPath = (): string | undefined =>
  [process.env.CHROMIUM_PATH, '/usr/bin/chromium', '/usr/bin/chromium-browser'].find(
    (path) => path !== undefined && existsSync(path),
  );

/** A headless browser whose user data directory is fresh and goes with it. */
export const launchBrowser = (executablePath: string): Promise<BrowserContext> =>
  chromium.launchPersistentContext('', { executablePath, headless: true, args: FLAGS });
