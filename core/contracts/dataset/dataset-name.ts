import { z } from 'zod';

export const DATASET_NAME = /^[a-z][a-z0-9-]{0,29}$/;
/** A dataset's name: lower-case letters, digits and hyphens, at most 30 characters, so that execution names stay under 80. */
export const datasetNameSchema = z
  .string()
  .regex(DATASET_NAME, {
    error: 'expected lower-case letters, digits and hyphens, beginning with a letter, at most 30 characters',
  })
  // The pattern's own maximum, for those who read the schema.
  .meta({ maxLength: 30 });
