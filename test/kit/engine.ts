import { showValues } from '../../core/domain/batch/sensitive';
import { mkdtempSync, rmSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { crc32, gunzipSync } from 'node:zlib';
import { DuckDBInstance, type DuckDBConnection } from '@duckdb/node-api';
import type { Dataset } from '../../core/contracts/dataset/dataset';
import type { FailedObject } from '../../core/contracts/batch/failed-objects';
import type { Output } from '../../core/contracts/batch/lake-file';
import type { SourceObject } from '../../core/contracts/batch/plan';
import { crc32Text } from '../../core/domain/batch/crc32-text';
import { parquetRecords } from '../../core/engine/bytes/parquet-footer';
import { asFailedObject } from '../../core/engine/stage/set-aside';
import { validate, type Validated, type ValidateRequest } from '../../core/engine/validate';

/** Objects of a source that is a table in memory, served in pieces of a few bytes so that boundaries fall everywhere. */
export function objectsOf(bodies: Readonly<Record<string, Buffer | string>>, pieceBytes = 7) {
  const content = new Map(Object.entries(bodies).map(([key, body]) => [key, Buffer.from(body)]));
  const objects: SourceObject[] = [...content].map(([key, body]) => ({
    bucket: 'vendor',
    key,
    etag: `"${key}"`,
    size: body.length,
    lastModified: '2001-01-01T00:00:00.000Z',
  }));
  const reader = {
    read: async ({ key }: SourceObject) => pieces(content.get(key) ?? Buffer.alloc(0), pieceBytes),
  };
  return { objects, reader };
}

async function* pieces(body: Buffer, size: number): AsyncGenerator<Buffer> {
  for (let at = 0; at < body.length; at += size) yield body.subarray(at, at + size);
}

/** Of a dataset whose columns refer to no other. */
export const NO_REFERENCES: ValidateRequest['references'] = {
  of: [],
  land: () => Promise.reject(new Error('nothing is referred to')),
};

export interface Outcome extends Validated {
  readonly rows: Record<string, unknown>[];
  readonly rejected: { object: string; line: number | null; broken: string[]; raw?: string; [more: string]: unknown }[];
  /** Rule → how many broke it. */
  readonly broken: Record<string, number>;
  /** Objects that could not be read, as they are told. */
  readonly failedObjects: readonly FailedObject[];
}

/** Validates some objects that can all be read, and reads back, by other means than the engine, what it wrote; throws what is wrong with the first that cannot. */
export async function run(
  dataset: Dataset,
  bodies: Readonly<Record<string, Buffer | string>> | Buffer | string,
  more: Partial<ValidateRequest> & { pieceBytes?: number } = {},
): Promise<Outcome> {
  const outcome = await runAll(dataset, bodies, more);
  for (const { error } of outcome.unread) throw error;
  return outcome;
}

/** Validates some objects, of which some may be none that can be read. */
export async function runAll(
  dataset: Dataset,
  bodies: Readonly<Record<string, Buffer | string>> | Buffer | string,
  more: Partial<ValidateRequest> & { pieceBytes?: number } = {},
): Promise<Outcome> {
  const workDir = mkdtempSync(join(tmpdir(), 'rollcall-test-'));
  const all = typeof bodies === 'string' || Buffer.isBuffer(bodies) ? { 'an-object': bodies } : bodies;
  const { pieceBytes = 64, ...request } = more;
  try {
    const outcome = await validate({
      dataset,
      partition: '2026-01-01T00',
      ...objectsOf(all, pieceBytes),
      batchBytes: 1 << 28,
      settings: [],
      references: NO_REFERENCES,
      omit: null,
      wantsUniqueKeys: false,
      workDir,
      limits: { memoryMb: 256, spillMb: 512 },
      show: showValues(dataset, 'a key of the tests'),
      ...request,
    });
    return {
      ...outcome,
      rows: outcome.data === null ? [] : await readParquet(outcome.data.path),
      rejected: outcome.quarantine === null ? [] : readJsonLines(outcome.quarantine.path),
      failedObjects: outcome.unread.map(asFailedObject),
      broken: Object.fromEntries(outcome.rules.map(({ name, broken }) => [name, broken])),
    };
  } finally {
    rmSync(workDir, { recursive: true, force: true });
  }
}

/** A Parquet file made by a query. */
export async function parquetOf(query: string): Promise<Buffer> {
  return (await publishedFile('a.parquet', query)).body;
}

/** The same as a file in the lake, as its publication would name it. */
export async function publishedFile(key: string, query: string): Promise<{ body: Buffer; file: Output }> {
  const directory = mkdtempSync(join(tmpdir(), 'rollcall-test-'));
  try {
    const path = join(directory, 'a.parquet');
    await (await aside()).run(`COPY (${query}) TO '${path}' (FORMAT parquet, ROW_GROUP_SIZE 2048)`);
    const body = readFileSync(path);
    const records = await parquetRecords(path);
    return { body, file: { key, records, bytes: body.length, crc32: crc32Text(crc32(body)) } };
  } finally {
    rmSync(directory, { recursive: true });
  }
}

/** The records of a Parquet file; timestamps as ISO text, whole numbers as numbers. */
export async function readParquet(path: string): Promise<Record<string, unknown>[]> {
  const reader = await (await aside()).runAndReadAll('SELECT * FROM read_parquet($1)', [path]);
  return reader
    .getRowObjectsJson()
    .map((row) => Object.fromEntries(Object.entries(row).map(([name, value]) => [name, asNumber(value)])));
}

let opened: Promise<DuckDBConnection> | undefined;

/** A DuckDB beside the engine's, one for all tests of a file: opening one takes longer than most of what is asked of it. */
function aside(): Promise<DuckDBConnection> {
  opened ??= (async () => {
    const connection = await (await DuckDBInstance.create(':memory:')).connect();
    await connection.run("SET TimeZone = 'UTC'");
    return connection;
  })();
  return opened;
}

/** BIGINT comes as text. */
function asNumber(value: unknown): unknown {
  return typeof value === 'string' && /^-?\d{1,15}$/.test(value) ? Number(value) : value;
}

function readJsonLines(path: string): Outcome['rejected'] {
  return gunzipSync(readFileSync(path))
    .toString('utf8')
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Outcome['rejected'][number]);
}
