const base = require('./jest.config.cjs');

/** The longest suite: a backfill that dies at each of its S3 requests. `npm run test:crash`. */
module.exports = { ...base, testMatch: ['<rootDir>/test/crash/**/*.crash.ts'], maxWorkers: 1, verbose: true };
