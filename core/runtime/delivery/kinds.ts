import { backfillManifestSchema, type BackfillManifest } from '../../contracts/backfill/backfill-manifest';
import type { CircuitNotice } from '../../contracts/run/circuit';
import { dependencyOf } from '../../contracts/dataset/circuit-options';
import type { Dataset } from '../../contracts/dataset/dataset';
import { parseKey } from '../../contracts/keys';
import {
  manifestSchema,
  MESSAGE_KINDS,
  type Manifest,
  type MessageKind,
  type OutboxPointer,
} from '../../contracts/run/manifest';
import { unlistedSchema } from '../../contracts/sweep/unlisted';
import { rollCallSchema } from '../../contracts/sweep/roll-call';
import type { About } from '../../domain/messages/about';
import { deadlineOf } from '../../domain/partition/calendar';
import { lookAtCircuit } from '../ledger/circuit-record';
import { lookAtRecord } from '../ledger/partition-record';
import { valueOrNone, type Unreadable } from '../store/reading';
import type { DeliveryContext } from './delivery-context';
import { standInFor, standInForBackfill } from './stand-in';

/**
 * The kinds of messages: how the content of each is found from its pointer. A new kind is a line in {@link READERS}; what it says is in
 * `domain/messages/about.ts`, how it looks in each notifier.
 */

type Datasets = ReadonlyMap<string, Dataset>;

/** What a message says, and to whom. */
export interface Content {
  readonly about: About;
  readonly channel: string;
  /** Whose message it is: endings of one dataset are posted together where there are many. `null`: of none, or of several. */
  readonly dataset: string | null;
  /** Who is called where it cannot be delivered. */
  readonly owner: string;
}

/** `later`: the content is not there yet. `nothing`: there is nothing to tell any more, the pointer can go. */
export type Read = Content | 'later' | 'nothing';

type ReadContext = Pick<DeliveryContext, 'ledger' | 'datasets' | 'now'>;
type Reader = (context: ReadContext, pointer: OutboxPointer) => Promise<Read>;

const READERS: Readonly<Record<MessageKind, Reader>> = {
  ending: readEnding,
  backfill: readBackfill,
  overdue: readOverdue,
  circuit: readNotice,
  unlisted: readUnlisted,
  'roll-call': readRollCall,
};

/** The owner where none is named. */
const NO_OWNER = 'unknown';

/**
 * Finds what the message of a pointer says. A kind that only a later release knows is left to that.
 * Where the content can't be read, what can be said without it.
 */
export async function readContent(context: ReadContext, pointer: OutboxPointer): Promise<Read> {
  const kind = kindOf(pointer);
  return kind === undefined ? 'later' : READERS[kind](context, pointer);
}

/** The kind of a pointer; undefined: of a release that is not this one. */
export function kindOf({ kind, manifestKey }: Pick<OutboxPointer, 'kind' | 'manifestKey'>): MessageKind | undefined {
  if (kind !== undefined) return MESSAGE_KINDS.find((one) => one === kind);
  return parseKey(manifestKey)?.kind === 'backfill' ? 'backfill' : 'ending';
}

/** The message about a run's ending. */
export function endingContent(manifest: Manifest, datasets: Datasets): Content {
  const { dataset, owner } = manifest;
  return {
    about: { kind: 'ending', manifest },
    // A dataset that is not deployed any more has its messages where it had them before.
    channel: datasets.get(dataset ?? '')?.notify.channel ?? manifest.channel ?? 'default',
    dataset,
    owner: owner ?? NO_OWNER,
  };
}

/** The message about a backfill. It can be about many datasets, so it is of none, and never told together with others. */
export function backfillContent(manifest: BackfillManifest, datasets: Datasets): Content {
  const channel = channelOf(manifest.datasets, datasets);
  return { about: { kind: 'backfill', manifest }, channel, dataset: null, owner: NO_OWNER };
}

/** The message that a circuit opened or closed: for the channel of the datasets that it guards. */
export function noticeContent(dependency: string, notice: CircuitNotice, datasets: Datasets): Content {
  const guarded = [...datasets.values()].filter((dataset) => dependencyOf(dataset) === dependency);
  const names = guarded.map(({ name }) => name).toSorted();
  const owners = [...new Set(guarded.map(({ owner }) => owner))].toSorted();
  const all = guarded.some(({ circuit }) => circuit.counts === 'all');
  return {
    about: { kind: 'circuit', dependency, notice, concerned: { datasets: names, owners, all } },
    channel: channelOf(names, datasets),
    dataset: null,
    owner: owners.length === 0 ? NO_OWNER : owners.join(', '),
  };
}

/** The channel that all of these datasets have; where they differ, or there are none, the default one. */
function channelOf(names: readonly string[], datasets: Datasets): string {
  const channels = new Set(names.map((name) => datasets.get(name)?.notify.channel ?? 'default'));
  const [channel = 'default', ...others] = channels;
  return others.length === 0 ? channel : 'default';
}

async function readEnding(context: ReadContext, { manifestKey, since }: OutboxPointer): Promise<Read> {
  const { ledger, datasets } = context;
  const reading = await ledger.read(manifestKey, manifestSchema);
  // Killed before the manifest: the ending is recorded first, and told after that.
  if (reading.kind === 'absent') return 'later';
  const manifest = reading.kind === 'found' ? reading.value : await standInFor(context, reading, new Date(since));
  return endingContent(manifest, datasets);
}

async function readBackfill(context: ReadContext, { manifestKey, since }: OutboxPointer): Promise<Read> {
  const { ledger, datasets } = context;
  const reading = await ledger.read(manifestKey, backfillManifestSchema);
  if (reading.kind === 'absent') return 'later';
  const manifest =
    reading.kind === 'found' ? reading.value : await standInForBackfill(context, reading, new Date(since));
  return backfillContent(manifest, datasets);
}

/** A run that has ended in the meantime is not overdue any more: its ending has a message instead. */
async function readOverdue({ ledger, datasets, now }: ReadContext, { manifestKey }: OutboxPointer): Promise<Read> {
  const parsed = parseKey(manifestKey);
  if (parsed?.kind !== 'manifest') return 'nothing';
  const { dataset, partition, runId } = parsed;
  const definition = datasets.get(dataset);
  const reading = await lookAtRecord(ledger, parsed);
  // It is about to be recovered.
  if (reading.kind === 'unreadable') return 'later';
  const holder = valueOrNone(reading)?.holder;
  if (definition === undefined || holder?.runId !== runId) return 'nothing';
  const { owner } = definition;
  const deadline = deadlineOf(definition, partition).toISOString();
  return {
    about: { kind: 'overdue', run: { dataset, partition, owner, deadline, ...holder }, at: now() },
    channel: channelOf([dataset], datasets),
    dataset,
    owner,
  };
}

/** A notice that is not in its circuit's record any more is delivered, or the record was removed by hand. */
async function readNotice(context: ReadContext, { manifestKey, messageId }: OutboxPointer): Promise<Read> {
  const { ledger, datasets } = context;
  const parsed = parseKey(manifestKey);
  if (parsed?.kind !== 'circuit') return 'nothing';
  const reading = await lookAtCircuit(ledger, parsed.dependency);
  // It is about to begin anew; then it is known what to say.
  if (reading.kind === 'unreadable') return 'later';
  const notice = valueOrNone(reading)?.notices.find((one) => one.messageId === messageId);
  return notice === undefined ? 'nothing' : noticeContent(parsed.dependency, notice, datasets);
}

async function readUnlisted({ ledger, datasets }: ReadContext, { manifestKey }: OutboxPointer): Promise<Read> {
  const reading = await ledger.read(manifestKey, unlistedSchema);
  if (reading.kind === 'absent') return 'nothing';
  if (reading.kind === 'unreadable') return lostContent(reading, 'what is not expected any more', 'default');
  const unlisted = reading.value;
  const { dataset, owner } = unlisted;
  const channel = datasets.get(dataset)?.notify.channel ?? unlisted.channel;
  return { about: { kind: 'unlisted', unlisted, key: manifestKey }, channel, dataset, owner };
}

/** Of a message whose content can't be read and is nowhere else, all that can be said is that. */
function lostContent({ key, why }: Unreadable, line: string, channel: string): Content {
  const messages = [{ line, key, perhaps: false, reason: `its content cannot be read: ${why}` }];
  return { about: { kind: 'untold', messages }, channel, dataset: null, owner: NO_OWNER };
}

/** For the very channel that it is about, also where no dataset has it any more. */
async function readRollCall({ ledger }: ReadContext, { manifestKey }: OutboxPointer): Promise<Read> {
  const reading = await ledger.read(manifestKey, rollCallSchema);
  if (reading.kind === 'absent') return 'later';
  const parsed = parseKey(manifestKey);
  if (reading.kind === 'unreadable')
    return lostContent(reading, 'an overview', parsed?.kind === 'rollCall' ? parsed.channel : 'default');
  const call = reading.value;
  return { about: { kind: 'roll-call', call }, channel: call.channel, dataset: null, owner: NO_OWNER };
}
