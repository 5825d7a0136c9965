import type { Readable } from 'node:stream';
import { StringDecoder } from 'node:string_decoder';
import { createGunzip } from 'node:zlib';
import { quarantinedRecordSchema, type QuarantinedRecord } from '../../core/contracts/batch/quarantine';
import { describeProblems, problemsOf } from '../../core/contracts/problems';
import type { Store } from '../../core/runtime/store/store';
import { UsageError } from '../backfill/usage-error';

/**
 * The records of a quarantine file, one by one: the file may be larger than memory.
 * @throws UsageError when the file is gone, or is no quarantine file
 */
export async function* quarantinedRecords(lake: Store, key: string): AsyncGenerator<QuarantinedRecord> {
  const found = await lake.getStream(key);
  const where = `s3://${lake.bucket}/${key}`;
  if (found === undefined)
    throw new UsageError(
      `${where} is not there any more: files that no publication names are removed after their grace`,
    );
  let number = 0;
  for await (const line of linesOf(found.body)) {
    number += 1;
    const parsed = quarantinedRecordSchema.safeParse(json(line), { reportInput: true });
    if (!parsed.success) throw new UsageError(`${where} line ${number}: ${describeProblems(problemsOf(parsed.error))}`);
    yield parsed.data;
  }
}

/** The lines of a gzipped stream; an error of either stream ends it as one. */
async function* linesOf(body: Readable): AsyncGenerator<string> {
  const inflated = createGunzip();
  body.on('error', (error) => inflated.destroy(error));
  const decoder = new StringDecoder('utf8');
  let begun = '';
  for await (const chunk of body.pipe(inflated) as AsyncIterable<Buffer>) {
    const lines = (begun + decoder.write(chunk)).split('\n');
    begun = lines.pop() ?? '';
    yield* lines;
  }
  if (begun !== '') yield begun;
}

function json(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}
