import { isUtf8 } from 'node:buffer';
import { statSync } from 'node:fs';
import { RecordsUnaccounted } from '../../contracts/errors';
import type { SourceObject } from '../../contracts/batch/plan';
import type { ShowValue } from '../../domain/batch/sensitive';
import type { Database } from '../duckdb/database';
import type { Landed, Original, Originals, Sifted } from '../formats/format';
import { GzipLines } from './gzip-lines';
import type { LocalFile } from './outputs';
import type { WrittenLines } from './read-back';
import { brokenRules, isSound, maskColumn, maskCount, SHAPE, SHAPE_RULE, type Rule } from '../stage/rules';
import { MAX_SAMPLES, RuleTally } from '../stage/samples';
import { RN, STAGE } from '../stage/stage';
import { DUPLICATES } from '../stage/later-records';
import { findWarned, WARNED } from './warned';

/** An object whose records are in the stage, as it lies on this machine. */
export interface StagedObject {
  readonly object: SourceObject;
  readonly landed: Landed;
  /** What one record of its format is, for people. */
  readonly record: string;
  /** What came of telling its records apart; null where the reader took it as it is. */
  readonly sifted: Sifted | null;
  /** Records of the batch before this object. */
  readonly after: number;
  /** Records in the stage. */
  readonly rows: number;
  /** What is no record, and not in the stage. */
  readonly misshapen: number;
}

const NO_VALUES: ReadonlyMap<string, unknown> = new Map();

/** What a record of the stage broke: rules for which it is not accepted, and rules that only warn. */
interface Broken {
  readonly rejecting: readonly Rule[];
  readonly warning: readonly Rule[];
}

/** Column that says whether a record is a duplicate. */
const IS_LATER = '_rollcall_is_later';

/** Bytes of a long record that are kept: the whole of it is in the source, at the line that is told. */
const MAX_RAW_BYTES = 256 * 1024;

/**
 * Writes the records that are not accepted, one JSON line each (`contracts/batch/quarantine.ts`): `{object, line, broken, brokenValues, raw}`
 * with the text as it came (`rawBase64` where it is not UTF-8), or for formats without text `{object, line: null, broken, brokenValues, values}`.
 * JavaScript touches these records one by one, and no others but the few that are shown for rules that only warn.
 */
export class Quarantine {
  readonly tally: RuleTally;
  private readonly lines: GzipLines;
  private hasWarned: boolean | undefined;

  constructor(
    private readonly database: Database,
    private readonly rules: readonly Rule[],
    /** The rule that a duplicate breaks. */
    private readonly unique: Rule,
    private readonly path: string,
    private readonly show: ShowValue,
    /** Table of the numbers of the few records that are wanted; null for all. */
    private readonly picked: string | null = null,
  ) {
    this.tally = new RuleTally(show);
    this.lines = new GzipLines(path);
  }

  /**
   * Writes one object's records. The rows of the stage and the originals come in the same order, so that one walk finds them all.
   * @throws RecordsUnaccounted when they cannot all be found again
   */
  async add(staged: StagedObject): Promise<void> {
    this.hasWarned ??= await findWarned(this.database, this.rules, this.unique, this.tally);
    const { landed, sifted, after, object, misshapen } = staged;
    let aside = 0;
    const originals = await landed.findAgain(this.database, sifted, (original) => {
      aside += 1;
      this.write(staged, original, { rejecting: [SHAPE], warning: [] });
    });
    try {
      const { beside } = originals;
      // Those are found by reading the object again, which is not worth it for none.
      if (beside !== null && misshapen === 0 && !(await this.hasBroken(staged))) return;
      let number = 0;
      for await (const rows of this.database.stream(this.brokenRows(staged, beside))) {
        for (const row of rows) {
          const wanted = Number(row[RN]) - after;
          if (wanted <= number) throw new RecordsUnaccounted(`record ${wanted} came after record ${number}`);
          number = wanted;
          const original = originals.find(wanted, row);
          if (original === undefined) throw new RecordsUnaccounted(`record ${wanted} is not in ${object.key}`);
          this.write(staged, original, this.brokenBy(row));
        }
      }
      originals.passMisshapen(this.picked === null ? misshapen : Math.min(misshapen, MAX_SAMPLES));
    } finally {
      originals.close();
    }
    if (this.picked === null && aside !== misshapen)
      throw new RecordsUnaccounted(`found ${aside} lines that are no record in ${object.key}, expected ${misshapen}`);
  }

  /** Closes the file; null when no record is in it. */
  close(): (LocalFile & WrittenLines) | null {
    this.lines.close();
    const { records, crc32, textCrc32 } = this.lines;
    return records === 0 ? null : { path: this.path, records, bytes: statSync(this.path).size, crc32, textCrc32 };
  }

  private write({ object, record }: StagedObject, original: Original, { rejecting, warning }: Broken): void {
    const place = { object: object.key, line: original.line };
    const isNone = rejecting.some(({ name }) => name === SHAPE_RULE);
    const found = isNone ? NO_VALUES : original.values();
    const [values, unknown] = typeof found === 'string' ? [NO_VALUES, found] : [found, null];
    this.tally.sample(warning, place, values, unknown);
    if (rejecting.length === 0) return;
    const problem = isNone ? (original.problem ?? `not ${record}`) : null;
    this.tally.add(rejecting, place, values, problem ?? unknown);
    const why = problem === null ? { brokenValues: this.brokenValues(rejecting, values) } : { problem };
    const within = original.place === undefined ? {} : { place: original.place };
    const head = { ...place, ...within, broken: rejecting.map(({ name }) => name), ...why };
    this.lines.write(withOriginal(head, original));
  }

  /** The values that explain the break, as samples show them. */
  private brokenValues(broken: readonly Rule[], values: ReadonlyMap<string, unknown>): Record<string, string> {
    const columns = new Set(broken.flatMap((rule) => rule.columns));
    return Object.fromEntries([...columns].map((column) => [column, this.show(column, values.get(column) ?? null)]));
  }

  private async hasBroken(staged: StagedObject): Promise<boolean> {
    return (await this.database.count(`SELECT count(*) FROM (${this.brokenRows(staged, null)})`)) > 0;
  }

  /** The staged records of one object that are not accepted or have to be shown, in their order. */
  private brokenRows({ after, rows }: StagedObject, beside: Originals['beside']): string {
    const columns = Array.from({ length: maskCount(this.rules) }, (_, i) => maskColumn(i));
    const later = `${RN} IN (${DUPLICATES})`;
    const wanted = [
      `NOT (${isSound(this.rules)})`,
      ...(this.unique.warns ? [] : [later]),
      ...(this.hasWarned === true ? [`${RN} IN (SELECT ${RN} FROM ${WARNED})`] : []),
    ];
    const selected = [RN, ...columns, `${later} AS ${IS_LATER}`, ...(beside === null ? [] : [beside.select])];
    const staged = `(SELECT * FROM ${STAGE} WHERE ${RN} > ${after} AND ${RN} <= ${after + rows})`;
    return `SELECT ${selected.join(', ')} FROM ${staged} _rollcall_records ${beside?.join ?? ''}
            WHERE (${wanted.join(' OR ')})${this.picked === null ? '' : ` AND ${RN} IN (SELECT ${RN} FROM ${this.picked}) ORDER BY ${RN}`}`;
  }

  private brokenBy(row: Record<string, unknown>): Broken {
    const masks = Array.from({ length: maskCount(this.rules) }, (_, i) => Number(row[maskColumn(i)]));
    const broken = brokenRules(this.rules, masks);
    const rejecting = broken.filter(({ warns }) => !warns);
    const warning = broken.filter(({ warns }) => warns);
    if (row[IS_LATER] !== true) return { rejecting, warning };
    // A record that breaks rules is never one of those with another's key.
    return this.unique.warns
      ? { rejecting, warning: [...warning, this.unique] }
      : { rejecting: [this.unique], warning };
  }
}

/** A line of the file: what is known of a record, and the record as it came. */
function withOriginal(head: object, { came }: Original): string {
  // Values as they were written: going through JavaScript's numbers would alter large integers.
  if ('json' in came) return `${JSON.stringify(head).slice(0, -1)},"values":${came.json}}`;
  const kept = came.raw.subarray(0, came.isBinary === true ? MAX_RAW_BYTES : endOfText(came.raw));
  return JSON.stringify({
    ...head,
    ...(came.isBinary !== true && isUtf8(kept)
      ? { raw: kept.toString('utf8') }
      : { rawBase64: kept.toString('base64') }),
    ...(kept.length < came.raw.length ? { truncated: true } : {}),
  });
}

/** Where to cut text: not inside of a character. */
function endOfText(raw: Buffer): number {
  if (raw.length <= MAX_RAW_BYTES) return raw.length;
  let end = MAX_RAW_BYTES;
  while (end > MAX_RAW_BYTES - 3 && (raw[end]! & 0xc0) === 0x80) end -= 1;
  return end;
}
