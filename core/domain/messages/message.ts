import type { About } from './about';

/**
 * A message as data: what is said, and nothing of how a channel shows it. Each notifier makes its own form of it
 * (`runtime/notifiers/`). It is made when it is posted, from what is on record, and never stored. Foreign text is in it
 * as it is: who shows it makes it harmless.
 */
export type Message = FullMessage | PlainMessage;

/** How a message can be put, from the fullest to the plainest. */
export const FORMS = ['full', 'plain', 'short'] as const;
export type Form = (typeof FORMS)[number];

/** How much a message matters: `warning`: a person should look at it; `error`: something failed. */
export type Severity = 'success' | 'info' | 'warning' | 'error';

interface Head {
  readonly about: About;
  readonly severity: Severity;
  /** The message in one line of at most 200 characters: dataset, partition, status, code. */
  readonly line: string;
}

/** A message put plainly: text and nothing else. `short`: one line. */
interface PlainMessage extends Head {
  readonly form: 'plain' | 'short';
  readonly text: string;
}

export interface FullMessage extends Head, Body {
  readonly form: 'full';
}

/** What one sees before one reads; each notifier has its own mark for it. */
export type Sign =
  | 'success'
  | 'incomplete'
  | 'no data'
  | 'skipped'
  | 'failed'
  | 'timed out'
  | 'aborted'
  | 'never started'
  | 'circuit open'
  | 'overdue'
  | 'many endings'
  | 'not delivered'
  | 'overview';

/** The parts of a message, in the order in which they are read. */
export interface Body {
  readonly sign: Sign;
  /** What it is about and what became of it: `flights 2026-01-20T05 (hour) FAILED in LoadPartition`. */
  readonly headline: string;
  /** The rest of the first line: what happened and what to do. Empty where the headline says it all. */
  readonly story: string;
  /** What is in place of the story where only a line is shown, as on a phone. Default: the story. */
  readonly brief?: Line;
  /** Where the whole story is, of a message that has nothing but its first line. */
  readonly more?: Piece;
  readonly sections: readonly Section[];
  /** Small print: who, how, how long, where to look. */
  readonly facts: readonly Line[];
  /** Key of the ledger's document with all that the sections name, for where there is no room for it. */
  readonly all?: string;
}

export type Section =
  | { readonly kind: 'facts'; readonly facts: readonly Fact[]; readonly room: number }
  /** A few items, and how many more there are. */
  | {
      readonly kind: 'list';
      readonly title: string;
      readonly items: readonly Line[];
      readonly more: number;
      readonly room: number;
    }
  /** Items of which none may be left out. */
  | { readonly kind: 'each'; readonly items: readonly Line[] }
  /** Short names in a row: all of them, as far as there is room. */
  | { readonly kind: 'names'; readonly sign?: Sign; readonly title: Line; readonly names: readonly string[] };

/**
 * One thing with its name, like `Why: …`. `room` here and in sections: the characters that a channel with little room
 * (Slack takes some 13,000 in all) gives it, so that no part keeps out another; others may show all of it.
 */
export interface Fact {
  readonly name?: string;
  readonly text: Line;
  readonly room?: number;
}

/** Text of some pieces, on one line. */
export type Line = readonly Piece[];

/** A string: words, of ours or of others. */
export type Piece = string | Literal | Strong | Link;

/** A key, a name, a value: to be read to the letter. At most `max` characters of it. */
export interface Literal {
  readonly literal: string;
  readonly max: number;
}

interface Strong {
  readonly strong: string;
}

interface Link {
  readonly label: string;
  readonly url: string;
}

/** What is to be read to the letter. */
export function literal(text: string, max = 120): Literal {
  return { literal: text, max };
}

/** A list with the first `most` of some items; none where there are none. */
export function list<T>(
  title: string,
  items: readonly T[],
  { most, room }: { readonly most: number; readonly room: number },
  lineOf: (item: T) => Line,
): Section[] {
  if (items.length === 0) return [];
  const more = Math.max(0, items.length - most);
  return [{ kind: 'list', title, items: items.slice(0, most).map(lineOf), more, room }];
}

/** The lines that say anything. */
export function said(...lines: readonly (string | Piece | undefined)[]): Line[] {
  return lines.flatMap((piece) => (piece === undefined || piece === '' ? [] : [[piece]]));
}

/** A key of the ledger after what it is: `manifest runs/…`. */
export function onRecord(what: string, key: string): Line {
  return [`${what} `, literal(key, 300)];
}
