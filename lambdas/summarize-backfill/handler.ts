import { stepHandler } from '../../core/runtime/step/step';
import { summarizeBackfill } from './summarize-backfill';

/** SummarizeBackfill: what was recovered and what is still missing, by the ledger as it now is. */
export const handler = stepHandler('summarize-backfill', (context, input) =>
  summarizeBackfill({ ...context, ledger: context.ledger.forManyReads() }, input),
);
