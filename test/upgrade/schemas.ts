import type { z } from 'zod';
import { backfillPlanSchema } from '../../lambdas/contracts/backfill';
import { backfillManifestSchema, backfillSummarySchema } from '../../lambdas/contracts/backfill-manifest';
import { circuitSchema } from '../../lambdas/contracts/circuit';
import { parseKey } from '../../lambdas/contracts/keys';
import { manifestSchema, outboxSchema, receiptSchema } from '../../lambdas/contracts/manifest';
import { partitionRecordSchema } from '../../lambdas/contracts/partition-record';
import { planSchema } from '../../lambdas/contracts/plan';
import { checkResultSchema } from '../../lambdas/contracts/steps';
import { datasetStateSchema, executionsStateSchema, incidentsStateSchema } from '../../lambdas/contracts/sweep-state';

/**
 * Which schema a document in the ledger has, by its key. Part of what is kept of a release: imports only what every release has, so that
 * it can be bundled with the code of any of them (`freeze.ts`).
 */
const BY_KIND: Readonly<Record<string, z.ZodType>> = {
  partition: partitionRecordSchema,
  manifest: manifestSchema,
  'unassigned-manifest': manifestSchema,
  plan: planSchema,
  check: checkResultSchema,
  outbox: outboxSchema,
  receipt: receiptSchema,
  dataset: datasetStateSchema,
  'sweep executions': executionsStateSchema,
  'sweep incidents': incidentsStateSchema,
  circuit: circuitSchema,
  'backfill plan': backfillPlanSchema,
  'backfill summary': backfillSummarySchema,
  'backfill manifest': backfillManifestSchema,
};

function kindOfKey(key: string): string | undefined {
  const parsed = parseKey(key);
  if (parsed === undefined) return undefined;
  if (parsed.kind === 'plan') return parsed.file.endsWith('.check.json') ? 'check' : 'plan';
  if (parsed.kind === 'sweep') return `sweep ${parsed.name}`;
  return parsed.kind === 'backfill' ? `backfill ${parsed.file}` : parsed.kind;
}

export const SCHEMAS = { SCHEMAS: BY_KIND, kindOfKey };
