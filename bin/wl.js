#!/usr/bin/env node
import { existsSync } from 'node:fs';

const main = new URL('../dist/src/cli/main.js', import.meta.url);
if (existsSync(main)) await import(main.href);
else {
  process.stderr.write(
    'Error: wl is not built yet\nHint: run `node scripts/setup.mjs` in the checkout; `npm run demo` and `npm test` do so too.\n',
  );
  process.exitCode = 1;
}
