import { createWriteStream } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { constants, createGunzip, createGzip } from 'node:zlib';
import { GetObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { jsonSchemaOf, LAKE, LEDGER, OUTPUT, rowRulesOf, SOURCE, type Counts, type File, type Job } from './job';

/** What a contestant gets on its standard input: one line of JSON. Its files go to the system's temporary folder. */
export interface Turn {
  readonly job: Job;
  readonly file: File;
  /** Columns with their rules, and the rules on records, for those who don't know our definitions. */
  readonly columns: unknown;
  readonly rowRules: unknown;
  /** Where the object is, and the folder that files are put into; over HTTP, unsigned. */
  readonly source: string;
  readonly output: string;
  /** Code of the bundled functions and the event for ValidateBatch, for our own. */
  readonly bundle: string;
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
    ACCOUNT_ID: '111122223333',
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

/** The floor: DuckDB reads the file and writes Parquet, without a check of anything. */
async function duckdbCopy({ file, columns }: Turn): Promise<Counts> {
  const { DuckDBInstance } = await import('@duckdb/node-api');
  const s3 = client();
  const folder = tmpdir();
  const path = join(folder, file.format === 'parquet' ? 'in.parquet' : `in.${file.format}.gz`);
  await pipeline(await bodyOf(s3, file), createWriteStream(path));
  const instance = await DuckDBInstance.create(':memory:', {
    threads: '1',
    memory_limit: '384MB',
    temp_directory: folder,
  });
  const connection = await instance.connect();
  const types = `{${Object.keys(columns as object)
    .map((name) => `'${name}': 'VARCHAR'`)
    .join(', ')}}`;
  const from = {
    csv: `read_csv('${path}', header = true, columns = ${types})`,
    jsonl: `read_json('${path}', format = 'newline_delimited', columns = ${types})`,
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
async function validateAll(records: AsyncIterable<Value>, { job }: Turn): Promise<Counts> {
  const { Ajv } = await import('ajv');
  const s3 = client();
  const ajv = new Ajv({ coerceTypes: true, allErrors: true });
  ajv.addFormat('utc', /^[0-9]{4}-[01][0-9]-[0-3][0-9]T[0-2][0-9]:[0-5][0-9]:[0-5][0-9]Z$/);
  ajv.addKeyword({
    keyword: 'between',
    compile:
      ([min, max]: [string, string]) =>
      (value: string) =>
        value >= min && value <= max,
  });
  const check = ajv.compile<Value>(jsonSchemaOf(job));
  const comparisons = rowRulesOf(job).flatMap((rule) => (rule.operator === '<>' ? [rule] : []));
  const keys = new Set<string>();
  const open = (name: string) => {
    const gzip = createGzip({ level: constants.Z_BEST_SPEED });
    const path = join(tmpdir(), name);
    return { name, gzip, path, done: pipeline(gzip, createWriteStream(path)) };
  };
  const outputs = { good: open('good.jsonl.gz'), bad: open('bad.jsonl.gz') };
  const counts = { accepted: 0, rejected: 0 };
  for await (const record of records) {
    const broken = check(record)
      ? []
      : (check.errors ?? []).map(({ instancePath, keyword }) => `${instancePath} ${keyword}`);
    for (const { name, column, other } of comparisons) if (record[column] === record[other]) broken.push(name);
    if (job.unique) {
      const id = String(record['flight_id']);
      if (keys.has(id)) broken.push('unique');
      else keys.add(id);
    }
    const good = broken.length === 0;
    counts[good ? 'accepted' : 'rejected'] += 1;
    const { gzip } = outputs[good ? 'good' : 'bad'];
    const line = JSON.stringify(good ? record : { broken, record });
    if (!gzip.write(`${line}\n`)) await new Promise((resolve) => gzip.once('drain', resolve));
  }
  for (const { name, gzip, done, path } of Object.values(outputs)) {
    gzip.end();
    await done;
    await put(s3, name, path);
  }
  return counts;
}

async function csvParse(turn: Turn): Promise<Counts> {
  const { parse } = await import('csv-parse');
  const parser = (await bodyOf(client(), turn.file)).pipe(createGunzip()).pipe(parse({ columns: true }));
  return validateAll(withNulls(parser as AsyncIterable<Value>), turn);
}

async function udsv(turn: Turn): Promise<Counts> {
  const { inferSchema, initParser } = await import('udsv');
  const inflated = (await bodyOf(client(), turn.file)).pipe(createGunzip());
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
  return validateAll(withNulls(rows()), turn);
}

async function jsonLines(turn: Turn): Promise<Counts> {
  const inflated = (await bodyOf(client(), turn.file)).pipe(createGunzip());
  async function* rows(): AsyncGenerator<Value> {
    for await (const line of createInterface({ input: inflated, crlfDelay: Number.POSITIVE_INFINITY }))
      yield JSON.parse(line) as Value;
  }
  return validateAll(rows(), turn);
}

/** What is empty in CSV is missing. */
async function* withNulls(records: AsyncIterable<Value>): AsyncGenerator<Value> {
  for await (const record of records) {
    if (record['note'] === '') record['note'] = null;
    yield record;
  }
}

const OURS = ['@duckdb/node-api'];

/** What is installed by `npm run bench:install`: a script that does the job, and the packages that it needs. */
interface Foreign {
  readonly language: 'python' | 'node';
  /** In `bench/alternatives`. */
  readonly script: string;
  /** Whether it needs Java as well. */
  readonly java?: boolean;
}

export interface Contestant {
  readonly formats: readonly File['format'][];
  /** Whether it checks anything: then it has to find what is wrong. */
  readonly checks: boolean;
  /** Packages by whose versions the figures are to be read. */
  readonly packages: readonly string[];
  readonly does: ((turn: Turn) => Promise<Counts>) | Foreign;
}

export const FLOOR = 'DuckDB copy, no check';
export const VALIDATE = 'ValidateBatch';
export const VALIDATE_AND_PROCESS = 'ValidateBatch + ProcessBatch';
/** What a user could take instead, by kind. */
export const NODE_PIPELINES = ['csv-parse + Ajv', 'udsv + Ajv', 'JSON.parse + Ajv'];
export const PANDAS_BASED = ['pandas + pandera', 'Great Expectations'];
export const POLARS = ['nodejs-polars', 'Python polars'];

const ALL: readonly File['format'][] = ['csv', 'jsonl', 'parquet'];
const foreign = (packages: readonly string[], does: Foreign): Contestant => ({
  formats: ALL,
  checks: true,
  packages,
  does,
});

/** All of them, by name. */
export const CONTESTANTS: Readonly<Record<string, Contestant>> = {
  [FLOOR]: { formats: ALL, checks: false, packages: OURS, does: duckdbCopy },
  [VALIDATE]: { formats: ALL, checks: true, packages: OURS, does: (turn) => rollcall(['validate-batch'], turn) },
  [VALIDATE_AND_PROCESS]: {
    formats: ALL,
    checks: true,
    packages: OURS,
    does: (turn) => rollcall(['validate-batch', 'process-batch'], turn),
  },
  'nodejs-polars': foreign(['nodejs-polars'], { language: 'node', script: 'nodejs_polars.mjs' }),
  'Python polars': foreign(['polars'], { language: 'python', script: 'python_polars.py' }),
  'udsv + Ajv': { formats: ['csv'], checks: true, packages: ['udsv', 'ajv'], does: udsv },
  'csv-parse + Ajv': { formats: ['csv'], checks: true, packages: ['csv-parse', 'ajv'], does: csvParse },
  'JSON.parse + Ajv': { formats: ['jsonl'], checks: true, packages: ['ajv'], does: jsonLines },
  'pandas + pandera': foreign(['pandas', 'pandera', 'pyarrow'], { language: 'python', script: 'pandas_pandera.py' }),
  'Great Expectations': foreign(['great_expectations', 'pandas', 'pyarrow'], {
    language: 'python',
    script: 'great_expectations_pandas.py',
  }),
  PySpark: foreign(['pyspark'], { language: 'python', script: 'pyspark_local.py', java: true }),
};
