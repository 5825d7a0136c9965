/** For suites in which one test explores all there is: whoever runs them waits, and stops them by hand. */
jest.setTimeout(1_800_000);
