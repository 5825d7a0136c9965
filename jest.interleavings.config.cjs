const base = require('./jest.config.cjs');

/** Thousands of kills, pauses and orphans around two runners of one partition, on the real steps. `npm run test:interleavings`. */
module.exports = {
  ...base,
  testMatch: ['<rootDir>/test/interleavings/**/*.run.ts'],
  testTimeout: 1_800_000,
  reporters: [['default', { summaryThreshold: 1 }]],
  verbose: true,
};
