import { createReadStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import { createGunzip, crc32 } from 'node:zlib';
import type { Dataset } from '../../contracts/dataset/dataset';
import { RecordsUnaccounted } from '../../contracts/errors';
import { crc32Text } from '../../domain/batch/crc32-text';
import { briefly } from '../duckdb/briefly';
import type { Database } from '../duckdb/database';
import { isAccountedFor } from '../sql/definition-fault';
import { isSound, maskCount, rejectingBits, type Rule } from '../stage/rules';
import { identifier, text } from '../duckdb/sql';
import { HASH, hashOf, RN, STAGE } from '../stage/stage';
import { LATER } from '../stage/later-records';

/**
 * What is known of a number of records without their order: how many, and the sum of their hashes. Two that are equal hold the same
 * records but for a chance of 1 in 2^64; one record dropped, doubled or altered makes them differ.
 */
export interface Sum {
  readonly records: number;
  /** As text, because it has more digits than a number. */
  readonly hashes: string;
}

/** The sum over a query's rows. */
export async function sumOf(database: Database, hash: string, from: string): Promise<Sum> {
  const row = await database.row(
    `SELECT count(*) AS records, coalesce(sum(${hash}), 0)::VARCHAR AS hashes FROM ${from}`,
  );
  return { records: Number(row['records']), hashes: String(row['hashes']) };
}

/** SQL for the hash of a record in a file of accepted records, comparable with the stage's: they break no rule. */
export function acceptedHash(dataset: Dataset, rules: readonly Rule[]): string {
  return hashOf([
    ...Object.keys(dataset.columns).map(identifier),
    ...Array.from({ length: maskCount(rules) }, () => '0::INTEGER'),
  ]);
}

/**
 * Reads the records of a Parquet file back and compares them with those that were to be written.
 * @throws RecordsUnaccounted when they are not the same records
 */
export async function readBack(database: Database, path: string, hash: string, expected: Sum): Promise<void> {
  const found = await sumOf(database, hash, `read_parquet(${text(path)})`).catch((error: unknown) => {
    if (isAccountedFor(error)) throw error;
    throw new RecordsUnaccounted(`what was written cannot be read back: ${briefly(error)}`, { cause: error });
  });
  refuseOthers(found, expected);
}

/**
 * Compares the records that were read back with those that were to be written.
 * @throws RecordsUnaccounted when they are not the same
 */
export function refuseOthers(found: Sum, expected: Sum): void {
  if (found.records !== expected.records)
    throw new RecordsUnaccounted(`read back ${found.records} records, expected the ${expected.records} that were made`);
  if (found.hashes !== expected.hashes)
    throw new RecordsUnaccounted(
      `the ${found.records} records read back are not those that were made: their hashes add up to ${found.hashes}, expected ${expected.hashes}`,
    );
}

/**
 * Makes sure that the stage still is what the readers put into it. For accepted records the file tells; here it is asked for the others:
 * a record that has become broken, or is left out, would be set aside without a trace.
 * @param staged records that were put into it
 * @param later duplicates, whether they are set aside or only told, and deleted records
 * @throws RecordsUnaccounted otherwise
 */
export async function refuseAlteredStage(
  database: Database,
  dataset: Dataset,
  rules: readonly Rule[],
  staged: number,
  later: number,
): Promise<void> {
  const row = await database.row(
    `SELECT count(*) AS records, coalesce(sum(${RN}), 0)::VARCHAR AS numbers FROM ${STAGE}`,
  );
  const numbers = (BigInt(staged) * BigInt(staged + 1)) / 2n;
  if (Number(row['records']) !== staged || BigInt(String(row['numbers'])) !== numbers)
    throw new RecordsUnaccounted(
      `the stage has ${String(row['records'])} records whose numbers add up to ${String(row['numbers'])}, expected ${staged} and ${numbers}`,
    );
  const known = await database.row(
    `SELECT count(*) AS listed, count(*) FILTER (WHERE s.${HASH} = l.${HASH}) AS found
     FROM ${LATER} l LEFT JOIN ${STAGE} s ON s.${RN} = l.${RN}`,
  );
  if (Number(known['listed']) !== later || Number(known['found']) !== later)
    throw new RecordsUnaccounted(
      `the list of duplicates and deleted records has ${String(known['listed'])} records, ${String(known['found'])} of them in the stage, expected ${later}`,
    );
  const columns = Object.keys(dataset.columns).map(identifier);
  const hash = hashOf([...columns, ...rejectingBits(rules)]);
  const aside = `NOT (${isSound(rules)})${later === 0 ? '' : ` OR ${RN} IN (SELECT ${RN} FROM ${LATER})`}`;
  // CASE, because the hash is dear and few records are set aside.
  const altered = await database.count(
    `SELECT count(*) FROM ${STAGE} WHERE CASE WHEN ${aside} THEN ${HASH} <> ${hash} ELSE false END`,
  );
  if (altered > 0) throw new RecordsUnaccounted(`${altered} records that are set aside were altered in the stage`);
}

/** What a file of gzip members should hold, as it was written. */
export interface WrittenLines {
  readonly records: number;
  /** CRC-32 of the text. */
  readonly textCrc32: string;
}

/**
 * Inflates a file of lines again and compares it with what was written.
 * @throws RecordsUnaccounted when it holds something else
 */
export async function readBackLines(path: string, expected: WrittenLines): Promise<void> {
  let records = 0;
  let checksum = 0;
  try {
    await pipeline(createReadStream(path), createGunzip(), async (chunks: AsyncIterable<Buffer>) => {
      for await (const chunk of chunks) {
        checksum = crc32(chunk, checksum);
        for (let at = chunk.indexOf(LF); at !== -1; at = chunk.indexOf(LF, at + 1)) records += 1;
      }
    });
  } catch (error) {
    throw new RecordsUnaccounted(`the quarantine file cannot be read back: ${briefly(error)}`, { cause: error });
  }
  if (records !== expected.records || crc32Text(checksum) !== expected.textCrc32)
    throw new RecordsUnaccounted(
      `read back ${records} quarantined records, expected the ${expected.records} that were written, as they were written`,
    );
}

const LF = 10;
