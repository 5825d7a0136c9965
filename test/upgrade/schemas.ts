import type { z } from 'zod';
import { backfillPlanSchema } from '../../core/contracts/backfill/backfill';
import { backfillManifestSchema, backfillSummarySchema } from '../../core/contracts/backfill/backfill-manifest';
import { circuitSchema } from '../../core/contracts/run/circuit';
import { parseKey } from '../../core/contracts/keys';
import { manifestSchema, outboxSchema, receiptSchema } from '../../core/contracts/run/manifest';
import { partitionRecordSchema } from '../../core/contracts/run/partition-record';
import { planSchema } from '../../core/contracts/batch/plan';
import { checkResultSchema } from '../../core/contracts/run/steps';
import {
  datasetStateSchema,
  executionsStateSchema,
  incidentsStateSchema,
} from '../../core/contracts/sweep/sweep-state';

/**
 * Which schema a document in the ledger has, by its key. Part of what is kept of a release: imports only what every release has, so that
 * it can be bundled with the code of any of them (`freeze.ts`).
 */
const BY_KIND: Readonly<Record<string, z.ZodType>> = {
  partition: partitionRecordSchema,
  manifest: manifestSchema,
  unassignedManifest: manifestSchema,
  // As releases called it before kinds were named by the templates of keys.
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
  // Those releases have one kind for all files beside a plan.
  if (parsed.kind === 'plan' && 'file' in parsed && String(parsed.file).endsWith('.check.json')) return 'check';
  if (parsed.kind === 'sweep') return `sweep ${parsed.name}`;
  return parsed.kind === 'backfill' ? `backfill ${parsed.file}` : parsed.kind;
}

export const SCHEMAS = { SCHEMAS: BY_KIND, kindOfKey };
