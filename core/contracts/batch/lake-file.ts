import { z } from 'zod';

/** A file in the lake. */
export const outputSchema = z.object({
  key: z.string(),
  records: z.int().nonnegative(),
  bytes: z.int().nonnegative(),
  /** CRC-32 of its bytes as S3 shows it (base64); absent in records from before it was kept. */
  crc32: z.string().optional(),
});
export type Output = z.output<typeof outputSchema>;
