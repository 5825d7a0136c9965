import { createReadStream, createWriteStream, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import pl from 'nodejs-polars';

/* The job with nodejs-polars: lazily, from a file to two. */

const TYPES = { integer: pl.Int64, double: pl.Float64 };

/** Downloads the object; gzip is undone on the way, because JSON lines are only read without. */
async function get({ source, job }) {
  const { body } = await fetch(source);
  const path = join(tmpdir(), `in.${job.format}`);
  const steps = job.format === 'parquet' ? [] : [createGunzip()];
  await pipeline(Readable.fromWeb(body), ...steps, createWriteStream(path));
  return path;
}

async function put({ output }, path, name) {
  const headers = { 'content-length': String(statSync(path).size) };
  const body = Readable.toWeb(createReadStream(path));
  const response = await fetch(`${output}/${name}`, { method: 'PUT', headers, body, duplex: 'half' });
  if (!response.ok) throw new Error(`${name} was answered with ${response.status}`);
}

function scan(path, { job, columns }) {
  if (job.format === 'parquet') return pl.scanParquet(path);
  const names = Object.keys(columns);
  const native = (type) => (job.format === 'jsonl' && TYPES[type]) || pl.String;
  const schema = Object.fromEntries(names.map((name) => [name, native(columns[name].type)]));
  return job.format === 'csv' ? pl.scanCSV(path, { schema }) : pl.scanJson(path, { schema });
}

/** The column with its type; what is of another type becomes null. */
function typed(name, type, format) {
  const value = pl.col(name);
  if (type !== 'timestamp') return value.cast(TYPES[type], false);
  // Literals have milliseconds and no zone.
  if (format === 'parquet') return value.cast(pl.Datetime('ms'));
  return value.str.strptime(pl.Datetime('ms'), '%Y-%m-%dT%H:%M:%SZ').alias(name);
}

/** Every rule by name, as the condition that breaks it. */
function rulesOf({ job, columns, rowRules }) {
  const rules = [];
  for (const [name, { type, nullable, pattern, values, min, max }] of Object.entries(columns)) {
    const value = pl.col(name);
    const bound = (limit) => (type === 'timestamp' ? pl.lit(new Date(limit)) : pl.lit(limit));
    if (nullable !== true) rules.push([`${name}:present`, value.isNull()]);
    if (pattern !== undefined) rules.push([`${name}:pattern`, value.str.contains(`^(?:${pattern})$`).not()]);
    if (values !== undefined) rules.push([`${name}:values`, value.isIn(values).not()]);
    if (min !== undefined) rules.push([`${name}:min`, value.lt(bound(min))]);
    if (max !== undefined) rules.push([`${name}:max`, value.gt(bound(max))]);
  }
  for (const { name, column, operator, other, bound } of rowRules) {
    const left = pl.col(column);
    rules.push([name, operator === '<>' ? left.eq(pl.col(other)) : left.gtEq(pl.lit(bound))]);
  }
  if (job.unique) rules.push(['unique', pl.col('flight_id').isFirstDistinct().not()]);
  return rules;
}

async function contest(turn) {
  const path = await get(turn);
  const broken = rulesOf(turn).map(([name, condition]) =>
    pl.when(condition).then(pl.lit(name)).otherwise(pl.lit(null)),
  );
  // What is rejected is written as it came.
  const others = Object.keys(turn.columns).filter((name) => turn.columns[name].type !== 'string');
  const came = Object.fromEntries(others.map((name) => [`came:${name}`, name]));
  const checked = await scan(path, turn)
    .withColumns(...others.map((name) => pl.col(name).alias(`came:${name}`)))
    .withColumns(...others.map((name) => typed(name, turn.columns[name].type, turn.job.format)))
    .withColumns(pl.concatString(broken, '|', true).alias('broken'))
    .collect();
  const parts = {
    accepted: checked.filter(pl.col('broken').eq(pl.lit(''))).drop(['broken', ...Object.keys(came)]),
    rejected: checked
      .filter(pl.col('broken').neq(pl.lit('')))
      .drop(others)
      .rename(came),
  };
  for (const [name, part] of Object.entries(parts)) {
    const file = join(tmpdir(), `${name}.parquet`);
    part.writeParquet(file, { compression: 'zstd' });
    await put(turn, file, `${name}.parquet`);
  }
  process.stdout.write(`${JSON.stringify({ accepted: parts.accepted.height, rejected: parts.rejected.height })}\n`);
}

createInterface({ input: process.stdin }).once('line', (line) => {
  contest(JSON.parse(line)).catch((error) => {
    console.error(error);
    process.exit(1);
  });
});
