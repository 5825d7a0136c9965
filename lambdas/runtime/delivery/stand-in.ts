import { backfillPlanSchema } from '../../contracts/backfill';
import { backfillEndingOf } from '../../contracts/backfill-endings';
import type { BackfillManifest } from '../../contracts/backfill-manifest';
import type { Dataset } from '../../contracts/dataset';
import { endingOf } from '../../contracts/endings';
import { keys, parseKey } from '../../contracts/keys';
import type { Manifest } from '../../contracts/manifest';
import { NO_RECORDS } from '../../contracts/partition-record';
import { composeBackfill } from '../../domain/backfill-compose';
import { endingInJson } from '../../domain/loose-ending';
import { standingEnding } from '../../domain/protocol';
import { summarizePlan } from '../backfill/summarize';
import { lookAtRecord } from '../partition-record';
import { valueOrNone, type Unreadable } from '../reading';
import type { Store } from '../store';

/** What only the manifest said. */
const UNKNOWN = 'unknown';

/**
 * What is told where the manifest of a run is unreadable; never written. Its ending is what the partition record says of the run, else what
 * can be made out in the manifest; where neither says, that it is not known.
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
  const known = (record && standingEnding(record, runId)) ?? endingInJson(json);
  const { status, code } = known ?? { status: 'FAILED', code: 'INTERNAL_ERROR' };
  const { sentence, hint } = endingOf(code);
  const said = known === undefined ? 'How the run ended is not known here.' : sentence;
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
    reason: { code, message: `${said} Its manifest cannot be read: ${why}.`, hint },
    source: null,
    upstreams: [],
    settings: null,
    records: NO_RECORDS,
    rules: [],
    failedBatches: [],
    outputs: [],
    quarantine: [],
    steps: [],
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
