const path = require('node:path');

/** What all suites have in common. Compiled with SWC (ts-jest does not run with TypeScript 7); `npm run build` checks the types. */
const common = {
  rootDir: __dirname,
  testEnvironment: 'node',
  globalSetup: '<rootDir>/test/kit/jest/run-dir.cjs',
  roots: ['<rootDir>/test'],
  modulePathIgnorePatterns: ['<rootDir>/cdk.out', '<rootDir>/.build', '<rootDir>/.local'],
  // For datasets in a folder of their own; those of this one find it by package.json.
  moduleNameMapper: { '^rollcall$': '<rootDir>/core/contracts/definitions.ts' },
  // hyparquet, which reads the footers of Parquet files, is an ES module; jest wants CommonJS.
  transformIgnorePatterns: ['/node_modules/(?!hyparquet/)'],
  transform: {
    '^.+\\.(tsx?|js)$': [
      '@swc/jest',
      {
        jsc: { parser: { syntax: 'typescript' }, target: 'es2024' },
        module: { type: 'commonjs' },
        sourceMaps: 'inline',
      },
    ],
  },
};

const suite = (displayName, testMatch, more = {}) => ({ ...common, displayName, testMatch, ...more });
/** For suites whose single tests run for minutes. */
const patient = { setupFilesAfterEnv: ['<rootDir>/test/kit/jest/patient.cjs'] };

/**
 * The suites are told apart by the ends of their files' names; a script of package.json runs each (CONTRIBUTING.md, "Tests"). Paths may be
 * given to a script, so the last option in it is none that takes a list, as `--selectProjects` does.
 */
module.exports = {
  // Nothing sleeps; but a process that starts cold on a busy machine can take seconds.
  testTimeout: 60_000,
  // Jest's own choice on two cores is one worker.
  maxWorkers: 2,
  // Failures are told once more at the end of long outputs.
  reporters: [['default', { summaryThreshold: 1 }], path.join(__dirname, 'test/kit/jest/processor-time.cjs')],
  projects: [
    suite('test', ['<rootDir>/test/**/*.test.ts']),
    // What takes tens of seconds a file: the synthesized app as a whole on simulated time, attacks on the engine's SQL, every kind of
    // document made unreadable.
    suite('long', ['<rootDir>/test/**/*.long.ts']),
    // The exhaustive model check of the protocol and thousands of random histories.
    suite('model', ['<rootDir>/test/**/*.model.ts'], patient),
    // A backfill that dies at each of its S3 requests.
    suite('crash', ['<rootDir>/test/**/*.crash.ts']),
    // Thousands of kills, pauses and orphans around two runners of one partition, on the real steps.
    suite('interleavings', ['<rootDir>/test/**/*.run.ts'], patient),
    // A thousand records dropped, doubled or altered on their way.
    suite('conservation', ['<rootDir>/test/**/*.conservation.ts']),
  ],
};
