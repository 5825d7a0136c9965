import type { z } from 'zod';
import { partitionRecordSchema } from '../../../core/contracts/run/partition-record';
import { incidentsStateSchema } from '../../../core/contracts/sweep/sweep-state';
import { carryOver } from '../../../core/domain/carry-over';
import { ending, holder, publication, record } from '../../kit/runs';

const read = <S extends z.ZodType>(schema: S, json: unknown) => ({ value: schema.parse(json), json });

const newer = {
  ...record({
    publication: publication('run-1'),
    last: { runId: 'run-1', ending: ending('COMPLETE'), at: publication().publishedAt },
  }),
  schemaVersion: 2,
  added: { by: 'a newer release' },
};
const withMore = { ...newer, publication: { ...newer.publication, rows: 690 } };

test('what was not changed stays as it is, with all that only another release knows of', () => {
  const before = read(partitionRecordSchema, withMore);
  expect(before.value).not.toHaveProperty('added');
  expect(carryOver(before, { ...before.value, fence: 3, holder: holder() })).toEqual({
    ...withMore,
    fence: 3,
    holder: holder(),
  });
});

test('a part that was replaced takes nothing of the one before it', () => {
  const before = read(partitionRecordSchema, withMore);
  expect(carryOver(before, { ...before.value, publication: publication('run-2') })).toMatchObject({
    schemaVersion: 2,
    publication: publication('run-2'),
    added: { by: 'a newer release' },
  });
  const next = { ...before.value, publication: publication('run-2') };
  expect(carryOver(before, next)).not.toHaveProperty('publication.rows');
});

test('an ending with a code of a newer release is read by its status, and written as it was', () => {
  const of = (code: string) => ({ runId: 'run-1', ending: { status: 'FAILED', code }, at: publication().publishedAt });
  const before = read(partitionRecordSchema, { ...record(), last: of('SOURCE_ON_FIRE') });
  expect(before.value.last?.ending).toEqual({ status: 'FAILED', code: 'INTERNAL_ERROR' });
  expect(carryOver(before, { ...before.value, fence: 1 })).toMatchObject({ fence: 1, last: of('SOURCE_ON_FIRE') });
  // Another run's ending is its own.
  const next = {
    ...before.value,
    last: { runId: 'run-2', ending: before.value.last!.ending, at: publication().publishedAt },
  };
  expect(carryOver(before, next)).toMatchObject({ last: { ending: { code: 'INTERNAL_ERROR' } } });
});

test('of an array each element is found again by what is known of it', () => {
  const run = (runId: string, more: object = {}) => {
    return { runId, ending: ending('COMPLETE'), records: publication().records, ...more };
  };
  const before = read(partitionRecordSchema, {
    ...record(),
    superseded: [run('run-1', { rows: 1 }), run('run-0', { rows: 0 })],
  });
  const next = { ...before.value, superseded: [run('run-2'), ...before.value.superseded] };
  expect(carryOver(before, next)).toMatchObject({
    superseded: [run('run-2'), run('run-1', { rows: 1 }), run('run-0', { rows: 0 })],
  });
});

test('incidents of a kind that only a newer release knows are left to it', () => {
  const mine = {
    dataset: 'flights',
    owner: 'us',
    kind: 'deadline',
    severity: 'warning',
    summary: 'late',
    since: publication().publishedAt,
    phase: 'open',
    markedAt: publication().publishedAt,
  };
  const theirs = { ...mine, kind: 'weather' };
  const before = read(incidentsStateSchema, {
    schemaVersion: 1,
    incidents: { 'deadline/flights': mine, 'weather/x': theirs },
  });
  expect(Object.keys(before.value.incidents)).toEqual(['deadline/flights']);
  expect(carryOver(before, { schemaVersion: 1, incidents: {} }, ['incidents'])).toEqual({
    schemaVersion: 1,
    incidents: { 'weather/x': theirs },
  });
});

test('what was no object, or is none now, is written as it is', () => {
  expect(carryOver({ value: [1], json: [1] }, { a: 1 })).toEqual({ a: 1 });
  expect(carryOver({ value: { a: 1 }, json: { a: 1 } }, 'text')).toBe('text');
});
