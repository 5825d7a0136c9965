import type { z } from 'zod';
import { backfillPlanSchema } from './backfill/backfill';
import { backfillManifestSchema, backfillSummarySchema } from './backfill/backfill-manifest';
import { batchFailureSchema, batchRecordSchema } from './batch/batch';
import { circuitSchema } from './run/circuit';
import { identitySchema } from './run/identity';
import { parseKey, type SweepState } from './keys';
import { manifestSchema, outboxSchema, receiptSchema } from './run/manifest';
import { partitionRecordSchema } from './run/partition-record';
import { planSchema } from './batch/plan';
import { channelsStateSchema, rollCallSchema } from './sweep/roll-call';
import { runSettingsSchema } from './run/run-settings';
import { checkResultSchema } from './run/steps';
import { datasetStateSchema, executionsStateSchema, incidentsStateSchema } from './sweep/sweep-state';
import { troublesSchema } from './run/troubles';
import { unlistedSchema } from './sweep/unlisted';

const SWEEP_SCHEMAS: Readonly<Record<SweepState, z.ZodType>> = {
  executions: executionsStateSchema,
  incidents: incidentsStateSchema,
  failing: incidentsStateSchema,
  unreadable: incidentsStateSchema,
  channels: channelsStateSchema,
};

/** What has to lie under a key of the ledger or the lake; undefined where that is no JSON document of ours. */
export function schemaOf(key: string): z.ZodType | undefined {
  const parsed = parseKey(key);
  switch (parsed?.kind) {
    case undefined:
    case 'data':
    case 'uniqueKeys':
    case 'omissions':
    case 'quarantine':
    // Its name says it all.
    case 'restart':
      return undefined;
    case 'partition':
      return partitionRecordSchema;
    case 'manifest':
    case 'unassignedManifest':
      return manifestSchema;
    case 'outbox':
      return outboxSchema;
    case 'receipt':
      return receiptSchema;
    case 'dataset':
      return datasetStateSchema;
    case 'circuit':
      return circuitSchema;
    case 'batch':
      return batchRecordSchema;
    case 'sweep':
      return SWEEP_SCHEMAS[parsed.name];
    case 'identity':
      return identitySchema;
    case 'troubles':
      return troublesSchema;
    case 'unlisted':
      return unlistedSchema;
    case 'rollCall':
      return rollCallSchema;
    case 'backfill':
      return { plan: backfillPlanSchema, summary: backfillSummarySchema, manifest: backfillManifestSchema }[
        parsed.file
      ];
    case 'plan':
    case 'secondPlan':
      return planSchema;
    case 'settings':
      return runSettingsSchema;
    case 'batchFailure':
      return batchFailureSchema;
    case 'check':
      return checkResultSchema;
  }
}
