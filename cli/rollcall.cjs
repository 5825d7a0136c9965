#!/usr/bin/env node
'use strict';
/*
 * `npx rollcall`: runs cli/rollcall.ts on the Node version that the project is pinned to (the `node` package), whatever version this
 * machine has. Plain JavaScript, since nothing is compiled yet.
 */
const { spawnSync } = require('node:child_process');
const { existsSync } = require('node:fs');
const { constants } = require('node:os');
const { dirname, join } = require('node:path');

const binary = process.platform === 'win32' ? 'node.exe' : 'node';
let node;
let loader;
try {
  node = join(dirname(require.resolve('node/package.json')), 'bin', binary);
  loader = require.resolve('tsx/cjs');
} catch {
  console.error('rollcall: the packages are not installed; run: npm ci');
  process.exit(2);
}
if (!existsSync(node)) {
  console.error(`rollcall: ${node} is missing; run: npm ci (without --ignore-scripts)`);
  process.exit(2);
}
const run = spawnSync(node, ['--require', loader, join(__dirname, 'rollcall.ts'), ...process.argv.slice(2)], {
  stdio: 'inherit',
});
if (run.error) {
  console.error(`rollcall: could not start ${node}: ${run.error.message}`);
  process.exit(2);
}
// Killed by a signal: the status that a shell gives for it.
process.exit(run.status ?? 128 + (constants.signals[run.signal] ?? 0));
