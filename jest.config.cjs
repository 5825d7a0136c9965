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

const floor = (statements, branches, functions) => ({ statements, branches, functions });
/**
 * What `npm test` has to run of each layer, in percent. Measured in parts, most layers by their own tests alone: a whole run covers more. Raise
 * one to a little below what the summary of a run says.
 */
const FLOORS = {
  'core/contracts/': floor(95, 90, 96),
  'core/domain/': floor(94, 85, 94),
  'core/runtime/': floor(90, 82, 91),
  'core/engine/': floor(90, 81, 92),
  'lambdas/': floor(91, 84, 88),
  'lib/': floor(91, 81, 93),
  'asl-lint/': floor(95, 88, 96),
  'edges/': floor(88, 76, 85),
  'cli/': floor(80, 71, 75),
  'local/': floor(59, 57, 53),
};

/**
 * The suites are told apart by the ends of their files' names; a script of package.json runs each (CONTRIBUTING.md, "Tests"). Paths may be
 * given to a script, so the last option in it is none that takes a list, as `--selectProjects` does.
 */
module.exports = {
  // Nothing sleeps; but a process that starts cold on a busy machine can take seconds.
  testTimeout: 60_000,
  // Jest's own choice on two cores is one worker.
  maxWorkers: 2,
  // Where it is asked for (CONTRIBUTING.md, "Tests"). By instrumented code: V8's own counting, turned into lines for each of the files
  // that a test has loaded, takes an hour.
  collectCoverage: process.env['COVERAGE'] !== undefined,
  coverageProvider: 'babel',
  coverageReporters: ['text-summary', 'json-summary'],
  collectCoverageFrom: Object.keys(FLOORS).map((folder) => `${folder}**/*.ts`),
  coverageThreshold: FLOORS,
  // Failures are told once more at the end of long outputs.
  reporters: [['default', { summaryThreshold: 1 }], path.join(__dirname, 'test/kit/jest/processor-time.cjs')],
  projects: [
    // The layers are roots, too, so that a file that no test loads counts as not covered.
    suite('test', ['<rootDir>/test/**/*.test.ts'], {
      roots: [...common.roots, ...Object.keys(FLOORS).map((folder) => `<rootDir>/${folder}`)],
    }),
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
