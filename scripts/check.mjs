// npm run check: format, lint, types and architecture.
import { formatCheck, runChecks } from './lib/checks.mjs';

const results = await runChecks((result) => console.log(formatCheck(result)));
process.exitCode = results.every(({ passed }) => passed) ? 0 : 1;
