import type { run } from '../kit/engine';
import type { Case } from './case';

/** How a case ended, as far as its truth says anything about it. */
export type End = Readonly<Record<string, unknown>>;

/** Resident memory of the process at its highest so far, MB. */
const peakMb = () => process.resourceUsage().maxRSS / 1024;

const WITHIN = 'within bounds';

/** Runs a case. What it gives can be compared with {@link truthOf}. */
export async function endOf({ truth, growsAtMostMb }: Case, work: () => ReturnType<typeof run>): Promise<End> {
  const before = peakMb();
  const end = await work().then(
    ({ counts, rows, rejected, broken }): End => {
      const { read, accepted, quarantined, duplicates } = counts;
      const raw = rejected.map((one) => one['rawBase64'] ?? Buffer.from(one.raw ?? '').toString('base64'));
      return {
        read,
        accepted,
        quarantined,
        duplicates,
        rules: broken,
        ids: rows.map((row) => row['id']),
        inQuarantine: rejected.length,
        ...(truth.ends === 'counted' && truth.raw === undefined ? {} : { raw }),
        ...(truth.ends === 'counted' && truth.values !== undefined
          ? {
              values: Object.fromEntries(Object.keys(truth.values).map((name) => [name, rows.map((row) => row[name])])),
            }
          : {}),
      };
    },
    (error: unknown): End => {
      const { name, message } = error as Error;
      const says = truth.ends === 'refused' ? truth.says : '';
      const said = typeof says === 'string' ? message.includes(says) : says.test(message);
      return { error: name, says: said ? String(says) : message };
    },
  );
  const grownMb = peakMb() - before;
  return { ...end, memory: grownMb <= (growsAtMostMb ?? Infinity) ? WITHIN : `grew by ${grownMb} MB` };
}

/** What {@link endOf} has to give. */
export function truthOf({ truth }: Case): End {
  if (truth.ends === 'refused') return { error: truth.error, says: String(truth.says), memory: WITHIN };
  const { read, accepted, quarantined, duplicates, rules, ids, raw, values } = truth;
  return {
    read,
    accepted,
    quarantined,
    duplicates,
    rules,
    ids,
    inQuarantine: quarantined + duplicates,
    ...(raw === undefined ? {} : { raw }),
    ...(values === undefined ? {} : { values }),
    memory: WITHIN,
  };
}
