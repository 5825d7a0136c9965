import type { run } from '../engine/harness';
import type { Case, Counted } from './case';

export type Found = Awaited<ReturnType<typeof run>>;

/** Resident memory of the process at its highest so far, MB. */
export const peakMb = () => process.resourceUsage().maxRSS / 1024;

/** Counts, records and quarantine, against the truth. */
export function compare(truth: Counted, { counts, rows, rejected, broken }: Found, name: string): void {
  const { read, accepted, quarantined, duplicates } = counts;
  expect({ name, read, accepted, quarantined, duplicates, rules: broken }).toEqual({
    name,
    read: truth.read,
    accepted: truth.accepted,
    quarantined: truth.quarantined,
    duplicates: truth.duplicates,
    rules: truth.rules,
  });
  expect(read).toBe(accepted + quarantined + duplicates);
  expect(rows.map((row) => row['id'])).toEqual(truth.ids);
  expect(rejected).toHaveLength(quarantined + duplicates);
  const raw = rejected.map((one) => one['rawBase64'] ?? Buffer.from(one.raw ?? '').toString('base64'));
  if (truth.raw !== undefined) expect(raw).toEqual(truth.raw);
}

/** The error that refuses a case, against the truth. */
export async function expectRefused(outcome: Promise<unknown>, { name, truth }: Case): Promise<void> {
  if (truth.ends !== 'refused') throw new Error(`${name} is to be counted`);
  const found = await outcome.then(
    () => ({ name: 'accepted', message: '' }),
    (error: unknown) => ({ name: (error as Error).name, message: (error as Error).message }),
  );
  expect({ case: name, error: found.name }).toEqual({ case: name, error: truth.error });
  if (typeof truth.says === 'string') expect(found.message).toContain(truth.says);
  else expect(found.message).toMatch(truth.says);
}
