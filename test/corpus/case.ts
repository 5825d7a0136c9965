import type { Dataset, DatasetInput } from '../../core/contracts/dataset/dataset';
import { datasetWith } from '../kit/datasets';

/** What has to come of a case: the records by what became of them, or the error that refuses the batch. */
export interface Counted {
  readonly ends: 'counted';
  readonly read: number;
  readonly accepted: number;
  readonly quarantined: number;
  readonly duplicates: number;
  /** Rule → how many records broke it. */
  readonly rules: Readonly<Record<string, number>>;
  /** `id` of the accepted records, in their order. */
  readonly ids: readonly number[];
  /** The quarantined records and duplicates as they came, in their order; absent for Parquet and for records too long to keep. */
  readonly raw?: readonly string[];
  /** Column → its values in the accepted records, read back; where they are the point. */
  readonly values?: Readonly<Record<string, readonly unknown[]>>;
}
export interface Refused {
  readonly ends: 'refused';
  /** Name of the error. */
  readonly error: string;
  readonly says: string | RegExp;
}

export interface Case {
  readonly name: string;
  readonly dataset: Dataset;
  /** The objects in the order in which they are read. Made when asked, because some are large. */
  readonly objects: () => Readonly<Record<string, Buffer>>;
  readonly truth: Counted | Refused;
  /** Most that the process may grow by, MB, beyond what the object itself takes; where that is the point. */
  readonly growsAtMostMb?: number;
  readonly batchBytes?: number;
  /** Most records that a batch may have, where it is another number than a deployment's. */
  readonly batchRecords?: number;
}

export const refused = (error: string, says: string | RegExp): Refused => ({ ends: 'refused', error, says });

/** Numbers that look random and are the same every time. */
export function seeded(seed: number): (below: number) => number {
  let state = seed >>> 0 || 1;
  return (below) => {
    // xorshift32
    state ^= state << 13;
    state >>>= 0;
    state ^= state >>> 17;
    state ^= state << 5;
    state >>>= 0;
    return state % below;
  };
}

const columns = {
  id: { type: 'integer' },
  at: { type: 'timestamp' },
  day: { type: 'date', nullable: true },
  amount: { type: 'decimal', precision: 12, scale: 2 },
  ratio: { type: 'double', nullable: true },
  note: { type: 'string', nullable: true },
} as const satisfies DatasetInput['columns'];
type Name = keyof typeof columns;
export const NAMES = Object.keys(columns) as Name[];

type Source = Partial<DatasetInput['source']>;

/** The corpus's own dataset: a column of each kind, unique by `id`. */
export function orders(source: Source = {}, part: Partial<Omit<DatasetInput, 'source'>> = {}): Dataset {
  return datasetWith({
    name: 'orders',
    columns,
    unique: ['id'],
    ...part,
    source: { bucket: 'vendor', prefix: 'orders/{yyyy}/{MM}/{dd}/{HH}/', format: 'csv', ...source },
  });
}
/** The same with a note that may have line feeds. */
export const letters = (source: Source = {}) =>
  orders(source, { columns: { ...columns, note: { type: 'string', nullable: true, multiline: true } } });

export type Fields = Readonly<Record<Name, string>>;

/** A record that keeps every rule, as text. */
export function sound(id: number): Fields {
  const next = seeded(id + 1);
  const two = (n: number) => String(n).padStart(2, '0');
  const day = `2026-01-${two(1 + next(28))}`;
  return {
    id: String(id),
    at: `${day}T${two(next(24))}:${two(next(60))}:${two(next(60))}Z`,
    day,
    amount: `${next(100_000)}.${two(next(100))}`,
    ratio: String(next(1000) / 8),
    note: ['', 'ok', 'naïve 🙂', `it's ${next(9)}`, 'semi;colon'][next(5)]!,
  };
}

export const asCsv = (fields: Partial<Fields>, order: readonly Name[] = NAMES) =>
  order.map((name) => fields[name] ?? '').join(',');

export function asJson(fields: Partial<Fields>): string {
  const members = NAMES.map((name) => {
    const value = fields[name] ?? '';
    if (value === '') return `"${name}":null`;
    return `"${name}":${name === 'at' || name === 'day' || name === 'note' ? JSON.stringify(value) : value}`;
  });
  return `{${members.join(',')}}`;
}

/** The pattern of {@link asText}: day, ratio and note may be absent. */
export const PATTERN =
  '(?<id>\\S*) (?<at>\\S*)(?: on (?<day>\\S*))? (?<amount>\\S*)(?: x(?<ratio>\\S*))?(?: "(?<note>.*)")?';

export function asText({ id = '', at = '', day = '', amount = '', ratio = '', note = '' }: Partial<Fields>): string {
  const group = (before: string, value: string, after = '') => (value === '' ? '' : ` ${before}${value}${after}`);
  return `${id} ${at}${group('on ', day)} ${amount}${group('x', ratio)}${group('"', note, '"')}`;
}

const WRITTEN = { csv: asCsv, jsonl: asJson, text: asText };

/** What becomes of a record: accepted, the later of two with one id, or quarantined for these rules. */
export type Verdict = 'accepted' | 'duplicate' | readonly string[];

/**
 * A text file that is written together with the truth about it. Adding a record means saying what has to become of it, so that the
 * expected counts come from nothing of the engine.
 */
export class TextFile {
  private readonly pieces: Buffer[] = [];
  private readonly counts = { read: 0, accepted: 0, quarantined: 0, duplicates: 0 };
  private readonly broken: Record<string, number> = {};
  private readonly ids: number[] = [];
  private readonly raw: string[] = [];
  private nextId = 1;

  constructor(
    private readonly kind: 'csv' | 'jsonl' | 'text',
    header = kind === 'csv' ? `${NAMES.join(',')}\n` : '',
    private readonly eol = '\n',
    /** Text → its bytes in the file; what is a buffer is as it is. */
    private readonly encode: (text: string) => Buffer = (text) => Buffer.from(text),
  ) {
    this.bytes(header);
  }

  /** Bytes that are no record. */
  bytes(bytes: Buffer | string): this {
    this.pieces.push(typeof bytes === 'string' ? this.encode(bytes) : bytes);
    return this;
  }

  /** Records that keep every rule. */
  sound(count: number): this {
    for (let i = 0; i < count; i += 1) this.with({});
    return this;
  }

  /** A sound record but for some fields. */
  with(fields: Partial<Fields>, verdict: Verdict = 'accepted'): this {
    const id = this.nextId++;
    const all = { ...sound(id), ...fields };
    return this.line(WRITTEN[this.kind](all), verdict, id);
  }

  /**
   * A record as it stands, with its verdict.
   * @param came what the quarantine has to keep of it
   */
  line(text: Buffer | string, verdict: Verdict, id = this.nextId++, came: Buffer | string = text): this {
    this.bytes(text).bytes(this.eol);
    this.counts.read += 1;
    if (verdict === 'accepted') {
      this.counts.accepted += 1;
      this.ids.push(id);
      return this;
    }
    this.raw.push(Buffer.from(came).toString('base64'));
    this.counts[verdict === 'duplicate' ? 'duplicates' : 'quarantined'] += 1;
    for (const rule of verdict === 'duplicate' ? ['unique'] : verdict) this.broken[rule] = (this.broken[rule] ?? 0) + 1;
    return this;
  }

  withoutLastLineFeed(): this {
    this.pieces.pop();
    return this;
  }

  get body(): Buffer {
    return Buffer.concat(this.pieces);
  }

  /** What has to come of this file alone. */
  get truth(): Counted {
    return { ends: 'counted', ...this.counts, rules: this.broken, ids: this.ids, raw: this.raw };
  }
}

/** A case of one text file. */
export function fileCase(name: string, dataset: Dataset, file: TextFile): Case {
  return { name, dataset, objects: () => ({ 'orders/a': file.body }), truth: file.truth };
}

export function refusedCase(
  name: string,
  dataset: Dataset,
  body: Buffer | string,
  truth: Refused,
  more: Partial<Case> = {},
): Case {
  return { name, dataset, objects: () => ({ 'orders/a': Buffer.from(body) }), truth, ...more };
}
