import { parquetMetadata } from 'hyparquet';
import type { Execution } from '../../local/executions';
import type { World } from '../../local/world';
import { FORMER_RUN } from './lab';

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
  readonly runId: string;
  readonly executionArn: string;
  readonly status: string;
  readonly code: string;
  readonly records: Readonly<Record<string, number>>;
  readonly outputs: readonly { readonly key: string; readonly records: number }[];
}

/** All that a case left behind. */
export interface Seen {
  readonly executions: readonly Execution[];
  readonly manifests: readonly SeenManifest[];
  /** The partition record; undefined where nobody wrote one. */
  readonly record: Readonly<Record<string, unknown>> | undefined;
  readonly outbox: readonly string[];
  readonly receipts: readonly string[];
  /** Records in each data file of the lake, counted from its footer. */
  readonly files: ReadonlyMap<string, number>;
}

/** Reads what a case left of its dataset's hour. */
export function observe(world: World, dataset: string): Seen {
  const ledger = documents(world, 'runs/').filter(({ key }) => !key.endsWith(`/${FORMER_RUN}.json`));
  const manifests = ledger.map(({ key, writtenAt, json }) => {
    const reason = json['reason'] as { code: string };
    return { ...(json as unknown as SeenManifest), key, writtenAt, code: reason.code };
  });
  return {
    executions: world.sfn.list().filter(({ machine }) => machine.logicalId.startsWith('PartitionRun')),
    manifests,
    record: documents(world, `partitions/${dataset}/`)[0]?.json,
    outbox: keysOf(world, 'outbox/'),
    receipts: keysOf(world, 'receipts/'),
    files: recordsInFiles(world, dataset),
  };
}

export function keysOf(world: World, prefix: string): string[] {
  return world.s3.store.keys(world.bucket('Ledger')).filter((key) => key.startsWith(prefix));
}

export function documents(world: World, prefix: string): Document[] {
  const ledger = world.bucket('Ledger');
  return keysOf(world, prefix).map((key) => {
    const { body, lastModified } = world.s3.store.get(ledger, key);
    return { key, writtenAt: lastModified, json: JSON.parse(body.toString()) as Readonly<Record<string, unknown>> };
  });
}

export function recordsInFiles(world: World, dataset: string): ReadonlyMap<string, number> {
  const lake = world.bucket('Lake');
  const keys = world.s3.store
    .keys(lake)
    .filter((key) => key.startsWith(`data/${dataset}/`) && /[0-9a-f]{32}\.parquet$/.test(key));
  return new Map(
    keys.map((key) => {
      const { body } = world.s3.store.get(lake, key);
      const bytes = body.buffer.slice(body.byteOffset, body.byteOffset + body.byteLength) as ArrayBuffer;
      return [key, Number(parquetMetadata(bytes).num_rows)];
    }),
  );
}
