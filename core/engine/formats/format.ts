import type { Dataset } from '../../contracts/dataset/dataset';
import type { SourceObject } from '../../contracts/batch/plan';
import type { Budget } from '../bytes/budget';
import type { ObjectReader } from '../bytes/objects';
import type { Codec } from '../encodings/codec';
import type { Database } from '../duckdb/database';
import type { Reading } from '../stage/stage';

/**
 * A format of source objects: all that depends on it. Staging, rules, quarantine and outputs ask these questions and know no format.
 * Why they are these: `docs/decisions/formats.md`. Its words in a definition are declared in `core/contracts/dataset/formats/`.
 */
export interface Format {
  /** What one record is, for people: of a staged record that breaks `record.shape` it is said that it is none. */
  readonly record: string;
  /**
   * Brings an object to this machine in one pass over its bytes: inflated and decoded, its envelope verified, its records counted, its
   * columns compared with the definition where it names them at its beginning.
   * @throws SourceCorrupt, SourceChanged, ObjectTooLarge, SchemaMismatch, TransientError
   */
  land(landing: Landing): Promise<Landed>;
}

/** An object that is to be brought to this machine. */
export interface Landing {
  readonly dataset: Dataset;
  readonly object: SourceObject;
  readonly partition: string;
  readonly reader: ObjectReader;
  /** The file to write. Others of the format's own have this name with an ending. */
  readonly path: string;
  /** Takes the bytes and records of all objects of the batch. */
  readonly budget: Budget;
}

/** An object on this machine. */
export type Landed = LandedFile & Division;

/** The file of an object, and what is asked of it. */
interface LandedFile {
  readonly path: string;
  /** CRC-32 of what went into the file, taken from the same bytes that were counted. */
  readonly crc32: string;
  /** How the object was encoded, where that is not UTF-8: its file is decoded, and what it finds again too. */
  readonly codec?: Codec | undefined;
  readonly count: Count;
  /**
   * What the reader makes of the file; of that with the sound records where they were told apart.
   * @throws SchemaMismatch where columns differ from the definition; ObjectTooLarge; SourceCorrupt
   */
  relation(database: Database, sifted: Sifted | null): Promise<Relation>;
  /**
   * Finds records as they came, for the quarantine.
   * @param sifted what `split` gave, where the records in the stage come from it
   * @param aside is given what is no record, in its order among those that are found
   */
  findAgain(database: Database, sifted: Sifted | null, aside: (original: Original) => void): Promise<Originals>;
}

/**
 * How an object is divided into records.
 *
 * `readsWhole`: whether the reader may be given the file as it is; where not, or where it fails on records, they are told apart first.
 * `split` does that without the reader: those that it takes are written to a file, what is no record is counted. It is told how many may be
 * no record, and with one more it need not go on to the end. Null where only the reader knows: an object that it cannot read fails.
 */
type Division =
  | { readonly readsWhole: true; readonly split: null }
  | { readonly readsWhole: boolean; readonly split: (most: number) => Promise<Sifted> };

/** How many records an object has, by other means than the reader. */
interface Count {
  readonly records: number;
  /** Whether that is so whatever is wrong with them; else only if none is set aside. */
  readonly isExact: boolean;
  /** How it was counted, as "counted by the bytes". */
  readonly by: string;
}

/** What came of telling the records of an object apart. */
export interface Sifted {
  /** A file of those that are one, as the reader takes them. */
  readonly path: string;
  /** CRC-32 of what went into it. */
  readonly crc32: string;
  readonly records: number;
  /** How much is no record. It is not in the file. */
  readonly misshapen: number;
}

/** The records of an object as DuckDB reads them, numbered. */
export interface Relation extends Reading {
  /** What the reader's failure is about: single records, so that they have to be told apart; or else the error that it means. */
  blame(error: unknown): 'records' | { readonly error: unknown };
  /**
   * Looks at the object's staged records, of which there are as many as were counted.
   * @param after records of the batch before it
   * @returns whether the reader has understood them
   * @throws SchemaMismatch where it is seen now that columns differ from the definition
   */
  check(after: number): Promise<boolean>;
  /** Columns that may be absent (`optional`) and that the object does not have, where that is seen before its records are. */
  readonly absent?: readonly string[];
  /**
   * In a format whose records may leave members out: which they have, once `check` has looked. Such a format may be asked for the relation
   * again, without an object of which a column was renamed: so it takes nothing of the budget for it.
   */
  readonly members?: Members;
}

/** What the records of an object have of members. */
export interface Members {
  /** Columns of which none of the staged records has a value. */
  readonly empty: readonly string[];
  /** Which of these columns no record has: one that is null is there. */
  absent(columns: readonly string[]): Promise<readonly string[]>;
  /** Names that lead to the innermost object on the way to a column that records have. */
  whereItWouldBe(column: string): Promise<readonly string[]>;
  /** SELECT of the names (`name`) of members that are not declared, in the object to which these names lead. */
  undeclaredIn(at: readonly string[]): string;
}

/** One record as it came. */
export interface Original {
  /** The physical line on which it begins, from 1; null where the format has no lines. */
  readonly line: number | null;
  /** In a format of blocks: the byte at which its block begins, and its number in it, from 1. */
  readonly place?: { readonly block: number; readonly number: number };
  /** Its bytes, without the line end; of what has no text of its own, its values as JSON. Valid until the next one is asked for. */
  readonly came:
    | { readonly raw: Buffer; /** Whether these are bytes that are no text. */ readonly isBinary?: true }
    | { readonly json: string };
  /** Why it is no record; null for one that is. */
  readonly problem: string | null;
  /** Its values by column, as samples show them; or why they cannot be shown. */
  values(): ReadonlyMap<string, unknown> | string;
}

/** Finds records by number. */
export interface Originals {
  /**
   * SQL that brings the records' originals along with the staged ones, where only the reader can find them: columns, and a join of
   * `_rollcall_records`, all of the object's staged records in their order. Null where the file itself is looked into.
   */
  readonly beside: { readonly select: string; readonly join: string } | null;
  /**
   * The record of a number, from 1; each is later than the one before. Undefined where there is none.
   * @param row of the stage, with the columns of `beside`
   */
  find(number: number, row: Readonly<Record<string, unknown>>): Original | undefined;
  /** Goes on until so many that are no record were given to `aside` in all, or to the end. */
  passMisshapen(wanted: number): void;
  close(): void;
}
