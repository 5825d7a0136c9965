/** Jest compiles with SWC (ts-jest does not run with TypeScript 7); `npm run build` checks the types. */
module.exports = {
  testEnvironment: 'node',
  globalSetup: '<rootDir>/test/helpers/run-dir.cjs',
  // Nothing sleeps; but a process that starts cold on a busy machine can take seconds.
  testTimeout: 60_000,
  // Jest's own choice on two cores is one worker.
  maxWorkers: 2,
  roots: ['<rootDir>/test'],
  testMatch: ['**/*.test.ts'],
  testPathIgnorePatterns: ['/node_modules/', '<rootDir>/test/deploy/', '<rootDir>/test/faults/'],
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
