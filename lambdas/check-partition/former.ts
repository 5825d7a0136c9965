import type { Dataset } from '../contracts/dataset';
import { formerOf, partitionsOf, type Former, type History, type Span } from '../domain/history';
import { classify } from '../runtime/classify';
import { inParallel } from '../runtime/parallel';
import { readRecord } from '../runtime/partition-record';
import type { StepContext } from '../runtime/step';
import type { Run } from '../contracts/steps';

type Context = Pick<StepContext<'check-partition'>, 'ledger' | 'logger'>;

const READS_AT_A_TIME = 16;

/**
 * The former partitions of some spans: one read for each, of the partition record, however many figures are compared. One that was not
 * published is not known; one whose record cannot be read is as good as that, for it must not keep this partition from being published.
 * @throws RollcallError, retryable, when the ledger does not answer
 */
export async function readHistory(
  { ledger, logger }: Context,
  { dataset, partition }: Run,
  definition: Dataset,
  spans: readonly Span[],
): Promise<History> {
  const partitions = [...new Set(spans.flatMap((span) => partitionsOf(definition, partition, span)))];
  const found = await inParallel(partitions, READS_AT_A_TIME, async (former): Promise<Former | undefined> => {
    try {
      const publication = (await readRecord(ledger, { dataset, partition: former }))?.value.publication;
      return publication ? formerOf(former, publication) : undefined;
    } catch (error) {
      const known = classify(error);
      if (known.retryable) throw known;
      logger.warn('a former partition could not be read', { former, error: known });
      return undefined;
    }
  });
  const known = new Map(partitions.map((former, i) => [former, found[i]]));
  return (span) =>
    partitionsOf(definition, partition, span).flatMap((former) => {
      const one = known.get(former);
      return one === undefined ? [] : [one];
    });
}
