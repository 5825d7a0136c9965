import { createHash } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import { batchRecordSchema } from '../../core/contracts/batch/batch';
import type { Publication } from '../../core/contracts/run/partition-record';
import type { S3Request } from '../../local/aws/s3/local-s3';
import type { StoredObject } from '../../local/aws/s3/s3-store';
import { HOUR, NOW, type Workflow } from '../workflow/workflow';

/* One partition of five batches that is published once, delivered anew, and processed again by a run that dies. */

export const SOURCE = 'grouped-source';
export const BATCHES = 5;
export const AGAIN = { dataset: 'grouped', partition: HOUR, reprocess: true };
/** What the app is synthesized with. */
export const CONTEXT = { datasetsDir: 'test/crash/datasets', batchBytes: String(1024 * 1024) };

const RECORDS = 2000;
const keyOf = (batch: number) => `grouped/2026/01/20/05/part-${batch}.csv.gz`;

/** Some 70 KiB that do not compress, the first record rejected: by the planner's cautious estimate a batch of its own. */
function part(version: number, batch: number): Buffer {
  const id = (i: number) => createHash('sha256').update(`${version} ${batch} ${i}`).digest('hex');
  const lines = Array.from({ length: RECORDS }, (_, i) => `${id(i)},${i - 1}`);
  return gzipSync(['id,value', ...lines, ''].join('\n'));
}

/** Puts a version of all five objects into the source. */
export function deliver({ world }: Workflow, version: number): void {
  const lastModified = Date.parse(version === 1 ? '2026-01-20T06:02:00Z' : '2026-01-20T06:10:00Z');
  for (let batch = 0; batch < BATCHES; batch += 1)
    world.s3.store.put(SOURCE, keyOf(batch), part(version, batch), {}, {}, { lastModified });
}

interface Kept {
  readonly bucket: 'Ledger' | 'Lake';
  readonly object: StoredObject;
}
/** Ledger and lake as they stand. */
export function keep(workflow: Workflow): Kept[] {
  const { world } = workflow;
  return (['Ledger', 'Lake'] as const).flatMap((bucket) =>
    workflow.keys(bucket).map((key) => ({ bucket, object: world.s3.store.get(world.bucket(bucket), key) })),
  );
}

/** Back to the first publication, with the second version in the source. */
export async function begin(workflow: Workflow, kept: readonly Kept[]): Promise<void> {
  await workflow.reset();
  const { world } = workflow;
  for (const { bucket, object } of kept)
    world.s3.store.put(
      world.bucket(bucket),
      object.key,
      object.body,
      object.headers,
      {},
      { lastModified: NOW.getTime() },
    );
  deliver(workflow, 2);
}

/** What a reader learns from a publication, and what is the same whichever run made it. */
function contentOf(publication: Publication | null | undefined): unknown {
  if (!publication) return null;
  const { ending, files, quarantineFiles, records, source, failedBatches } = publication;
  return { ending, files, quarantineFiles, records, listing: source.listingHash, failedBatches };
}

/** Reads the partition as a consumer does: the publication, and then every file that it names. */
export class Reader {
  reads = 0;
  /** What was read in turn: indices into `versions`. */
  readonly seen: number[] = [];

  constructor(
    private readonly workflow: Workflow,
    /** The publications that may be seen, each with the ETags of its files. */
    private readonly versions: readonly {
      readonly content: unknown;
      readonly etags: Readonly<Record<string, string>>;
    }[],
  ) {}

  poll(): void {
    const { world } = this.workflow;
    this.reads += 1;
    const publication = this.workflow.record('grouped', HOUR)?.publication;
    const content = JSON.stringify(contentOf(publication));
    const version = this.versions.findIndex((one) => JSON.stringify(one.content) === content);
    if (version < 0) throw new Error(`a reader saw what is neither the one publication nor the other: ${content}`);
    if (this.seen.at(-1) !== version) this.seen.push(version);
    const lake = world.bucket('Lake');
    for (const [key, etag] of Object.entries(this.versions[version]!.etags)) {
      if (!world.s3.store.hasKey(lake, key) || world.s3.store.get(lake, key).etag !== etag)
        throw new Error(`a reader found ${key} gone or changed`);
    }
  }
}

/** The publication that stands, for a {@link Reader}. */
export function versionOf(workflow: Workflow): ConstructorParameters<typeof Reader>[1][number] {
  const { world } = workflow;
  const publication = workflow.record('grouped', HOUR)?.publication;
  if (!publication) throw new Error('nothing is published');
  const files = [...publication.files, ...publication.quarantineFiles];
  const etags = files.map(({ key }) => [key, world.s3.store.get(world.bucket('Lake'), key).etag] as const);
  return { content: contentOf(publication), etags: Object.fromEntries(etags) };
}

/** Source keys of the batches of the second version that are done: their records are in the lake. */
export function finished({ world }: Workflow): ReadonlySet<string> {
  const lake = world.bucket('Lake');
  const current = new Map(
    Array.from({ length: BATCHES }, (_, i) => [keyOf(i), world.s3.store.get(SOURCE, keyOf(i)).etag]),
  );
  const done = world.s3.store
    .keys(lake)
    .filter((key) => key.startsWith('data/') && key.endsWith('.json'))
    .map((key) => batchRecordSchema.parse(JSON.parse(world.s3.store.get(lake, key).body.toString())))
    .flatMap(({ objects }) => objects)
    .filter(({ key, etag }) => current.get(key) === etag);
  return new Set(done.map(({ key }) => key));
}

/** Whether a request computes a batch: only who does reads a source object. */
export const readsSource = ({ operation, bucket }: S3Request): boolean =>
  bucket === SOURCE && operation === 'GetObject';
