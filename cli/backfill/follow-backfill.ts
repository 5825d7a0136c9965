import { DescribeExecutionCommand, type SFNClient } from '@aws-sdk/client-sfn';
import { backfillPlanSchema, type BackfillPlan, type PlanItem } from '../../core/contracts/backfill/backfill';
import { backfillManifestSchema, type BackfillManifest } from '../../core/contracts/backfill/backfill-manifest';
import { keys, runIdOf } from '../../core/contracts/keys';
import { manifestSchema, type Manifest } from '../../core/contracts/run/manifest';
import { inParallel } from '../../core/runtime/aws/parallel';
import type { Store } from '../../core/runtime/store/store';
import { whenThere } from '../start-execution';

/** Runs start in the order of the plan, so those that end next are among its first that have not. */
const LOOK_AT = 40;
const AT_A_TIME = 10;

export interface FollowOptions {
  readonly sfn: SFNClient;
  readonly ledger: Store;
  readonly say: (line: string) => void;
  /** Waits between two looks. */
  readonly pause: () => Promise<void>;
}

/** Follows a backfill to its end, with a line for each run that ends. Its manifest, or the execution's status where it left none. */
export async function followBackfill(
  { sfn, ledger, say, pause }: FollowOptions,
  executionArn: string,
): Promise<BackfillManifest | string> {
  const backfillId = runIdOf(executionArn.slice(executionArn.lastIndexOf(':') + 1));
  let progress: Progress | undefined;
  for (;;) {
    // The status first: what ended before it was asked for is on record when the ledger is read.
    const { status = 'UNKNOWN' } = await sfn.send(new DescribeExecutionCommand({ executionArn }));
    progress ??= await begin(ledger, backfillId, say);
    await progress?.report();
    if (status !== 'RUNNING') {
      const read = () => ledger.getJson(keys.backfill(backfillId, 'manifest'), backfillManifestSchema);
      return (await whenThere(read, pause)) ?? status;
    }
    await pause();
  }
}

async function begin(ledger: Store, backfillId: string, say: (line: string) => void): Promise<Progress | undefined> {
  const plan = await ledger.getJson(keys.backfill(backfillId, 'plan'), backfillPlanSchema);
  if (plan === undefined) return undefined;
  const { items, left, running } = plan.value;
  const rest = [
    ...(left.length > 0 ? [`${left.length} over the limit`] : []),
    ...(running.length > 0 ? [`${running.length} left to the runs that hold them`] : []),
  ];
  say(`Planned: ${items.length} to run${rest.map((text) => `, ${text}`).join('')}.`);
  return new Progress(ledger, plan.value, say);
}

/** Which runs have left their manifest. */
class Progress {
  readonly #waiting: PlanItem[];
  readonly #all: number;

  constructor(
    readonly ledger: Store,
    plan: BackfillPlan,
    readonly say: (line: string) => void,
  ) {
    // Replacements come last, each time a publication more.
    this.#waiting = plan.items.toSorted((a, b) => a.publications - b.publications);
    this.#all = this.#waiting.length;
  }

  /** Says which runs have ended since the last time. */
  async report(): Promise<void> {
    const looked = this.#waiting.slice(0, LOOK_AT);
    const ended = await inParallel(looked, AT_A_TIME, async (item) => ({
      item,
      manifest: await this.#manifestOf(item),
    }));
    for (const { item, manifest } of ended) {
      if (manifest === undefined) continue;
      this.#waiting.splice(this.#waiting.indexOf(item), 1);
      const done = this.#all - this.#waiting.length;
      const records = manifest.records.published > 0 ? `, ${manifest.records.published} records` : '';
      this.say(
        `[${done}/${this.#all}] ${item.dataset} ${item.partition}  ${manifest.status} (${manifest.reason.code})${records}`,
      );
    }
  }

  async #manifestOf({ dataset, partition, childName }: PlanItem): Promise<Manifest | undefined> {
    return (await this.ledger.getJson(keys.manifest(dataset, partition, runIdOf(childName)), manifestSchema))?.value;
  }
}

/** The end of a backfill as people read it. */
export function printEnding(manifest: BackfillManifest): string {
  const missing = Object.entries(manifest.stillMissing).flatMap(([date, partitions]) =>
    partitions.map(({ dataset, partition, reason }) => `  ${date}  ${dataset} ${partition}: ${reason}`),
  );
  const { hoursPlanned, hoursRecovered, totalRecords } = manifest;
  return [
    `${manifest.status}: ${manifest.message}`,
    `${hoursRecovered} of ${hoursPlanned} recovered, ${totalRecords} records.`,
    ...(missing.length > 0 ? ['Still missing:', ...missing] : []),
    ...(manifest.hint === '' ? [] : [manifest.hint]),
  ].join('\n');
}
