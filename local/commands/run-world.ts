import type { Dataset } from '../../core/contracts/dataset/dataset';
import { cadenceOf, partitionEnd } from '../../core/contracts/partition';
import type { SlackFault } from '../aws/faults';
import { loadFolder } from '../aws/s3/s3-disk';
import { count } from '../../core/domain/text/numbers';
import type * as Vendors from '../data/vendors';
import type { Say } from '../narrator';
import type { LocalSlack } from '../slack';
import type { World } from '../world';

/**
 * Puts a folder's files into a dataset's source bucket, in place of what it had. A file that is newer than the clock, as every one is that
 * was made today for a partition of last week, came when the first partition was over: otherwise it would seem to be still arriving.
 */
export async function putFiles(
  world: Pick<World, 's3' | 'clock'>,
  { source: { bucket } }: Dataset,
  { folder, first, say }: { readonly folder: string; readonly first: string; readonly say: Say },
): Promise<void> {
  const { store } = world.s3;
  if (store.hasBucket(bucket)) store.dropBucket(bucket);
  store.createBucket(bucket);
  const now = world.clock.date();
  const over = cadenceOf(first) === undefined ? now : partitionEnd(first);
  let fitted = 0;
  const keys = await loadFolder(store, bucket, folder, {
    lastModified: (own) => {
      if (own <= now) return own;
      fitted += 1;
      return over < now ? over : now;
    },
  });
  say(`s3://${bucket} has ${count(keys.length, 'file')} of ${folder}, and nothing else`);
  if (fitted > 0) say(`${fitted} of them are newer than the clock: they count as having come when ${first} was over`);
}

/** Has the vendor of an example dataset deliver one partition; other datasets have whatever there is. */
export async function supplyExample(world: World, dataset: Dataset, partition: string, say: Say): Promise<void> {
  // Only now: the flights need DuckDB, which takes its time to load.
  const { isExample, supply } = require('../data/vendors') as typeof Vendors;
  if (!isExample(dataset)) return;
  const { bucket } = dataset.source;
  if (!world.s3.store.hasBucket(bucket)) world.s3.store.createBucket(bucket);
  const objects = await supply(world, dataset, partition);
  if (objects > 0) say(`${count(objects, 'object')} of real flights delivered to s3://${bucket}`);
}

/** Has Slack do what the faults say, to one message after the other; then it is well again. */
export function strikeSlack(slack: LocalSlack, faults: readonly SlackFault[]): void {
  const left = faults.map((fault) => ({ ...fault }));
  slack.mood = () => {
    const fault = left.find(({ times }) => times > 0);
    if (fault === undefined) return { is: 'ok' };
    fault.times -= 1;
    return fault.mood;
  };
}
