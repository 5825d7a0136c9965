const base = require('./jest.config.cjs');

/**
 * What takes tens of seconds a file: the synthesized app as a whole on simulated time, attacks on the engine's SQL, every kind of document
 * made unreadable. `npm run test:long`.
 */
module.exports = { ...base, testMatch: ['<rootDir>/test/**/*.long.ts'] };
