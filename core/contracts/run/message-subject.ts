import { keys, parseKey } from '../keys';
import type { MessageKind } from './manifest';

/** What a message is about. */
export interface MessageSubject {
  /** Undefined: the ending, or the backfill, whose manifest it is. */
  readonly kind: Exclude<MessageKind, 'ending' | 'backfill'> | undefined;
  /** The key of its content: a manifest, a circuit, … */
  readonly about: string;
}

/**
 * What the message with an id is about: the reverse of the functions of `keys.ts` that make these ids, for when nothing but the name of a
 * pointer is left. Undefined for any other id.
 */
export function messageSubjectOf(messageId: string): MessageSubject | undefined {
  const subject = subjectBy(messageId.split('~'), messageId);
  return subject !== undefined && parseKey(subject.about) !== undefined ? subject : undefined;
}

function subjectBy(parts: readonly string[], messageId: string): MessageSubject | undefined {
  const [first = '', second = '', third = '', fourth = ''] = parts;
  switch (parts.length) {
    case 2:
      return first === 'backfill' ? { kind: undefined, about: `backfills/${second}/manifest.json` } : undefined;
    case 3: {
      if (first === 'unassigned') return { kind: undefined, about: `runs/_unassigned/${second}/${third}.json` };
      const about = `runs/${first}/${second}/${third}.json`;
      if (parseKey(about) !== undefined) return { kind: undefined, about };
      return { kind: 'roll-call', about: `roll-calls/${second}/${first}-${third}.json` };
    }
    case 4:
      if (first === 'circuit') return { kind: 'circuit', about: `circuits/${second}.json` };
      if (first === 'overdue') return { kind: 'overdue', about: `runs/${second}/${third}/${fourth}.json` };
      return first === 'unlisted' ? { kind: 'unlisted', about: keys.unlisted(messageId) } : undefined;
    default:
      return undefined;
  }
}
