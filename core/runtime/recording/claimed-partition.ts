import type { HistoryEvent } from '@aws-sdk/client-sfn';
import { z } from 'zod';
import { parseKey } from '../../contracts/keys';
import { readingOf } from './execution-history';
import { claimedPartitionIn } from './payload';
import type { RecordingContext } from './record-ending';
import { parseJson, type EndingReport } from './report';

/**
 * The partition that an execution itself says it is about, for inputs that leave it to a definition: the one it was recorded under, or
 * that ClaimPartition answered. Null: it was none; undefined: nothing is known. So a run of the release before, which wrote nothing down,
 * is found where it is, whatever was deployed with this release.
 */
export async function claimedPartition(
  { readHistory, logger }: RecordingContext,
  { execution, state, closed }: EndingReport,
): Promise<string | null | undefined> {
  if (closed === undefined) return claimedPartitionIn(state);
  try {
    return partitionIn(await readHistory(execution.arn), closed.at);
  } catch (error) {
    logger.warn('the execution history could not be read', { executionArn: execution.arn, error: error as Error });
    return undefined;
  }
}

/** RecordRun answers where it recorded; no other step answers a manifest. */
const recordedSchema = z.object({ Payload: z.object({ manifestKey: z.string() }) });

function partitionIn(events: readonly HistoryEvent[], until: Date): string | null | undefined {
  for (const { taskSucceededEventDetails } of events) {
    const recorded = recordedSchema.safeParse(parseJson(taskSucceededEventDetails?.output)).data;
    const parsed = recorded === undefined ? undefined : parseKey(recorded.Payload.manifestKey);
    if (parsed?.kind === 'manifest') return parsed.partition;
    if (parsed?.kind === 'unassignedManifest') return null;
  }
  return claimedPartitionIn(readingOf(events, until).payload);
}
