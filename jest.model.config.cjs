const base = require('./jest.config.cjs');

/** The longer suite: the exhaustive model check of the protocol and thousands of random histories. `npm run test:model`. */
module.exports = {
  ...base,
  testMatch: ['<rootDir>/test/model/**/*.model.ts'],
  testTimeout: 900_000,
  maxWorkers: 2,
  // What they print is the point: numbers of states, invariants, counter-examples. Without jest's stack trace under every line.
  reporters: [['default', { summaryThreshold: 1 }]],
  verbose: true,
};
