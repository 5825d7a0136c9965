import type { Dataset } from '../../core/contracts/dataset/dataset';
import { partitionStart } from '../../core/contracts/partition';
import { sourcePrefix } from '../../core/domain/partition/calendar';
import type { World } from '../world';
import { FlightsData, type Delivery } from './flights';

/** Which vendor delivers for which example dataset: so many periods from an instant on. */
const VENDORS: Readonly<Record<string, (data: FlightsData, from: Date, periods: number) => Promise<Delivery[]>>> = {
  flights: (data, from, hours) => data.csv(from, hours),
  'flights-firehose': (data, from, hours) => data.jsonl(from, hours),
  'flights-daily': (data, from, days) => data.parquet(from, days),
};

/** The example datasets among those that are declared. */
export function exampleDatasets(datasets: readonly Dataset[]): Dataset[] {
  return datasets.filter(isExample);
}

/** Whether a dataset is an example, whose vendor can deliver. */
export function isExample({ name, source }: Dataset): boolean {
  return Object.hasOwn(VENDORS, name) && source.bucket.startsWith('rollcall-example-');
}

/** What the vendor of an example dataset delivers for so many periods from an instant on; nothing for other datasets. */
export async function deliveriesFor(
  data: FlightsData,
  dataset: Dataset,
  from: Date,
  periods: number,
): Promise<Delivery[]> {
  return (await VENDORS[dataset.name]?.(data, from, periods)) ?? [];
}

/**
 * Makes sure that the source of one partition of an example dataset is there, as its vendor delivered it, unless something lies there
 * already. Returns how many objects were put.
 */
export async function supply(world: World, dataset: Dataset, partition: string): Promise<number> {
  const { bucket } = dataset.source;
  const prefix = sourcePrefix(dataset.source, partition);
  if (!isExample(dataset) || world.s3.store.keys(bucket).some((key) => key.startsWith(prefix))) return 0;
  const data = await FlightsData.open();
  try {
    const deliveries = await deliveriesFor(data, dataset, partitionStart(partition), 1);
    for (const { key, body, at } of deliveries) {
      // An object that is still on its way arrives when it is due; the clock jumps there if a run waits for it.
      if (at.getTime() > world.clock.now()) world.clock.timer(at, () => void world.s3.store.put(bucket, key, body));
      else world.s3.store.put(bucket, key, body, {}, {}, { lastModified: at.getTime() });
    }
    return deliveries.length;
  } finally {
    data.close();
  }
}
