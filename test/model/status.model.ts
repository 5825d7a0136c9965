import { checkHistories } from './status-histories';

const HISTORIES = 10_000;

it(`every expected partition has exactly one status and statuses add up to the expected, in ${HISTORIES} random histories`, () => {
  const { histories, kinds, restarts } = checkHistories(HISTORIES);
  expect(histories).toBe(HISTORIES);
  expect(restarts).toBeGreaterThan(HISTORIES / 2);
  // None of the six is a corner that the histories never come to.
  expect(Math.min(...Object.values(kinds))).toBeGreaterThan(HISTORIES / 20);
});
