import { resolve } from 'node:path';
import type { Command } from 'commander';
import { datasetNameSchema } from '../../core/contracts/dataset/dataset';
import { partitionSchema } from '../../core/contracts/partition';
import type { PartitionRecord } from '../../core/contracts/run/partition-record';
import { readRecord } from '../../core/runtime/ledger/partition-record';
import { named, targetOf } from '../backfill/target';
import { UsageError, usageStatus } from '../backfill/usage-error';
import { LOCAL_FOLDER, openLocalWorld } from '../files/local-world';
import { publishedFiles, sqlOf, whyNothing, type Place } from '../files/published';
import { complain, say, sayJson } from '../print';

export interface FilesOptions {
  readonly ledger?: string;
  readonly lake?: string;
  /** The folder, or true for the default one. */
  readonly local?: string | true;
  readonly json?: boolean;
  readonly sql?: boolean;
}

/** Prints what is published of a partition. Returns 0, or 1 where nothing is. */
export async function files(dataset: string, partition: string, options: FilesOptions): Promise<number> {
  if (options.json === true && options.sql === true) throw new UsageError('--sql: expected none beside --json');
  const { record, place } = await look(dataset, partition, options);
  const published = publishedFiles(record, place);
  if (published === undefined) {
    complain(`${dataset} ${partition}: ${whyNothing(record)}`);
    return 1;
  }
  if (options.json === true) sayJson({ files: published });
  else if (options.sql === true) {
    const sql = sqlOf(published);
    if (sql === undefined) {
      complain(`${dataset} ${partition}: published without records, so there is no file to read`);
      return 1;
    }
    say(sql);
  } else for (const { path } of published) say(path);
  return 0;
}

async function look(
  dataset: string,
  partition: string,
  { local, ...options }: FilesOptions,
): Promise<{ readonly record: PartitionRecord | undefined; readonly place: Place }> {
  if (local !== undefined) {
    const world = openLocalWorld(local === true ? LOCAL_FOLDER : resolve(local));
    return { record: world.record(dataset, partition), place: world.lakeFile };
  }
  const lake = named('lake', options.lake, process.env);
  const { ledger } = targetOf({ ...options, datasets: '' }, process.env);
  const record = (await readRecord(ledger, { dataset, partition }))?.value;
  return { record, place: (key) => `s3://${lake}/${key}` };
}

/** `rollcall files <dataset> <partition>` */
export function addFiles(program: Command): void {
  program
    .command('files')
    .description('what is published of a partition: its files')
    .argument('<dataset>')
    .argument('<partition>', 'a UTC hour like 2026-01-20T05, or a day like 2026-01-20')
    .option('--ledger <bucket>', 'ledger bucket; default: ROLLCALL_LEDGER_BUCKET')
    .option('--lake <bucket>', 'lake bucket; default: ROLLCALL_LAKE_BUCKET')
    .option(
      '--local [folder]',
      'of the world that `npm run local` left there, as paths on this machine; default .local',
    )
    .option('--json', 'as JSON: {"files": [{"path", "records"}]}')
    .option('--sql', 'as a query for DuckDB')
    .addHelpText('after', '\nExit status: 0 published, 1 nothing is published (with --sql: or no file), 2 wrong usage.')
    .action(async (dataset: string, partition: string, options: FilesOptions) => {
      process.exitCode = await usageStatus(async () => {
        if (!datasetNameSchema.safeParse(dataset).success)
          throw new UsageError(`dataset: got ${JSON.stringify(dataset)}, expected the name of a dataset`);
        if (!partitionSchema.safeParse(partition).success)
          throw new UsageError(
            `partition: got ${JSON.stringify(partition)}, expected a UTC hour like 2026-01-20T05 or a day like 2026-01-20`,
          );
        return files(dataset, partition, options);
      });
    });
}
