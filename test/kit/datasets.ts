import { defineDataset, type Dataset, type DatasetInput } from '../../core/contracts/dataset/dataset';

/** What a test says about a definition; of its source it may say a part, too. */
export type DatasetPart = Partial<Omit<DatasetInput, 'source'>> & { readonly source?: Partial<DatasetInput['source']> };

/** A definition with everything that a test does not care about filled in. All others are made by it. */
export function dataset({ source, ...part }: DatasetPart = {}): Dataset {
  const name = part.name ?? 'flights';
  return defineDataset({
    name,
    owner: 'Data Engineering',
    cadence: 'hourly',
    calendar: { firstPartition: '2026-01-01T00' },
    empty: 'normal',
    columns: { id: { type: 'string' } },
    ...part,
    source: { bucket: 'source-bucket', prefix: `${name}/{yyyy}/{MM}/{dd}/{HH}/`, format: 'csv', ...source },
  });
}

export const daily = (): Dataset =>
  dataset({
    name: 'daily',
    cadence: 'daily',
    calendar: { firstPartition: '2026-01-01' },
    source: { prefix: 'daily/{yyyy}-{MM}-{dd}/', format: 'parquet' },
    deadlineMinutes: 600,
  });

/** An hourly CSV delivery in which an empty partition is a fault. */
export const flights = ({ source, ...part }: DatasetPart = {}): Dataset =>
  dataset({ empty: 'fault', ...part, source: { bucket: 'vendor', suffix: '.csv', ...source } });

/** Ids and names, of which half may be rejected; an empty partition is a fault. */
export const things = ({ source, ...part }: DatasetPart = {}): Dataset =>
  dataset({
    name: 'things',
    empty: 'fault',
    tolerance: { rejected: { share: 0.5 } },
    columns: { id: { type: 'integer' }, name: { type: 'string', nullable: true } },
    ...part,
    source: { bucket: 'vendor', ...source },
  });

/** Of some columns, in the first years of the calendar: what the engine is tested with. */
export const datasetWith = ({ source, ...part }: DatasetPart & { columns: DatasetInput['columns'] }): Dataset =>
  dataset({
    name: 'things',
    calendar: { firstPartition: '2001-01-01T00' },
    ...part,
    source: { bucket: 'vendor', ...source },
  });

export const registry = (...definitions: Dataset[]): ReadonlyMap<string, Dataset> =>
  new Map((definitions.length === 0 ? [dataset(), daily()] : definitions).map((one) => [one.name, one]));

export interface Many {
  readonly count: number;
  /** The bucket of the dataset with this number; default one for all. */
  readonly bucket?: (i: number) => string;
  /** What stands before the first placeholder of its prefix. */
  readonly root?: (i: number) => string;
  readonly more?: (i: number) => DatasetPart;
}

/** 60 characters, different in the middle. */
export const longRoot = (i: number): string =>
  `landing/area-of-dataset-${String(i).padStart(4, '0')}/`.padEnd(59, 'p') + '/';
/** 63 characters, the longest name that a bucket may have. */
export const longBucket = (i: number): string => `vendor-${String(i).padStart(4, '0')}-`.padEnd(63, 'x');

/** Made-up hourly datasets. */
export function manyDatasets({
  count,
  bucket = () => 'vendor-drop',
  root = longRoot,
  more = () => ({}),
}: Many): Dataset[] {
  return Array.from({ length: count }, (_unused, i) => {
    const { source, ...part } = more(i);
    return dataset({
      name: `dataset-${String(i).padStart(4, '0')}`,
      empty: 'fault',
      columns: { id: { type: 'integer' } },
      ...part,
      source: { bucket: bucket(i), prefix: `${root(i)}{yyyy}/{MM}/{dd}/{HH}/`, ...source },
    });
  });
}
