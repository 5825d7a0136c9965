import type { Dataset } from '../../core/contracts/dataset/dataset';
import {
  formerOf,
  partitionsOf,
  type Former,
  type FormerIn,
  type Span,
} from '../../core/domain/quality/former-partitions';
import { inParallel } from '../../core/runtime/aws/parallel';
import { lookAtRecord } from '../../core/runtime/ledger/partition-record';
import { valueOrNone } from '../../core/runtime/store/reading';
import type { StepContext } from '../../core/runtime/step/step';
import type { Run } from '../../core/contracts/run/steps';

type Context = Pick<StepContext<'check-partition'>, 'ledger' | 'logger'>;

const READS_AT_A_TIME = 16;

/**
 * The former partitions of some spans: one read for each, of the partition record, however many figures are compared. One that was not
 * published is not known; one whose record cannot be read is as good as that, for it must not keep this partition from being published.
 * @throws RollcallError, retryable, when the ledger does not answer
 */
export async function readFormer(
  { ledger, logger }: Context,
  { dataset, partition }: Run,
  definition: Dataset,
  spans: readonly Span[],
): Promise<FormerIn> {
  const partitions = [...new Set(spans.flatMap((span) => partitionsOf(definition, partition, span)))];
  const found = await inParallel(partitions, READS_AT_A_TIME, async (former): Promise<Former | undefined> => {
    const reading = await lookAtRecord(ledger, { dataset, partition: former });
    if (reading.kind === 'unreadable')
      logger.warn('a former partition could not be read', { partition: former, why: reading.why });
    const publication = valueOrNone(reading)?.publication;
    return publication ? formerOf(former, publication) : undefined;
  });
  const known = new Map(partitions.map((former, i) => [former, found[i]]));
  return (span) =>
    partitionsOf(definition, partition, span).flatMap((former) => {
      const one = known.get(former);
      return one === undefined ? [] : [one];
    });
}
