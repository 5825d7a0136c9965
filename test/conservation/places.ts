import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { GzipLines } from '../../core/engine/files/gzip-lines';
import { HASH, RN, STAGE, TABLE } from '../../core/engine/stage/stage';
import { LATER } from '../../core/engine/stage/later-records';
import {
  alterBytes,
  alterGzipFile,
  alterParquet,
  alterTable,
  alterTextFile,
  alterZipFile,
  type Deed,
  type Random,
} from './alter';
import type { OutputFormat } from '../../core/contracts/dataset/output';
import type { SharedDatabase } from './shared-database';

export type Format =
  | 'csv'
  | 'csv of several lines'
  | 'csv with broken lines'
  | 'csv of changes'
  | 'csv in utf-16'
  | 'zipped csv'
  | 'jsonl'
  | 'json'
  | 'text'
  | 'avro'
  | 'parquet';

/** What a case has at hand when it does its deed. */
export interface Scene {
  readonly database: SharedDatabase;
  readonly workDir: string;
  readonly format: Format;
  readonly deed: Deed;
  readonly random: Random;
}

/** A place on a record's way from the source to the lake, at which something can happen to it. */
export interface Place {
  readonly name: string;
  readonly formats: readonly Format[];
  /** Which step the place is in: validating, transforming, or sending the files to S3. */
  readonly step: 'validate' | 'transform';
  /** As what the transform's records are written; Parquet where it does not say. */
  readonly output?: OutputFormat;
  /** Whether the transform is one through which records only pass. */
  readonly passing?: boolean;
  /** The statement before or after which it happens, the first that fits. */
  readonly when: { readonly before: RegExp } | { readonly after: RegExp } | 'archive brought' | 'quarantine closed';
  readonly act: (scene: Scene) => Promise<void> | void;
}

const TEXT: readonly Format[] = [
  'csv',
  'csv of several lines',
  'csv with broken lines',
  'csv of changes',
  'csv in utf-16',
  'zipped csv',
  'jsonl',
  'json',
  'text',
];
/** The order in which the seeds of accidents go through them. */
export const FORMATS: readonly Format[] = [...TEXT, 'avro', 'parquet'];
const landed = (workDir: string) => join(workDir, 'object-0');
const headerOf = (format: Format) => (format.includes('csv') ? 1 : 0);

const alterLanded = async ({ database, workDir, format, deed, random }: Scene): Promise<void> => {
  if (format === 'parquet') await alterParquet(database, landed(workDir), deed, random);
  else if (format === 'avro') alterBytes(landed(workDir), deed, random);
  else alterTextFile(landed(workDir), headerOf(format), deed, random);
};

/** In its table, or in the file where this batch has it. */
const alterStage = async ({ database, workDir, deed, random }: Scene): Promise<void> => {
  const file = readdirSync(workDir).find((name) => /^stage-\d+\.parquet$/.test(name));
  if (file !== undefined) {
    await alterParquet(database, join(workDir, file), deed, random, [HASH]);
    return;
  }
  const columns = (await database.columnsOf(TABLE)).filter(({ name }) => name !== HASH);
  await alterTable(database, TABLE, columns, deed, random);
};

/** The statement that puts an object into the stage. */
const STAGING = /^(INSERT INTO _rollcall_staged|COPY[^]*stage-\d+\.parquet')/;

/** The numbers of the duplicates: one forgotten, one more, or another record's. */
const alterLater = async ({ database, deed, random }: Scene): Promise<void> => {
  if (deed === 'doubled')
    await database.quietly(`INSERT INTO ${LATER} SELECT ${RN}, ${HASH}, false FROM ${STAGE} WHERE ${RN} = 1`);
  else await alterTable(database, LATER, [{ name: RN, type: 'BIGINT' }], deed, random);
};

const file =
  (name: string) =>
  ({ database, workDir, deed, random }: Scene) =>
    alterParquet(database, join(workDir, name), deed, random);

const result = async ({ database, deed, random }: Scene): Promise<void> => {
  const table = '_rollcall_result';
  const columns = (await database.columnsOf(table)).filter(({ name }) => name !== '_rollcall_hash');
  await alterTable(database, table, columns, deed, random);
};

/** In the order in which a record comes by. */
export const PLACES: readonly Place[] = [
  {
    name: 'the archive, when it was brought',
    formats: ['zipped csv'],
    step: 'validate',
    when: 'archive brought',
    act: ({ workDir, deed, random }) => alterZipFile(`${landed(workDir)}.zip`, 1, deed, random),
  },
  {
    name: 'the bytes, after they were counted',
    formats: FORMATS,
    step: 'validate',
    when: { before: STAGING },
    act: alterLanded,
  },
  {
    name: 'the sound lines of a file with others, or all where records are told apart first',
    formats: ['csv with broken lines', 'csv in utf-16', 'json', 'text', 'avro'],
    step: 'validate',
    when: { before: /^(INSERT INTO _rollcall_staged|COPY)[^]*\.sound'/ },
    act: ({ workDir, format, deed, random }) =>
      alterTextFile(`${landed(workDir)}.sound`, headerOf(format), deed, random),
  },
  {
    name: 'the stage, when an object was read',
    formats: FORMATS,
    step: 'validate',
    when: { before: /^CREATE TEMP TABLE _rollcall_later/ },
    act: alterStage,
  },
  {
    name: 'the bytes, after they were read',
    formats: FORMATS,
    step: 'validate',
    when: { before: /^CREATE TEMP TABLE _rollcall_later/ },
    act: alterLanded,
  },
  {
    name: 'the list of duplicates',
    formats: FORMATS,
    step: 'validate',
    when: { after: /^INSERT INTO _rollcall_later/ },
    act: alterLater,
  },
  {
    name: 'the list of duplicates and deleted records',
    formats: ['csv of changes'],
    step: 'validate',
    when: { after: /^INSERT INTO _rollcall_later[^]*_rollcall_deleted/ },
    act: alterLater,
  },
  {
    name: 'the unique keys',
    formats: FORMATS,
    step: 'validate',
    when: { after: /^CREATE TEMP TABLE _rollcall_result/ },
    act: result,
  },
  {
    name: 'the file of unique keys',
    formats: FORMATS,
    step: 'validate',
    when: { after: /^COPY[^]*keys\.parquet'/ },
    act: file('keys.parquet'),
  },
  {
    name: 'the quarantine file',
    formats: FORMATS,
    step: 'validate',
    when: 'quarantine closed',
    act: ({ workDir, deed, random }) => alterGzipFile(join(workDir, 'quarantine.jsonl.gz'), deed, random),
  },
  {
    name: 'the stage, before the accepted records are written',
    formats: FORMATS,
    step: 'validate',
    when: { before: /^COPY[^]*data\.parquet'/ },
    act: alterStage,
  },
  {
    name: 'the file of accepted records, when it was written',
    formats: FORMATS,
    step: 'validate',
    when: { after: /^COPY[^]*data\.parquet'/ },
    act: file('data.parquet'),
  },
  {
    name: 'the records that a transform reads',
    formats: ['csv'],
    step: 'transform',
    when: { before: /^CREATE TEMP TABLE _rollcall_result/ },
    act: file('records.parquet'),
  },
  {
    name: 'what a transform gave',
    formats: ['csv'],
    step: 'transform',
    when: { after: /^CREATE TEMP TABLE _rollcall_result/ },
    act: result,
  },
  {
    name: 'the file of what a transform gave',
    formats: ['csv'],
    step: 'transform',
    when: { after: /^COPY[^]*processed\.parquet'/ },
    act: file('processed.parquet'),
  },
  {
    name: 'the records that pass through a transform, before they are read',
    formats: ['csv'],
    step: 'transform',
    passing: true,
    when: { before: /^COPY[^]*processed\.parquet'/ },
    act: file('records.parquet'),
  },
  {
    name: 'the records that pass through a transform, before they are asked for again',
    formats: ['csv'],
    step: 'transform',
    passing: true,
    when: { after: /^COPY[^]*processed\.parquet'/ },
    act: file('records.parquet'),
  },
  ...(['jsonl', 'csv'] as const).flatMap((output): Place[] => [
    {
      name: `what a transform gave, before it becomes ${output}`,
      formats: ['csv'],
      step: 'transform',
      output,
      when: { after: /^CREATE TEMP TABLE _rollcall_result/ },
      act: result,
    },
    {
      name: `the ${output} that is to be compressed`,
      formats: ['csv'],
      step: 'transform',
      output,
      when: { after: /^COPY[^]*processed\.piece'/ },
      act: ({ workDir, deed, random }) => alterTextFile(join(workDir, 'processed.piece'), 0, deed, random),
    },
    {
      name: `the ${output} when it was compressed`,
      formats: ['csv'],
      step: 'transform',
      output,
      when: { after: /^SELECT count[^]*_rollcall_result$/ },
      act: ({ workDir, deed, random }) => alterGzipFile(join(workDir, `processed.${output}.gz`), deed, random),
    },
  ]),
];

/** Lets a place's deed happen once, in what runs next; says whether it has. */
export function arm(place: Place, scene: Scene): { happened: () => boolean; disarm: () => void } {
  const { database } = scene;
  const { when } = place;
  let done = false;
  const once = async (): Promise<void> => {
    if (done) return;
    done = true;
    await place.act(scene);
  };
  let spy: jest.SpyInstance | undefined;
  if (when === 'archive brought') database.brought = once;
  else if (when === 'quarantine closed') {
    const close: () => void = Reflect.get(GzipLines.prototype, 'close');
    spy = jest.spyOn(GzipLines.prototype, 'close').mockImplementation(function (this: GzipLines) {
      close.call(this);
      if (done) return;
      done = true;
      void place.act(scene);
    });
  } else if ('before' in when) database.before = async (sql) => (when.before.test(sql) ? once() : undefined);
  else database.after = async (sql) => (when.after.test(sql) ? once() : undefined);
  return {
    happened: () => done,
    disarm: () => {
      spy?.mockRestore();
      database.brought = async () => undefined;
      database.before = async () => undefined;
      database.after = async () => undefined;
    },
  };
}
