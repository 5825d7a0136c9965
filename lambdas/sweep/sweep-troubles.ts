import type { Dataset } from '../../core/contracts/dataset/dataset';
import { keys } from '../../core/contracts/keys';
import { noTroubles, troublesSchema, type MissingPartition, type Troubles } from '../../core/contracts/run/troubles';
import { isExpected } from '../../core/domain/partition/calendar';
import { failingFinding } from '../../core/domain/run/failing-finding';
import type { Finding } from '../../core/domain/sweep/incident-transitions';
import { isGivenUp, missingSince, withoutMissing } from '../../core/domain/run/missing-since';
import { valueOrNone } from '../../core/runtime/store/reading';
import { swapTroubles } from '../../core/runtime/ledger/troubles-record';
import type { SweepContext } from './sweep-context';
import { readOrRecover, recall } from './unreadable-state';

/** Partitions of a dataset of which one sweep makes sure: mostly the first one that is looked at is missing indeed. */
const MOST_READS = 50;

/**
 * Says of a dataset whether a person is to be called because it keeps failing. What is remembered is only believed as far as it says
 * that all is well: a partition that is said to be missing is looked at.
 */
export async function sweepTroubles(context: SweepContext, definition: Dataset): Promise<Finding> {
  const { at } = context;
  const { name, escalate } = definition;
  const known = await troublesOf(context, name);
  const gone = new Set(
    known.missing
      .filter((one) => isGivenUp(one, at) || !isExpected(definition, one.partition))
      .map(({ partition }) => partition),
  );
  const candidates = missingSince(known, escalate.hours, at).filter(({ partition }) => !gone.has(partition));
  const { published, left } = await lookAt(context, name, candidates);
  for (const partition of published) gone.add(partition);
  const now = gone.size === 0 ? known : await swapTroubles(context, name, (troubles) => withoutMissing(troubles, gone));
  return failingFinding(definition, now, left);
}

/** What is remembered of a dataset; where that can't be read it is what it was before, or begins anew. */
async function troublesOf(context: SweepContext, dataset: string): Promise<Troubles> {
  const memory = await recall(context, keys.troubles(dataset), troublesSchema);
  const known = memory.value ?? noTroubles(dataset);
  if (memory.isLost) await memory.keep(known);
  return known;
}

/** Those that are published are found out until one is not, oldest first; the others count as missing. */
async function lookAt(
  context: SweepContext,
  dataset: string,
  candidates: readonly MissingPartition[],
): Promise<{ readonly published: string[]; readonly left: readonly MissingPartition[] }> {
  const published: string[] = [];
  for (const { partition } of candidates.slice(0, MOST_READS)) {
    const found = await readOrRecover(context, { dataset, partition });
    const record = found && valueOrNone(found);
    if ((record?.publication ?? null) === null) break;
    published.push(partition);
  }
  return { published, left: candidates.slice(published.length) };
}
