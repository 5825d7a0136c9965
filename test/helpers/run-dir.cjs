const { mkdtempSync, rmSync } = require('node:fs');
const { tmpdir } = require('node:os');
const { join } = require('node:path');

/** A folder that all suites of one jest run share: what is dear to make is made there once (`synthesized-once.ts`). */
module.exports = async () => {
  const folder = mkdtempSync(join(tmpdir(), 'rollcall-jest-'));
  process.env.ROLLCALL_TEST_RUN_DIR = folder;
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
};
