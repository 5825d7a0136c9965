import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';

/**
 * Small deliveries of every kind with their right answers, in test/fixtures/cases: what lies in the bucket (`files`), a definition, and what
 * a run makes of it. Rows are lists of texts in the order of the columns, timestamps as ISO 8601 with microseconds.
 */
const expectedSchema = z.object({
  partition: z.string(),
  status: z.array(z.string()),
  code: z.array(z.string()).nullish(),
  records: z.record(z.string(), z.number()).nullish(),
  rows: z.array(z.array(z.string().nullable())).nullish(),
  rowsAnyOf: z.array(z.array(z.array(z.string().nullable())).nullable()).nullish(),
  message: z.array(z.string()).nullish(),
});

export interface Case {
  readonly name: string;
  /** The folder of what lies in the bucket. */
  readonly files: string;
  readonly definition: Readonly<Record<string, unknown>>;
  readonly expected: z.output<typeof expectedSchema>;
}

const FOLDER = join(__dirname, '../fixtures/cases');

export const CASES: readonly Case[] = readdirSync(FOLDER)
  .sort()
  .map((name) => {
    const json = (file: string): unknown => JSON.parse(readFileSync(join(FOLDER, name, file), 'utf8'));
    const definition = z.record(z.string(), z.unknown()).parse(json('dataset.json'));
    return {
      name,
      files: join(FOLDER, name, 'files'),
      // A name and a bucket are for the runner to give.
      definition: {
        ...definition,
        name,
        source: { ...z.object({}).loose().parse(definition['source']), bucket: 'vendor' },
      },
      expected: expectedSchema.parse(json('expected.json')),
    };
  });
