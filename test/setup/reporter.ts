import { writeFileSync } from 'node:fs';
import Mocha from 'mocha';

const { Base } = Mocha.reporters;
const { constants } = Mocha.Runner;

const SLOW_MILLISECONDS = 2000;

/** What scripts/test.mjs reads; its last line is made of it. */
interface Totals {
  passed: number;
  failed: number;
  /** Full titles. */
  skipped: string[];
  failedNames: string[];
}

/** Prints tests as they end and failures once more, in full, when all have. */
export default class Reporter extends Base {
  constructor(runner: Mocha.Runner, options: Mocha.MochaOptions) {
    super(runner, options);
    const totals: Totals = { passed: 0, failed: 0, skipped: [], failedNames: [] };
    runner.on(constants.EVENT_SUITE_BEGIN, (suite) => {
      if (suite.parent?.root) console.log(`\n${suite.title}`);
    });
    runner.on(constants.EVENT_TEST_PASS, (test) => {
      totals.passed++;
      const milliseconds = test.duration ?? 0;
      const took = milliseconds > SLOW_MILLISECONDS ? ` (${(milliseconds / 1000).toFixed(1)} s)` : '';
      console.log(`  ✔ ${titleOf(test)}${took}`);
    });
    runner.on(constants.EVENT_TEST_PENDING, (test) => {
      totals.skipped.push(test.fullTitle());
      console.log(`  - ${titleOf(test)} (skipped)`);
    });
    runner.on(constants.EVENT_TEST_FAIL, (test) => {
      totals.failed++;
      totals.failedNames.push(test.fullTitle());
      console.log(`  ✘ ${titleOf(test)}`);
    });
    runner.once(constants.EVENT_RUN_END, () => {
      if (this.failures.length > 0) Base.list(this.failures);
      if (process.env.WL_TEST_TOTALS) writeFileSync(process.env.WL_TEST_TOTALS, JSON.stringify(totals));
    });
  }
}

/** Within its outermost suite, whose title stands above. */
const titleOf = (test: Mocha.Test): string => test.titlePath().slice(1).join(' › ') || test.title;
