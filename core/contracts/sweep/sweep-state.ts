import { z } from 'zod';
import { datasetNameSchema } from '../dataset/dataset';
import { partitionSchema } from '../partition';
import { schemaVersionSchema } from '../schema-version';

/** What the sweep remembers from one time to the next. All of it may be lost: then it looks through more than it needs to. */

/** `datasets/<dataset>.json`: what is deployed, for people and tools, and how far the sweep has come. */
export const datasetStateSchema = z.object({
  schemaVersion: schemaVersionSchema,
  dataset: datasetNameSchema,
  /** The deployed definition with every default filled in. */
  definition: z.record(z.string(), z.unknown()),
  definitionHash: z.string(),
  /** When the sweep saw this definition for the first time; absent in what the release before wrote. */
  definitionSince: z.iso.datetime().optional(),
  codeVersion: z.string(),
  /** When the sweep saw the dataset for the first time: what had missed its deadline by then is for a backfill. */
  watchedSince: z.iso.datetime(),
  /** Every expected partition that begins before this is settled. */
  watermark: z.iso.datetime(),
  /** The partition up to which the lake was tidied in the present round; null at the beginning of one. */
  tidiedTo: partitionSchema.nullable(),
  /** Since when the dataset is not part of the deployment any more; null while it is. */
  undeployedSince: z.iso.datetime().nullable(),
});
export type DatasetState = z.output<typeof datasetStateSchema>;

/** `sweeps/executions.json`. */
export const executionsStateSchema = z.object({
  schemaVersion: schemaVersionSchema,
  /** Every execution that was started before this is closed and on record, but for those below. */
  settledBefore: z.iso.datetime(),
  /** Older ones that are not: they run, or could not be recorded yet. */
  open: z.array(z.object({ arn: z.string(), startedAt: z.iso.datetime() })),
});
export type ExecutionsState = z.output<typeof executionsStateSchema>;

/** A trouble that a person is called for. */
export const incidentSchema = z.object({
  /** The dataset; of a circuit, the dependency; `rollcall` where it is about none. */
  dataset: z.string(),
  /** What it is about, where a dataset may have several of the kind: the key of an unreadable object. */
  subject: z.string().optional(),
  owner: z.string(),
  /** Whom it concerns, where that is not one dataset. */
  affects: z.array(z.object({ dataset: z.string(), owner: z.string() })).optional(),
  kind: z.enum(['undelivered', 'deadline', 'circuit', 'failing', 'unreadable']),
  severity: z.enum(['critical', 'warning']),
  /** One sentence. */
  summary: z.string(),
  since: z.iso.datetime(),
  /** The newest of what makes it up: when something newer joins it, it is announced again. */
  episode: z.iso.datetime().optional(),
  /** `opening` and `closing`: marked, and about to be announced by the sweep that marked it. */
  phase: z.enum(['opening', 'open', 'closing']),
  markedAt: z.iso.datetime(),
});
export type Incident = z.output<typeof incidentSchema>;

/**
 * `sweeps/incidents.json`: by `<kind>/<dataset>`; `sweeps/failing.json` those of datasets that keep failing, and `sweeps/unreadable.json`
 * by `<kind>/<key>` those of objects that cannot be read, which the release before would not understand. Those of a kind that only a newer
 * release knows are left to it.
 */
export const incidentsStateSchema = z.object({
  schemaVersion: schemaVersionSchema,
  incidents: z.record(z.string(), z.unknown()).transform((all): Record<string, Incident> => {
    const known = Object.entries(all).map(([id, one]) => [id, incidentSchema.safeParse(one).data] as const);
    return Object.fromEntries(known.flatMap(([id, incident]) => (incident === undefined ? [] : [[id, incident]])));
  }),
});
export type IncidentsState = z.output<typeof incidentsStateSchema>;
