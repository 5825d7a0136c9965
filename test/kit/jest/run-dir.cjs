const { mkdtempSync, rmSync } = require('node:fs');
const { tmpdir } = require('node:os');
const { join } = require('node:path');

/** A folder that all suites of one jest run share: what is dear to make is made there once (`synthesized-once.ts`). */
module.exports = async () => {
  const folder = mkdtempSync(join(tmpdir(), 'rollcall-jest-'));
  process.env.ROLLCALL_TEST_RUN_DIR = folder;
  // CDK's own look at each template takes two seconds, and is the same for all: `npm run synth` has it.
  process.env.CDK_VALIDATION ??= 'false';
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
};
