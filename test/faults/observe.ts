import { gunzipSync, zstdDecompressSync } from 'node:zlib';
import { parquetReadObjects } from 'hyparquet';
import type { Execution } from '../../local/aws/states/local-executions';
import type { World } from '../../local/world';
import { FORMER_RUN } from './fault-world';
import { rowOf, type SetAside } from './situations';

/** A document in the ledger, as it stands: nothing of the product's schemas. */
export interface Document {
  readonly key: string;
  readonly writtenAt: number;
  readonly json: Readonly<Record<string, unknown>>;
}

/** A manifest, as far as it is judged. */
export interface SeenManifest {
  readonly key: string;
  readonly writtenAt: number;
  readonly dataset: string | null;
  readonly partition: string | null;
  readonly runId: string;
  readonly executionArn: string;
  readonly status: string;
  readonly code: string;
  readonly records: Readonly<Record<string, number>>;
  readonly outputs: readonly { readonly key: string; readonly records: number }[];
  readonly quarantine: readonly { readonly key: string; readonly records: number }[];
}

/** A partition record, as far as it is judged. */
export type SeenRecord = Readonly<Record<string, unknown>>;

/** All that a case left behind. */
export interface Seen {
  readonly executions: readonly Execution[];
  readonly manifests: readonly SeenManifest[];
  /** Partition records by dataset and partition (`plain/2026-01-20T05`), of every dataset that has a manifest here. */
  readonly records: ReadonlyMap<string, SeenRecord>;
  readonly outbox: readonly string[];
  readonly receipts: readonly string[];
  /** What a person was called for by another way than Slack. */
  readonly called: readonly string[];
  /** The records in each data file of the lake, read with another reader than the product's, as `rowOf` writes them. */
  readonly files: ReadonlyMap<string, readonly string[]>;
  /** What lies in each quarantine file. */
  readonly quarantine: ReadonlyMap<string, readonly SetAside[]>;
  /**
   * What is left in the lake of these datasets long after, when everything that nothing refers to should be gone;
   * undefined: not looked at.
   */
  readonly leftLater: readonly string[] | undefined;
}

/** Reads what a case left of its dataset's hour, whatever the dataset is called at its end. */
export async function observe(world: World, dataset: string): Promise<Omit<Seen, 'leftLater'>> {
  const ledger = documents(world, 'runs/').filter(({ key }) => !key.endsWith(`/${FORMER_RUN}.json`));
  const manifests = ledger.map(({ key, writtenAt, json }) => {
    const reason = json['reason'] as { code: string };
    return { ...(json as unknown as SeenManifest), key, writtenAt, code: reason.code };
  });
  const datasets = [...new Set([dataset, ...manifests.flatMap((manifest) => manifest.dataset ?? [])])];
  return {
    executions: world.sfn.list().filter(({ machine }) => machine.logicalId.startsWith('PartitionRun')),
    manifests,
    records: recordsOf(world, datasets),
    outbox: keysOf(world, 'outbox/'),
    receipts: keysOf(world, 'receipts/'),
    called: world.aws.publications.map(({ subject = '' }) => subject),
    files: await rowsInFiles(world, datasets),
    quarantine: quarantinedIn(world, datasets),
  };
}

/** The partition records of some datasets, by dataset and partition. */
export function recordsOf(world: World, datasets: readonly string[]): ReadonlyMap<string, SeenRecord> {
  return new Map(
    datasets.flatMap((dataset) =>
      documents(world, `partitions/${dataset}/`).map(({ key, json }) => {
        return [key.replace(/^partitions\/|\.json$/g, ''), json] as const;
      }),
    ),
  );
}

export function keysOf(world: World, prefix: string): string[] {
  return world.s3.store.keys(world.bucket('Ledger')).filter((key) => key.startsWith(prefix));
}

/** Keys of the lake that belong to a dataset. */
export function lakeKeysOf(world: World, datasets: readonly string[]): string[] {
  return world.s3.store.keys(world.bucket('Lake')).filter((key) => datasets.includes(key.split('/')[1] ?? ''));
}

export function documents(world: World, prefix: string): Document[] {
  const ledger = world.bucket('Ledger');
  return keysOf(world, prefix).map((key) => {
    const { body, lastModified } = world.s3.store.get(ledger, key);
    return { key, writtenAt: lastModified, json: jsonOf(body) };
  });
}

/** What a case spoilt and was not healed says nothing. */
function jsonOf(body: Buffer): Readonly<Record<string, unknown>> {
  try {
    return JSON.parse(body.toString()) as Readonly<Record<string, unknown>>;
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    return {};
  }
}

/** The records of every data file, by its key. */
export async function rowsInFiles(
  world: World,
  datasets: readonly string[],
): Promise<ReadonlyMap<string, readonly string[]>> {
  const lake = world.bucket('Lake');
  const keys = lakeKeysOf(world, datasets).filter((key) => /^data\/.*\/[0-9a-f]{32}\.parquet$/.test(key));
  const read = keys.map(async (key) => {
    const { body } = world.s3.store.get(lake, key);
    const file = body.buffer.slice(body.byteOffset, body.byteOffset + body.byteLength) as ArrayBuffer;
    const rows = await parquetReadObjects({ file, compressors: { ZSTD: (input) => zstdDecompressSync(input) } });
    return [key, rows.map(rowOf)] as const;
  });
  return new Map(await Promise.all(read));
}

function quarantinedIn(world: World, datasets: readonly string[]): ReadonlyMap<string, readonly SetAside[]> {
  const lake = world.bucket('Lake');
  const keys = lakeKeysOf(world, datasets).filter((key) => key.startsWith('quarantine/'));
  return new Map(
    keys.map((key) => {
      const lines = gunzipSync(world.s3.store.get(lake, key).body).toString().split('\n');
      const records = lines.filter((line) => line !== '').map((line) => JSON.parse(line) as QuarantineLine);
      return [key, records.map(({ raw = '', broken }) => ({ raw, broken: broken.join() }))];
    }),
  );
}

interface QuarantineLine {
  readonly raw?: string;
  readonly broken: readonly string[];
}
