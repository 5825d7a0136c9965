import { backfillManifestSchema, type BackfillManifest } from '../contracts/backfill-manifest';
import { keys, parseKey } from '../contracts/keys';
import { manifestSchema, type Manifest, type OutboxPointer } from '../contracts/manifest';
import { MINUTE_MS } from '../contracts/partition';
import type { Owed } from '../domain/delivery-plan';
import { deadlineOf } from '../domain/calendar';
import type { Message } from '../domain/slack-text';
import type { OverdueRun } from '../domain/sweep-messages';
import { lookAtCircuit } from '../runtime/circuit';
import { inParallel } from '../runtime/parallel';
import { lookAtRecord } from '../runtime/partition-record';
import { valueOrNone } from '../runtime/reading';
import { renderNotice } from '../runtime/recording/notices';
import { readPointer } from '../runtime/recording/pointer';
import { standInFor, standInForBackfill } from '../runtime/recording/stand-in';
import { channelOf } from '../runtime/recording/tell';
import { attempt, type SweepContext } from './context';
import { nameUnreadable } from './unreadable';

/** A message that is owed, with what it is made of. */
export interface Pending extends Owed {
  readonly pointer: OutboxPointer;
  readonly etag: string;
  readonly owner: string;
  readonly about:
    | { readonly kind: 'ending'; readonly manifest: Manifest }
    | { readonly kind: 'overdue'; readonly run: OverdueRun }
    | { readonly kind: 'backfill'; readonly manifest: BackfillManifest }
    | { readonly kind: 'circuit'; readonly message: Message };
}

/** Whoever recorded posts at once, within seconds; until then its message is not for the sweep. */
export const RECORDER_GRACE_MS = 2 * MINUTE_MS;
const AT_A_TIME = 16;
/** Who answers where nobody is named. */
const NOBODY = 'unknown';

/** Everything in the outbox that is for the sweep to deliver. */
export async function readOutbox(context: SweepContext, hasTime: () => boolean): Promise<Pending[]> {
  const found: string[] = [];
  for await (const { key } of context.ledger.list(keys.outboxArea)) found.push(key);
  const pending = await inParallel(found, AT_A_TIME, async (key) =>
    hasTime() ? attempt(context, 'an outbox pointer', { key }, () => read(context, key)) : undefined,
  );
  return pending.filter((one): one is Pending => one !== undefined);
}

async function read(context: SweepContext, key: string): Promise<Pending | undefined> {
  const stored = await readPointer(context.ledger, key, context.at);
  // Delivered in the meantime.
  if (stored.kind === 'absent') return undefined;
  if (stored.kind === 'unreadable') {
    nameUnreadable(context, stored);
    return undefined;
  }
  const { value: pointer, etag } = stored;
  const age = context.at.getTime() - Date.parse(pointer.since);
  if (age < RECORDER_GRACE_MS && !context.owed.has(pointer.manifestKey)) return undefined;
  if (pointer.kind === 'overdue') return readOverdue(context, pointer, etag);
  if (pointer.kind === 'circuit') return readNotice(context, pointer, etag);
  const isBackfill = parseKey(pointer.manifestKey)?.kind === 'backfill';
  return isBackfill ? readBackfill(context, pointer, etag) : readEnding(context, pointer, etag);
}

async function readBackfill(context: SweepContext, pointer: OutboxPointer, etag: string): Promise<Pending | undefined> {
  const reading = await context.ledger.read(pointer.manifestKey, backfillManifestSchema);
  if (reading.kind === 'absent') return undefined;
  const manifest =
    reading.kind === 'found' ? reading.value : await standInForBackfill(context, reading, new Date(pointer.since));
  const { since, nextAttemptAt, notBefore } = pointer;
  return {
    // A backfill can be about many datasets: its message is of none, and never summarized with others.
    dataset: null,
    channel: channelOf(manifest, context.datasets),
    since,
    nextAttemptAt,
    notBefore,
    kind: 'backfill',
    pointer,
    etag,
    owner: NOBODY,
    about: { kind: 'backfill', manifest },
  };
}

async function readEnding(context: SweepContext, pointer: OutboxPointer, etag: string): Promise<Pending | undefined> {
  const reading = await context.ledger.read(pointer.manifestKey, manifestSchema);
  // Killed before the manifest: the ending is recorded first, and told after that.
  if (reading.kind === 'absent') return undefined;
  const manifest =
    reading.kind === 'found' ? reading.value : await standInFor(context, reading, new Date(pointer.since));
  const { dataset, owner } = manifest;
  return {
    ...owedFor(context, pointer, dataset, 'ending'),
    pointer,
    etag,
    owner: owner ?? NOBODY,
    about: { kind: 'ending', manifest },
  };
}

/** A run that has ended in the meantime is not overdue any more: its ending is told instead. */
async function readOverdue(context: SweepContext, pointer: OutboxPointer, etag: string): Promise<Pending | undefined> {
  const { ledger, datasets } = context;
  const parsed = parseKey(pointer.manifestKey);
  const definition = parsed?.kind === 'manifest' ? datasets.get(parsed.dataset) : undefined;
  const record = parsed?.kind === 'manifest' ? valueOrNone(await lookAtRecord(ledger, parsed)) : undefined;
  const holder = record?.holder;
  if (parsed?.kind !== 'manifest' || definition === undefined || holder?.runId !== parsed.runId) {
    await ledger.delete(keys.outbox(pointer.messageId));
    return undefined;
  }
  const { dataset, partition } = parsed;
  const { owner } = definition;
  const deadline = deadlineOf(definition, partition).toISOString();
  return {
    ...owedFor(context, pointer, dataset, 'overdue'),
    pointer,
    etag,
    owner,
    about: { kind: 'overdue', run: { dataset, partition, owner, deadline, ...holder } },
  };
}

/** A notice that is not in its circuit's record any more was told, or the record was removed by hand. */
async function readNotice(context: SweepContext, pointer: OutboxPointer, etag: string): Promise<Pending | undefined> {
  const { ledger, datasets } = context;
  const parsed = parseKey(pointer.manifestKey);
  const dependency = parsed?.kind === 'circuit' ? parsed.dependency : '';
  const reading = dependency === '' ? undefined : await lookAtCircuit(ledger, dependency);
  // Rebuilt by the same sweep before this; if not, the next one does it, and knows then what was to be told.
  if (reading?.kind === 'unreadable') return undefined;
  const circuit = reading && valueOrNone(reading);
  const notice = circuit?.notices.find(({ messageId }) => messageId === pointer.messageId);
  if (notice === undefined) {
    await ledger.delete(keys.outbox(pointer.messageId));
    return undefined;
  }
  const { channel, message, owner } = renderNotice({ dependency, notice }, datasets);
  return {
    ...owedFor(context, pointer, null, 'circuit'),
    channel,
    pointer,
    etag,
    owner: owner === '' ? NOBODY : owner,
    about: { kind: 'circuit', message },
  };
}

function owedFor(
  { datasets }: SweepContext,
  { since, nextAttemptAt, notBefore }: OutboxPointer,
  dataset: string | null,
  kind: Owed['kind'],
): Owed {
  const channel = (dataset === null ? undefined : datasets.get(dataset)?.notify.channel) ?? 'default';
  return { dataset, channel, since, nextAttemptAt, notBefore, kind };
}
