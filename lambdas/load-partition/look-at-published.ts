import type { Dataset } from '../../core/contracts/dataset/dataset';
import { SourceNotAsPublished } from '../../core/contracts/errors';
import type { Run } from '../../core/contracts/run/steps';
import { listingHash } from '../../core/domain/batch/plan-batches';
import { ownerFieldOf, sourceOf } from '../../core/domain/source/judge-fallback';
import { readRecord } from '../../core/runtime/ledger/partition-record';
import { SourceReader } from '../../core/runtime/step/source-reader';
import type { Looked } from './look-at-sources';
import type { LoadContext } from './load-partition';

/**
 * What a replay works on: the objects that are published, wherever they came from. Nothing is waited for, because whatever comes now
 * is not what was published. Undefined for any other run, and where nothing is published.
 * @throws SourceNotAsPublished where other objects lie there; SourceBucketNotFound, SourceAccessDenied, TransientError
 */
export async function lookAtPublished(
  { s3, ledger }: Pick<LoadContext, 's3' | 'ledger'>,
  dataset: Dataset,
  run: Run,
): Promise<Looked | undefined> {
  if (!run.replay) return undefined;
  const publication = (await readRecord(ledger, run))?.value.publication;
  if (!publication) return undefined;
  const { runId, source: published } = publication;
  if (published.kind === 'fallback' && dataset.fallback === undefined) {
    const message = `run ${runId} published from a fallback, and the dataset declares none any more`;
    throw new SourceNotAsPublished(message, { details: { runId } });
  }
  const source = sourceOf(dataset, published.kind);
  const found = await new SourceReader(s3, ownerFieldOf(published.kind)).list(
    { source, complete: dataset.complete },
    run.partition,
  );
  if (published.listingHash !== listingHash(found.objects)) {
    throw new SourceNotAsPublished(
      `the objects under s3://${published.bucket}/${published.prefix} are not those that run ${runId} published (${published.objects} objects, ${published.bytes} bytes)`,
      { details: { runId } },
    );
  }
  const { kind, insteadOf, fallbackNotUsed } = published;
  return { ready: true, chosen: { kind, insteadOf, fallbackNotUsed, found } };
}
