import { family, text, whole } from './key-template';
import { InvalidKeyPart, KEY_PARTS, keys, parseKey } from './keys';
import type { RollCallKind } from './sweep/roll-call';
import type { MessageKind } from './run/manifest';

/**
 * Ids of messages, by which pointers and receipts are named: each says what the message is about, so that it can be told when nothing but
 * the name of a pointer is left. One thing to say has one id, whichever recorder says it.
 */
const MESSAGE_TEMPLATES = {
  unassigned: 'unassigned~{date}~{runId}',
  ending: '{dataset}~{partition}~{runId}',
  backfill: 'backfill~{backfillId}',
  overdue: 'overdue~{dataset}~{partition}~{runId}',
  circuit: 'circuit~{dependency}~{generation}~{at}',
  unlisted: 'unlisted~{dataset}~{at}~{next}',
  rollCall: '{rollCall}~{channel}~{date}',
} as const;
const MESSAGE_PARTS = {
  ...KEY_PARTS,
  generation: whole,
  /** Milliseconds since 1970. */
  at: whole,
  /** The hash of a definition, or that there is none. */
  next: text(/^[a-z0-9]{1,64}$/),
};
const ids = family(MESSAGE_PARTS, MESSAGE_TEMPLATES, (message) => new InvalidKeyPart(message));

/**
 * The id of the message about a manifest, of a run or a backfill; null for any other key. One manifest has one message, so a
 * recorder that completes a recording finds the receipt of the first one.
 */
export function messageIdOf(manifestKey: string): string | null {
  const parsed = parseKey(manifestKey);
  if (parsed?.kind === 'manifest') return ids.build.ending(parsed.dataset, parsed.partition, parsed.runId);
  if (parsed?.kind === 'unassignedManifest') return ids.build.unassigned(parsed.date, parsed.runId);
  if (parsed?.kind === 'backfill' && parsed.file === 'manifest') return ids.build.backfill(parsed.backfillId);
  return null;
}

/** The id of the message that a run still goes past its partition's deadline; it has no manifest yet. */
export function overdueMessageId(dataset: string, partition: string, runId: string): string {
  return ids.build.overdue(dataset, partition, runId);
}

/** The id of the message that a circuit opened or closed: each time is another generation. With the time, since a record may be removed by hand. */
export function circuitMessageId(dependency: string, generation: number, at: Date): string {
  return ids.build.circuit(dependency, generation, at.getTime());
}

/**
 * The id of the message that a change of a definition took missing partitions off the list. `since`: since when the definition before was
 * the deployed one, so that each change has its own, however often they come and go; `next`: the hash of the one after it, null where
 * the dataset is not deployed any more.
 */
export function unlistedMessageId(dataset: string, since: Date, next: string | null): string {
  return ids.build.unlisted(dataset, since.getTime(), next ?? 'removed');
}

/** The id of a regular message of a channel; `date` is the day of the window that it is about. */
export function rollCallMessageId(channel: string, kind: RollCallKind, date: string): string {
  return ids.build.rollCall(kind, channel, date);
}

/** What a message is about. */
export interface MessageSubject {
  /** Undefined: the ending, or the backfill, whose manifest it is. */
  readonly kind: Exclude<MessageKind, 'ending' | 'backfill'> | undefined;
  /** The key of its content: a manifest, a circuit, … */
  readonly about: string;
}

/** What the message with an id is about; undefined for what is no id of ours. */
export function messageSubjectOf(messageId: string): MessageSubject | undefined {
  const parsed = ids.parse(messageId);
  switch (parsed?.kind) {
    case undefined:
      return undefined;
    case 'ending':
      return { kind: undefined, about: keys.manifest(parsed.dataset, parsed.partition, parsed.runId) };
    case 'unassigned':
      return { kind: undefined, about: keys.unassignedManifest(parsed.date, parsed.runId) };
    case 'backfill':
      return { kind: undefined, about: keys.backfill(parsed.backfillId, 'manifest') };
    case 'overdue':
      return { kind: 'overdue', about: keys.manifest(parsed.dataset, parsed.partition, parsed.runId) };
    case 'circuit':
      return { kind: 'circuit', about: keys.circuit(parsed.dependency) };
    case 'unlisted':
      return { kind: 'unlisted', about: keys.unlisted(messageId) };
    case 'rollCall':
      return { kind: 'roll-call', about: keys.rollCall(parsed.channel, parsed.rollCall, parsed.date) };
  }
}
