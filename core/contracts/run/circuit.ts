import { z } from 'zod';
import { nameSchema } from '../batch/bounds';
import { datasetNameSchema } from '../dataset/dataset';
import { reasonCodeSchema } from './partition-record';
import { schemaVersionSchema } from '../schema-version';

/** What a circuit breaker remembers of the dependency that it guards (`docs/decisions/circuit.md`). */

/** Runs whose failure was counted in the present generation; far more than any limit of failures. */
export const MAX_RECENT_RUNS = 100;

/** UTC days of partitions that ran into the trouble, both inclusive. */
const affectedDaysSchema = z.object({ from: z.iso.date(), to: z.iso.date() });

/** By dataset. */
export const affectedSchema = z.record(datasetNameSchema, affectedDaysSchema);
export type Affected = z.output<typeof affectedSchema>;

/** Why a circuit is open, or about to be. */
const circuitCauseSchema = z.object({
  /** For people, without secrets. */
  text: z.string(),
  /** The ending that counted; null where an operator opened the circuit by hand, or a probe left none. */
  code: reasonCodeSchema.nullable(),
  /** The run that ended so. */
  runId: z.string().nullable(),
  at: z.iso.datetime(),
});

/** The one run that tries a dependency whose circuit is open. */
const probeSchema = z.object({ runId: z.string(), executionArn: z.string(), since: z.iso.datetime() });
export type Probe = z.output<typeof probeSchema>;

/** Something about a circuit that needs one message. It stays in the record until its message has a receipt. */
const circuitNoticeSchema = z.object({
  messageId: z.string(),
  kind: z.enum(['opened', 'closed']),
  at: z.iso.datetime(),
  /** The run that brought it about; null: an operator by hand. */
  runId: z.string().nullable(),
  /** Failures in a row; 0 where it was opened by hand. */
  failures: z.int().nonnegative(),
  /** When the trouble began. */
  since: z.iso.datetime(),
  /** When it is tried again; null where it was closed. */
  openUntil: z.iso.datetime().nullable(),
  /** What opened it, or closed it. */
  cause: z.string(),
  /** That it was closed because its record could not be read and begins anew. */
  rebuilt: z.literal(true).optional(),
});
export type CircuitNotice = z.output<typeof circuitNoticeSchema>;

/** What has to be run again after a trouble. The sweep starts a backfill for it. */
const recoveryOwedSchema = z.object({
  /** That of the closing: part of the backfill's name. */
  generation: z.int().positive(),
  since: z.iso.datetime(),
  /** When the circuit closed. */
  until: z.iso.datetime(),
  affected: affectedSchema,
});
export type RecoveryOwed = z.output<typeof recoveryOwedSchema>;

/**
 * `circuits/<dependency>.json`; changed by compare-and-swap on its ETag only. Closed while `openUntil` is null; otherwise open, and from
 * `openUntil` on one run at a time may try.
 */
export const circuitSchema = z.object({
  schemaVersion: schemaVersionSchema,
  /** Grows with every opening, closing and reset: a run that was claimed in an older one neither counts nor closes. */
  generation: z.int().nonnegative(),
  /** In a row, of runs of this generation. */
  failures: z.int().nonnegative(),
  /** Runs whose failure was counted, so that none is counted twice. */
  recentRunIds: z.array(z.string()).max(MAX_RECENT_RUNS),
  openUntil: z.iso.datetime().nullable(),
  probe: probeSchema.nullable(),
  /** From the first failure in a row on; null while all is well. */
  trouble: z
    .object({
      since: z.iso.datetime(),
      /** How often the circuit was opened since it was closed last. */
      openings: z.int().nonnegative(),
      cause: circuitCauseSchema,
      affected: affectedSchema,
    })
    .nullable(),
  recoveryOwed: recoveryOwedSchema.nullable(),
  notices: z.array(circuitNoticeSchema),
});
export type Circuit = z.output<typeof circuitSchema>;

/** The circuit of a dependency that never failed. */
export const CLOSED_CIRCUIT: Circuit = {
  schemaVersion: 1,
  generation: 0,
  failures: 0,
  recentRunIds: [],
  openUntil: null,
  probe: null,
  trouble: null,
  recoveryOwed: null,
  notices: [],
};

/** What a run was told of the circuit when it was claimed. */
export const claimedCircuitSchema = z.object({
  dependency: nameSchema,
  generation: z.int().nonnegative(),
  /** Whether the run tries a dependency whose circuit is open. */
  probe: z.boolean(),
});
export type ClaimedCircuit = z.output<typeof claimedCircuitSchema>;
