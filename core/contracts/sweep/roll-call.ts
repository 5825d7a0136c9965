import { z } from 'zod';
import { channelSchema } from '../dataset/channel';
import { datasetNameSchema } from '../dataset/dataset-name';
import { partitionSchema } from '../partition';
import { reasonCodeSchema } from '../run/partition-record';
import { schemaVersionSchema } from '../schema-version';

/**
 * The daily and weekly overviews of a channel, whatever happens: how many of the partitions that were due are published
 * (`docs/notifications.md`).
 */

/** `daily`: about the datasets under `notify.when: 'changes'`. `weekly`: to every channel, so that its absence is noticed. */
export const ROLL_CALL_KINDS = ['daily', 'weekly'] as const;
export type RollCallKind = (typeof ROLL_CALL_KINDS)[number];

const count = z.int().nonnegative();
const byCadence = z.object({ hourly: count, daily: count });

/** Partitions of a dataset that are not published. */
const absentSchema = z.object({
  dataset: datasetNameSchema,
  count,
  /** The first few. */
  partitions: z.array(partitionSchema),
  /** How the last of them ended. */
  code: reasonCodeSchema,
});
export type Absent = z.output<typeof absentSchema>;

/** `roll-calls/<channel>/<kind>-<date>.json`; written once, and what its message is made of. */
export const rollCallSchema = z.object({
  schemaVersion: schemaVersionSchema,
  kind: z.enum(ROLL_CALL_KINDS),
  channel: channelSchema,
  /** UTC days, both inclusive, on which the deadline was of what is counted. */
  from: z.iso.date(),
  to: z.iso.date(),
  /** When it was counted. */
  madeAt: z.iso.datetime(),
  /** In order. */
  datasets: z.array(datasetNameSchema),
  /** Whether these are all there are, because none has this channel. */
  ofAll: z.boolean(),
  due: byCadence,
  published: byCadence,
  /** Of those published: without some of their records, without any, and not at the first attempt (`null`: not counted). */
  partial: count,
  noData: count,
  afterRetries: count.nullable(),
  /** Runs that were still going. */
  running: count,
  /** The most first. */
  missing: z.array(absentSchema),
  /** Datasets that could not be counted. */
  notCounted: z.array(datasetNameSchema),
});
export type RollCall = z.output<typeof rollCallSchema>;

/** What the sweep remembers of a channel. */
const channelStateSchema = z.object({
  /** When the sweep saw it first. */
  since: z.iso.datetime(),
  /** When a message that the sweep delivered was taken last; those of recorders are not counted. */
  deliveredAt: z.iso.datetime().nullable(),
  /** The days of the last overviews that were made. */
  daily: z.iso.date().nullable(),
  weekly: z.iso.date().nullable(),
});
export type ChannelState = z.output<typeof channelStateSchema>;

/** `sweeps/channels.json`. May be lost: then a channel counts as new. */
export const channelsStateSchema = z.object({
  schemaVersion: schemaVersionSchema,
  channels: z.record(channelSchema, channelStateSchema),
});
export type ChannelsState = z.output<typeof channelsStateSchema>;
