import { backfillPlanSchema } from '../../contracts/backfill/backfill';
import { backfillEndingOf } from '../../contracts/backfill/backfill-endings';
import type { BackfillManifest } from '../../contracts/backfill/backfill-manifest';
import type { Dataset } from '../../contracts/dataset/dataset';
import { keys, parseKey } from '../../contracts/keys';
import { nothingDone, reasonOf, type Manifest } from '../../contracts/run/manifest';
import { composeBackfill } from '../../domain/backfill/backfill-compose';
import { endingInJson } from '../../domain/run/loose-ending';
import { recordedEnding } from '../../domain/partition/protocol';
import { summarizePlan } from '../backfill/summarize';
import { lookAtRecord } from '../ledger/partition-record';
import { valueOrNone, type Unreadable } from '../store/reading';
import type { Store } from '../store/store';

/** What only the manifest said. */
const UNKNOWN = 'unknown';

/**
 * What the message is made of where the manifest of a run is unreadable; never written. Its ending is what the partition record says of the
 * run, else what can be made out in the manifest; where neither says, that it is not known.
 */
export async function standInFor(
  { ledger, datasets }: Telling,
  { key, why, json }: Unreadable,
  now: Date,
): Promise<Manifest> {
  const parsed = parseKey(key);
  const of = parsed?.kind === 'manifest' ? parsed : undefined;
  const runId = parsed !== undefined && 'runId' in parsed ? parsed.runId : UNKNOWN;
  const record = of === undefined ? undefined : valueOrNone(await lookAtRecord(ledger, of));
  const known = (record && recordedEnding(record, runId)) ?? endingInJson(json);
  const { status, code } = known ?? { status: 'FAILED', code: 'INTERNAL_ERROR' };
  const unreadable = `Its manifest cannot be read: ${why}.`;
  const unknown = `How the run ended is not known here. ${unreadable}`;
  const at = now.toISOString();
  return {
    schemaVersion: 1,
    kind: 'run',
    dataset: of?.dataset ?? null,
    partition: of?.partition ?? null,
    runId,
    executionArn: record?.publication?.runId === runId ? record.publication.executionArn : '',
    trigger: 'manual',
    backfillId: null,
    owner: (of && datasets.get(of.dataset)?.owner) ?? null,
    status,
    reason: known === undefined ? { ...reasonOf(code, unknown), message: unknown } : reasonOf(code, unreadable),
    ...nothingDone(),
    cost: { transitions: 0, lambdaGbSeconds: 0, requests: 0, usd: null },
    definitionHash: null,
    codeVersion: UNKNOWN,
    times: { scheduled: null, started: at, ended: at },
    problems: [],
    minimal: true,
  };
}

interface Telling {
  readonly ledger: Store;
  readonly datasets: ReadonlyMap<string, Dataset>;
}

/** The same for a backfill: by its plan and what became of that, where those can be read. */
export async function standInForBackfill(
  { ledger }: Pick<Telling, 'ledger'>,
  { key, why }: Unreadable,
  now: Date,
): Promise<BackfillManifest> {
  const parsed = parseKey(key);
  const backfillId = parsed?.kind === 'backfill' ? parsed.backfillId : UNKNOWN;
  const plan = valueOrNone(await ledger.read(keys.backfill(backfillId, 'plan'), backfillPlanSchema));
  const summary = plan && (await summarizePlan(ledger, plan, now));
  const detail = `its manifest cannot be read: ${why}`;
  const manifest = composeBackfill({
    backfillId,
    executionArn: '',
    started: plan?.plannedAt ?? now.toISOString(),
    ended: now,
    input: plan?.input,
    trigger: plan?.input.trigger ?? 'manual',
    cutOff: undefined,
    codeVersion: UNKNOWN,
    problems: [],
    ignored: '',
    done: plan === undefined || summary === undefined ? undefined : { plan, summary },
    trouble: { detail, error: undefined, state: 'RecordRun' },
  });
  const { sentence } = backfillEndingOf(manifest.status);
  const message =
    plan === undefined ? `${sentence} What it recovered is not known here, because ${detail}` : manifest.message;
  return { ...manifest, message, minimal: true };
}
