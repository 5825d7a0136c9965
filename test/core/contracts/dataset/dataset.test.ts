import {
  defineDataset,
  definitionHash,
  InvalidDataset,
  parseDataset,
  needsProcessing,
  transformHash,
  validationHash,
  type DatasetInput,
} from '../../../../core/contracts/dataset/dataset';
import { change, smallest, WRONG } from '../wrong-definitions';

function messageOf(definition: unknown): string {
  try {
    parseDataset(definition);
  } catch (error) {
    if (error instanceof InvalidDataset) return error.message;
    throw error;
  }
  return 'no error';
}

describe('a definition of a dataset', () => {
  it('needs only what has no sensible default, and gets every other field filled in', () => {
    expect(defineDataset(smallest())).toMatchObject({
      availableMinutes: 15,
      deadlineMinutes: 120,
      lateWindowDays: 7,
      complete: {},
      rowRules: [],
      calendar: { paused: [] },
      source: { timeZone: 'UTC', compression: 'none', delimiter: ',', extraColumns: 'fail' },
      tolerance: { rejected: { share: 0.01 }, failedBatches: { batches: 0 } },
      notify: { when: 'every-run', channel: 'default' },
      columns: { id: { nullable: false } },
    });
  });

  it('survives being parsed again, as it is when a Lambda reads its bundle', () => {
    const once = defineDataset(smallest());
    const again = parseDataset(JSON.parse(JSON.stringify(once)));
    expect(again).toEqual(once);
    expect(definitionHash(again)).toBe(definitionHash(once));
  });

  it.each(WRONG)('with %s = %j is refused, naming field, value and what was expected', (path, value, expected) => {
    const message = messageOf(change(path, value));
    expect(message).toMatch(/^dataset .{1,80}: /);
    expect(message).toContain(expected);
  });

  it('reports everything that is wrong at once', () => {
    const message = messageOf({ ...smallest(), owner: 5, cadence: 'never', extra: true });
    expect(message).toMatch(/owner: got 5.*cadence: got "never".*extra: got true/);
  });

  it.each([[null], [undefined], ['flights'], [[]], [{ name: { toString: () => 'x' } }], [7n]])(
    'that is no definition at all (%p) is refused the same way',
    (nonsense) => {
      expect(messageOf(nonsense)).toMatch(/^dataset \(unnamed\): /);
    },
  );

  it.each<[string, Partial<DatasetInput>, string]>([
    ['hours', { calendar: { firstPartition: '2026-01-20', hours: [5] } }, 'calendar.hours: got [5], expected no hours'],
    [
      'a comparison by hour',
      {
        source: { bucket: 'abc', prefix: '{yyyy}{MM}{dd}/', format: 'csv' },
        expectations: [{ kind: 'rows', against: { history: 'same-hour', tolerance: 1 } }],
      },
      'expectations.0.against.history: got "same-hour", expected same-weekday for a daily dataset',
    ],
    ['an hour in its prefix', { source: { ...smallest().source } }, 'expected no {HH} for a daily dataset'],
    [
      'a time zone',
      { source: { bucket: 'abc', prefix: '{yyyy}{MM}{dd}/', format: 'csv', timeZone: 'Asia/Tokyo' } },
      'source.timeZone: got "Asia/Tokyo", expected UTC',
    ],
  ])('of daily cadence is refused with %s', (_what, part, expected) => {
    const daily = { ...smallest(), cadence: 'daily', calendar: { firstPartition: '2026-01-20' }, ...part };
    expect(messageOf(daily)).toContain(expected);
  });

  it('may have a fallback, which goes with its times', () => {
    const fallback = { bucket: 'replica', prefix: 'copy/{yyyy}/{MM}/{dd}/{HH}/', maxAgeMinutes: 30 };
    expect(defineDataset({ ...smallest(), fallback }).fallback).toEqual({
      ...fallback,
      when: ['missing', 'empty', 'unavailable'],
      owed: true,
    });
    const settling = messageOf({ ...smallest(), fallback, complete: { settleMinutes: 30 } });
    expect(settling).toContain('fallback.maxAgeMinutes: got 30, expected more than complete.settleMinutes (30)');
    const windowless = { ...smallest(), lateWindowDays: 0 };
    expect(messageOf({ ...windowless, fallback })).toContain(
      'fallback.owed: got true, expected false with lateWindowDays 0',
    );
    expect(messageOf({ ...windowless, fallback: { ...fallback, owed: false } })).toBe('no error');
  });

  it('of Parquet is refused with a compression around it, and one that is not CSV with a delimiter', () => {
    const source = { ...smallest().source, format: 'parquet', compression: 'gzip', delimiter: ';' };
    const message = messageOf({ ...smallest(), source });
    expect(message).toContain('source.compression: got "gzip", expected none');
    expect(message).toContain('source.delimiter: got ";", expected a delimiter for CSV only');
  });

  it.each([
    '[A-Z]{3}',
    '(?i)us[0-9]+',
    '(?P<year>\\d{4})',
    '[[:alpha:]]+',
    '\\Q(\\E.*',
    '\\pL+',
    '[(?=]',
    '\\(\\?=',
    'a{1000}',
    '(?i:a)b',
    '\\\\1',
  ])('takes the pattern %s, which RE2 has', (pattern) => {
    expect(messageOf(change('columns.id', { type: 'string', pattern }))).toBe('no error');
  });

  it('takes bounds of instants in any precision, and compares them as instants', () => {
    const column = { type: 'timestamp', min: '2026-01-20T05:00Z', max: '2026-01-20T05:00:00.5Z' };
    expect(messageOf(change('columns.id', column))).toBe('no error');
    expect(messageOf(change('columns.id', { type: 'date', min: '1899-02-28', max: '2024-02-29' }))).toBe('no error');
  });
});

it('a figure that would show the value of a sensitive column is refused', () => {
  const definition = {
    ...smallest(),
    columns: { id: { type: 'integer', sensitive: true } },
    expectations: [
      { kind: 'distinct', column: 'id', min: 1 },
      { kind: 'sum', column: 'id', min: 1 },
    ],
  };
  expect(messageOf(definition)).toMatch(/: expectations\.1\.column: got "id", expected a column that is not sensitive/);
});

describe('the hashes of a definition', () => {
  const base = () => defineDataset(smallest());
  const two = (names: [string, string]) =>
    defineDataset({ ...smallest(), columns: { [names[0]]: { type: 'string' }, [names[1]]: { type: 'string' } } });

  it('do not depend on the order in which fields are written', () => {
    const reversed = parseDataset(Object.fromEntries(Object.entries(smallest()).reverse()));
    expect(definitionHash(reversed)).toBe(definitionHash(base()));
  });

  it('depend on the order of columns, which is the order in the output', () => {
    expect(validationHash(two(['a', 'b']))).not.toBe(validationHash(two(['b', 'a'])));
    expect(definitionHash(two(['a', 'b']))).not.toBe(definitionHash(two(['b', 'a'])));
  });

  it('are those of the release before retry and circuit.counts, which say nothing about records', () => {
    expect(definitionHash(base())).toBe('6b1e60f9406c95ed');
    const changed = defineDataset({ ...smallest(), retry: { times: 0, minutes: [] }, circuit: { counts: 'all' } });
    expect(definitionHash(changed)).toBe(definitionHash(base()));
    expect(validationHash(changed)).toBe(validationHash(base()));
    // The numbers of the circuit were part of it before.
    const other = defineDataset({ ...smallest(), circuit: { failures: 5 } });
    expect(definitionHash(other)).not.toBe(definitionHash(base()));
  });

  it('keep finished batches when only times, owner or notification change', () => {
    const changed = defineDataset({
      ...smallest(),
      owner: 'another',
      deadlineMinutes: 300,
      notify: { when: 'changes' },
    });
    expect(definitionHash(changed)).not.toBe(definitionHash(base()));
    expect(validationHash(changed)).toBe(validationHash(base()));
    expect(transformHash(changed)).toBe(transformHash(base()));
  });

  it('keep finished batches when only expectations change', () => {
    const changed = defineDataset({
      ...smallest(),
      expectations: [{ kind: 'rows', min: 1 }],
      tolerance: { suddenly: { share: 0.5 } },
    });
    expect(definitionHash(changed)).not.toBe(definitionHash(base()));
    expect(validationHash(changed)).toBe(validationHash(base()));
  });

  it.each<[string, Partial<DatasetInput>]>([
    ['what a column rule means', { columns: { id: { type: 'string', otherwise: { null: 'warn' } } } }],
    ['a length', { columns: { id: { type: 'string', maxLength: 5 } } }],
    ['what duplicates mean', { unique: ['id'], duplicates: 'warn' }],
    ['what a row rule means', { rowRules: [{ name: 'r', sql: 'true', otherwise: 'warn' }] }],
    ['a column', { columns: { id: { type: 'string', nullable: true } } }],
    ['the unique key', { unique: ['id'] }],
    [
      'what a column refers to',
      {
        upstreams: ['airports'],
        columns: { id: { type: 'string', references: { dataset: 'airports', column: 'iata' } } },
      },
    ],
    ['a row rule', { rowRules: [{ name: 'r', sql: 'true' }] }],
    ['the delimiter', { source: { ...smallest().source, delimiter: ';' } }],
  ])('make batches anew when %s changes', (_what, part) => {
    expect(validationHash(defineDataset({ ...smallest(), ...part }))).not.toBe(validationHash(base()));
  });

  it('keep finished batches when only the output format changes, whose name is that of what is processed', () => {
    const changed = defineDataset({ ...smallest(), output: { format: 'jsonl' } });
    expect(validationHash(changed)).toBe(validationHash(base()));
    expect(transformHash(changed)).toBe(transformHash(base()));
    expect([base(), changed].map(needsProcessing)).toEqual([false, true]);
  });

  it('process batches anew when the transform changes, but do not validate them anew', () => {
    const changed = defineDataset({ ...smallest(), transform: { sql: 'SELECT * FROM records' } });
    expect(validationHash(changed)).toBe(validationHash(base()));
    expect(transformHash(changed)).not.toBe(transformHash(base()));
  });

  it('keep everything when a transform says that it means the records of a batch', () => {
    const transformed = (more: object) =>
      defineDataset({ ...smallest(), transform: { sql: 'SELECT count(*) AS n FROM records', mayDrop: true, ...more } });
    const before = transformed({});
    for (const perBatch of [true, false]) {
      const said = transformed({ perBatch });
      expect(said.transform?.perBatch).toBe(perBatch);
      expect([definitionHash(said), transformHash(said)]).toEqual([definitionHash(before), transformHash(before)]);
    }
    expect(transformHash(transformed({ mayAdd: true }))).not.toBe(transformHash(before));
  });
});
