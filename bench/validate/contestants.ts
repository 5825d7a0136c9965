import { createWriteStream } from 'node:fs';
import { readFile, mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { constants, createGunzip, createGzip } from 'node:zlib';
import { GetObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { JSON_SCHEMA, LAKE, LEDGER, OUTPUT, SOURCE, type File } from './job';

/** What a contestant counted. */
export interface Counts {
  readonly accepted: number;
  readonly rejected: number;
}

/** What a contestant is given besides the file. */
export interface Turn {
  readonly file: File;
  /** Code of the bundled functions, for our own. */
  readonly bundle: string;
  /** Event for ValidateBatch; for our own. */
  readonly event: unknown;
}

const client = () => new S3Client({ forcePathStyle: true });

async function bodyOf(s3: S3Client, { key }: File): Promise<Readable> {
  const { Body } = await s3.send(new GetObjectCommand({ Bucket: SOURCE, Key: key }));
  if (Body === undefined) throw new Error(`${key} has no body`);
  return Body as Readable;
}

async function put(s3: S3Client, key: string, path: string): Promise<void> {
  await s3.send(new PutObjectCommand({ Bucket: OUTPUT, Key: key, Body: await readFile(path) }));
}

type Handler = (event: unknown, context: unknown) => Promise<{ records: Record<string, number> }>;
const CONTEXT = { awsRequestId: 'bench', getRemainingTimeInMillis: () => 900_000 };

/** Our own step, as bundled for Lambda. */
async function rollcall(steps: readonly string[], { bundle, event }: Turn): Promise<Counts> {
  Object.assign(process.env, {
    LAMBDA_TASK_ROOT: bundle,
    LEDGER_BUCKET: LEDGER,
    LAKE_BUCKET: LAKE,
    CODE_VERSION: 'bench',
    LOG_LEVEL: 'ERROR',
    POWERTOOLS_SERVICE_NAME: 'bench',
    ENGINE_MEMORY_MB: '384',
    ENGINE_SPILL_MB: '8000',
    SAMPLE_KEY_SECRET_ARN: '',
  });
  let records: Record<string, number> = {};
  for (const step of steps) {
    const { handler } = require(join(bundle, `${step}.js`)) as { handler: Handler };
    ({ records } = await handler(event, CONTEXT));
  }
  const { accepted = 0, quarantined = 0, duplicates = 0 } = records;
  return { accepted, rejected: quarantined + duplicates };
}

const TYPES =
  "{'flight_id': 'VARCHAR', 'ts': 'VARCHAR', 'origin': 'VARCHAR', 'destination': 'VARCHAR', 'carrier': 'VARCHAR', 'delay': 'VARCHAR', 'distance': 'VARCHAR', 'note': 'VARCHAR'}";

/** The floor: DuckDB reads the file and writes Parquet, without a check of anything. */
async function duckdbCopy({ file }: Turn): Promise<Counts> {
  const { DuckDBInstance } = await import('@duckdb/node-api');
  const s3 = client();
  const folder = await mkdtemp(join(tmpdir(), 'bench-'));
  const path = join(folder, file.format === 'parquet' ? 'in.parquet' : `in.${file.format}.gz`);
  await pipeline(await bodyOf(s3, file), createWriteStream(path));
  const instance = await DuckDBInstance.create(':memory:', {
    threads: '1',
    memory_limit: '384MB',
    temp_directory: folder,
  });
  const connection = await instance.connect();
  const from = {
    csv: `read_csv('${path}', header = true, columns = ${TYPES})`,
    jsonl: `read_json('${path}', format = 'newline_delimited', columns = ${TYPES})`,
    parquet: `read_parquet('${path}')`,
  }[file.format];
  const out = join(folder, 'out.parquet');
  await connection.run(`COPY (SELECT * FROM ${from}) TO '${out}' (FORMAT parquet, COMPRESSION zstd)`);
  const reader = await connection.runAndReadAll(`SELECT count(*) FROM read_parquet('${out}')`);
  await put(s3, 'out.parquet', out);
  return { accepted: Number(reader.getRows()[0]?.[0] ?? 0), rejected: 0 };
}

type Value = Record<string, unknown>;

/** Ajv, a unique key and the row rule over some records; what is accepted and what is not goes to files of its own. */
async function validateAll(records: AsyncIterable<Value>): Promise<Counts> {
  const { Ajv } = await import('ajv');
  const s3 = client();
  const folder = await mkdtemp(join(tmpdir(), 'bench-'));
  const check = new Ajv({ coerceTypes: true }).compile(JSON_SCHEMA);
  const keys = new Set<string>();
  const open = (name: string) => {
    const gzip = createGzip({ level: constants.Z_BEST_SPEED });
    const path = join(folder, name);
    return { gzip, path, done: pipeline(gzip, createWriteStream(path)) };
  };
  const outputs = { good: open('good.jsonl.gz'), bad: open('bad.jsonl.gz') };
  const counts = { accepted: 0, rejected: 0 };
  for await (const record of records) {
    const id = String(record['flight_id']);
    const good = check(record) && record['origin'] !== record['destination'] && !keys.has(id);
    if (good) keys.add(id);
    counts[good ? 'accepted' : 'rejected'] += 1;
    const { gzip } = outputs[good ? 'good' : 'bad'];
    if (!gzip.write(`${JSON.stringify(record)}\n`)) await new Promise((resolve) => gzip.once('drain', resolve));
  }
  for (const { gzip, done, path } of Object.values(outputs)) {
    gzip.end();
    await done;
    await put(s3, path, path);
  }
  return counts;
}

async function csvParse({ file }: Turn): Promise<Counts> {
  const { parse } = await import('csv-parse');
  const parser = (await bodyOf(client(), file)).pipe(createGunzip()).pipe(parse({ columns: true }));
  return validateAll(withNulls(parser as AsyncIterable<Value>));
}

async function udsv({ file }: Turn): Promise<Counts> {
  const { inferSchema, initParser } = await import('udsv');
  const inflated = (await bodyOf(client(), file)).pipe(createGunzip());
  async function* rows(): AsyncGenerator<Value> {
    inflated.setEncoding('utf8');
    let parser: ReturnType<typeof initParser> | undefined;
    let waiting: Value[] = [];
    const take = (row: unknown): void => void waiting.push(row as Value);
    for await (const chunk of inflated as AsyncIterable<string>) {
      parser ??= initParser(inferSchema(chunk));
      parser.chunk<unknown>(chunk, parser.stringObjs as never, take);
      yield* waiting;
      waiting = [];
    }
    parser?.end();
    yield* waiting;
  }
  return validateAll(withNulls(rows()));
}

async function jsonLines({ file }: Turn): Promise<Counts> {
  const inflated = (await bodyOf(client(), file)).pipe(createGunzip());
  async function* rows(): AsyncGenerator<Value> {
    for await (const line of createInterface({ input: inflated, crlfDelay: Number.POSITIVE_INFINITY }))
      yield JSON.parse(line) as Value;
  }
  return validateAll(rows());
}

/** What is empty in CSV is missing. */
async function* withNulls(records: AsyncIterable<Value>): AsyncGenerator<Value> {
  for await (const record of records) {
    if (record['note'] === '') record['note'] = null;
    yield record;
  }
}

/** Everybody, by name; whether it checks anything. */
export const CONTESTANTS: Readonly<
  Record<
    string,
    {
      readonly formats: readonly File['format'][];
      readonly checks: boolean;
      readonly run: (turn: Turn) => Promise<Counts>;
    }
  >
> = {
  'DuckDB copy, no check': { formats: ['csv', 'jsonl', 'parquet'], checks: false, run: duckdbCopy },
  ValidateBatch: {
    formats: ['csv', 'jsonl', 'parquet'],
    checks: true,
    run: (turn) => rollcall(['validate-batch'], turn),
  },
  'ValidateBatch + ProcessBatch': {
    formats: ['csv', 'jsonl', 'parquet'],
    checks: true,
    run: (turn) => rollcall(['validate-batch', 'process-batch'], turn),
  },
  'csv-parse + Ajv': { formats: ['csv'], checks: true, run: csvParse },
  'udsv + Ajv': { formats: ['csv'], checks: true, run: udsv },
  'JSON.parse + Ajv': { formats: ['jsonl'], checks: true, run: jsonLines },
};
