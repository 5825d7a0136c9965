import { keys, parseKey } from '../../core/contracts/keys';
import { unreferencedFiles, type LakeFile } from '../../core/domain/sweep/unreferenced';
import type { Store } from '../../core/runtime/store/store';
import type { SweepContext } from './sweep-context';
import { readOrRecover } from './unreadable-state';

/** Partitions of a dataset that one sweep tidies: a year of hours in 30 hours, at 144 sweeps a day. */
const MOST_PARTITIONS = 50;

/**
 * Removes the files of the next partitions that nothing refers to, and says up to which it came; null at the end of a round. Every
 * partition comes round again and again, so nothing has to be remembered about any of them.
 */
export async function tidyLake(
  context: SweepContext,
  dataset: string,
  from: string | null,
  hasTime: () => boolean,
): Promise<string | null> {
  let tidied: string | null = from;
  let count = 0;
  for await (const { partition, files } of partitionsAfter(context.lake, dataset, from)) {
    if (!hasTime()) return tidied;
    await tidyPartition(context, { dataset, partition }, files);
    tidied = partition;
    count += 1;
    if (count === MOST_PARTITIONS) return tidied;
  }
  return null;
}

async function tidyPartition(
  context: SweepContext,
  of: { dataset: string; partition: string },
  files: readonly LakeFile[],
): Promise<void> {
  const { ledger, lake, at, logger, tally } = context;
  const record = await readOrRecover(context, of);
  // What its publication refers to is not known.
  if (record === undefined) return;
  const found = record.kind === 'found' ? record : undefined;
  for (const batch of unreferencedFiles(found?.value, files, at)) {
    // A run that has claimed since then may be about to take the batch for finished. From its claim to its publication it takes seconds,
    // from here to the removal of the batch's record milliseconds; and PublishPartition looks for each file before it publishes.
    const now = await ledger.head(keys.partition(of.dataset, of.partition));
    if (now?.etag !== found?.etag) return;
    for (const key of batch) await lake.delete(key);
    tally.removed += batch.length;
    logger.info('sweep: removed a batch that no publication refers to', { ...of, keys: batch });
  }
}

interface PartitionFiles {
  readonly partition: string;
  readonly files: LakeFile[];
}

/** The partitions that have files, in order, each with all of its files of both areas. */
async function* partitionsAfter(lake: Store, dataset: string, from: string | null): AsyncGenerator<PartitionFiles> {
  const streams = [keys.dataOf(dataset), keys.quarantineOf(dataset)].map((prefix) => byPartition(lake, prefix, from));
  const heads = await Promise.all(streams.map((stream) => stream.next()));
  for (;;) {
    const next = heads.flatMap(({ value, done }) => (done === true ? [] : [value.partition])).sort()[0];
    if (next === undefined) return;
    const files: LakeFile[] = [];
    for (const [i, head] of heads.entries()) {
      const stream = streams[i];
      if (head.done === true || stream === undefined || head.value.partition !== next) continue;
      files.push(...head.value.files);
      heads[i] = await stream.next();
    }
    yield { partition: next, files };
  }
}

async function* byPartition(lake: Store, prefix: string, from: string | null): AsyncGenerator<PartitionFiles, void> {
  let current: PartitionFiles | undefined;
  // `~` comes after every character of a file's name: everything of that partition is passed over.
  for await (const { key, lastModified } of lake.list(prefix, from === null ? undefined : `${prefix}${from}/~`)) {
    const parsed = parseKey(key);
    if (parsed === undefined || !('fingerprint' in parsed)) continue;
    if (current !== undefined && current.partition !== parsed.partition) {
      yield current;
      current = undefined;
    }
    current ??= { partition: parsed.partition, files: [] };
    current.files.push({ key, lastModified });
  }
  if (current !== undefined) yield current;
}
