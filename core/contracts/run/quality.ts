import { z } from 'zod';
import { otherwiseSchema } from '../dataset/column';
import { ruleResultSchema } from '../batch/batch';

/** What is known of the quality of a partition as a whole: in what CheckPartition found, in manifests and in publications. */

/** A broken rule of a whole partition. */
export const checkedRuleSchema = ruleResultSchema.extend({
  /** What breaking it means; absent in records that were written before there was a choice. */
  otherwise: otherwiseSchema.optional(),
  /** For people: how many records broke it, and how many do so usually. */
  sentence: z.string().optional(),
});
export type CheckedRule = z.output<typeof checkedRuleSchema>;

/** A figure of the accepted records. */
const figureSchema = z.object({
  /** `rows`, or `<kind>(<column>)`. */
  name: z.string(),
  /** Null where no record has a value. */
  value: z.number().nullable(),
  /** All digits, where a number cannot hold them. */
  exact: z.string().optional(),
});
export type Figure = z.output<typeof figureSchema>;

/** How an expectation was met. `unknown`: there is not enough history to say. */
const expectationResultSchema = z.object({
  /** The figure that it is about. */
  figure: z.string(),
  outcome: z.enum(['met', 'broken', 'unknown']),
  otherwise: z.enum(['warn', 'fail']),
  /** For people: the figure, what was expected, and what it was compared with. */
  sentence: z.string(),
});
export type ExpectationResult = z.output<typeof expectationResultSchema>;

export const qualitySchema = z.object({
  figures: z.array(figureSchema),
  expectations: z.array(expectationResultSchema),
  /** Former partitions whose figures were compared with this one's, newest first. */
  comparedWith: z.array(z.string()),
  /** For people: what is published and still not as it should be. */
  warnings: z.array(z.string()),
});
export type Quality = z.output<typeof qualitySchema>;

/** What a publication keeps for those who are compared with it later: one read per former partition is enough. */
export const publishedQualitySchema = {
  /** Rules that were broken; absent in publications that were written before they were kept. */
  rules: z.array(z.object({ name: z.string(), broken: z.int().nonnegative() })).optional(),
  /** Figures by name, those without a value left out. */
  figures: z.record(z.string(), z.number()).optional(),
};
