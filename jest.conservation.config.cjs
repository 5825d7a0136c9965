const base = require('./jest.config.cjs');

/** A thousand records dropped, doubled or altered on their way: `npm run test:conservation`. */
module.exports = {
  ...base,
  testMatch: ['<rootDir>/test/conservation/**/*.conservation.ts'],
  maxWorkers: 1,
  verbose: true,
};
