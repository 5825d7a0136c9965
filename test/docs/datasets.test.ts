import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { compileFunction } from 'node:vm';
import {
  datasetSchema,
  defineDataset,
  InvalidDataset,
  parseDataset,
  type Dataset,
  type DatasetInput,
} from '../../core/contracts/dataset/dataset';
import { loadDatasets } from '../../lib/datasets';
import { change, smallest } from '../core/contracts/wrong-definitions';

const root = join(__dirname, '..', '..');
/** Without the padding that the formatter puts into tables. */
const markdown = readFileSync(join(root, 'docs', 'datasets.md'), 'utf8').replace(/ +\|/g, ' |');

/** The definitions in code blocks, as a user would copy them. */
function examples(): Dataset[] {
  return [...markdown.matchAll(/```ts\n(.*?)```/gs)].map(([, code = '']) => {
    const body = code.replace(/^import .*$/gm, '').replace('export default', 'return');
    return (compileFunction(body, ['defineDataset']) as (define: typeof defineDataset) => Dataset)(defineDataset);
  });
}

/** Rows of the tables of fields: field, default, a wrong value and what the message then expects. */
const rows = [...markdown.matchAll(/^\| `([\w.]+)` \| .* \| ([^|]+) \| `(.+?)` → (.+) \|$/gm)].map(
  ([, field = '', fallback = '', wrong = '', expected = '']) => ({
    field,
    fallback,
    wrong,
    expected: expected.replaceAll('\\|', '|'),
  }),
);

/** Every field of the schema but those inside a column, by its path. */
function fieldsOf(schema: unknown, path: string[] = []): string[] {
  const inner = unwrap(schema);
  const own = path.join('.');
  if (!('shape' in inner) || own.startsWith('tolerance.')) return [own];
  return Object.entries(inner.shape).flatMap(([name, member]) => fieldsOf(member, [...path, name]));
}
function unwrap(schema: unknown): { shape: Record<string, unknown> } | object {
  const { def } = schema as { def: { innerType?: unknown; shape?: object } };
  return def.innerType === undefined ? (schema as object) : unwrap(def.innerType);
}
const at = (value: unknown, field: string): unknown =>
  field.split('.').reduce<unknown>((inner, name) => (inner as Record<string, unknown> | undefined)?.[name], value);

describe('docs/datasets.md', () => {
  it('has an hourly vendor CSV, a Firehose layout and a daily Parquet drop that can be copied as they are', () => {
    expect(examples().map(({ cadence, source }) => [cadence, source.format, source.compression])).toEqual([
      ['hourly', 'csv', 'gzip'],
      ['hourly', 'jsonl', 'gzip'],
      ['daily', 'parquet', 'none'],
    ]);
  });

  it('has a row for every field of a definition', () => {
    const fields = fieldsOf(datasetSchema).filter((field) => field !== 'columns');
    expect(rows.map(({ field }) => field).toSorted()).toEqual(fields.toSorted());
  });

  it.each(rows)('tells the default of $field', ({ field, fallback }) => {
    const definition = withParent(field);
    const value = at(parseDataset(definition), field);
    const told = /^`(.*)`/.exec(fallback)?.[1] ?? fallback;
    // What the smallest definition has to say itself is required; a transform is nothing without its SQL, nor a fallback without its place.
    const given = at(definition, field) !== undefined;
    const right = given ? ['required', 'none'] : value === undefined ? ['none'] : [JSON.stringify(value)];
    expect(right).toContain(told);
  });

  it.each(rows)('tells what $field gets for $wrong', ({ field, wrong, expected }) => {
    const value: unknown = JSON.parse(wrong);
    const definition =
      field.startsWith('transform.') && field !== 'transform.sql' ? withTransform(field, value) : change(field, value);
    let message = '';
    try {
      parseDataset(definition);
    } catch (error) {
      if (!(error instanceof InvalidDataset)) throw error;
      message = error.message;
    }
    expect(message).toContain(field);
    expect(message).toContain(`, expected ${expected}`);
  });

  it('shows the message for a wrong definition as it is', () => {
    const wrong = {
      ...smallest(),
      source: { ...smallest().source, suffix: '.csv.gz' },
      columns: { flight_id: { type: 'string' }, departed_at: { type: 'timestamp' } },
      unique: ['flight'],
    };
    let message = '';
    try {
      parseDataset(wrong);
    } catch (error) {
      message = (error as Error).message;
    }
    expect(markdown).toContain(`datasets/flights/dataset.ts: ${message}`);
  });
});

/** The smallest definition that has what a field is part of. */
function withParent(field: string): DatasetInput {
  if (field.startsWith('transform.')) return { ...smallest(), transform: { sql: 'SELECT 1' } };
  const fallback = { bucket: 'replica', prefix: 'copy/{yyyy}/{MM}/{dd}/{HH}/', maxAgeMinutes: 60 };
  return field.startsWith('fallback.') ? { ...smallest(), fallback } : smallest();
}

function withTransform(field: string, value: unknown): unknown {
  const transform = { sql: 'SELECT 1', [field.replace('transform.', '')]: value };
  return { ...smallest(), transform };
}

describe('the datasets of this repository', () => {
  it('are right, and lie in folders of their own names', () => {
    expect(loadDatasets(join(root, 'datasets')).map(({ name }) => name)).toEqual([
      'flights',
      'flights-daily',
      'flights-firehose',
    ]);
  });
});
