import type { Dataset } from '../../../contracts/dataset/dataset';
import { RecordsUnaccounted } from '../../../contracts/errors';
import type { AvroRecord, AvroType } from '../../../domain/avro/schema';
import type { Original, Sifted } from '../format';
import { MAX_JSON_BYTES } from '../jsonl/exact-records';
import { shown } from '../jsonl/values';
import type { WalkedBlock } from './blocks';
import { ColumnFile } from './column-file';
import { ColumnLengths } from './column-lengths';
import { placeColumns, refuseOtherColumns, type PlacedColumn } from './columns';
import type { Values } from './column-values';
import { Decoder } from './decoder';
import { JsonTexts } from './json-texts';
import { RecordColumns } from './record-columns';
import { RecordWalker } from './record-walker';
import { recordsOf, type FoundRecord } from './records';

/** The columns of a definition in one object, and its records as these. */
export class ObjectColumns {
  readonly placed: readonly PlacedColumn[];
  private readonly decoder: Decoder;
  private readonly texts: JsonTexts;
  private readonly of: Values;
  private readonly lengths: ColumnLengths;

  constructor(
    private readonly dataset: Dataset,
    private readonly schema: AvroRecord,
  ) {
    this.decoder = new Decoder(schema);
    this.texts = new JsonTexts(this.decoder.names);
    this.of = { names: this.decoder.names, texts: this.texts };
    this.placed = placeColumns(dataset, schema, this.of);
    this.lengths = new ColumnLengths(this.placed, namesIn(schema));
  }

  /** @throws SchemaMismatch where the schema has other columns than the definition */
  refuseOthers(): void {
    refuseOtherColumns(this.dataset, this.schema, this.placed, this.of);
  }

  /** Whether a record is one, without a closer look at it. */
  isSurelySound(record: FoundRecord): boolean {
    return record.problem === null && !this.lengths.mayBeTooLong(record);
  }

  /**
   * Writes the columns of records to a file for the reader.
   * @param most records that may be none: with one more it ends
   */
  write(blocks: Iterable<WalkedBlock>, path: string, most: number): Sifted {
    const columns = new RecordColumns(this.placed, this.schema, this.of, this.decoder);
    const file = new ColumnFile(path, columns.stored);
    const walker = new RecordWalker(this.schema);
    const sifted = { records: 0, misshapen: 0 };
    try {
      for (const block of blocks) {
        if (block.isSound) {
          addAll(block, columns, file);
          sifted.records += block.records;
        } else this.addSound(recordsOf(block, walker), columns, file, sifted, most);
        if (sifted.misshapen > most) break;
      }
      file.finish();
    } finally {
      file.close();
    }
    return { path, crc32: file.crc32, ...sifted };
  }

  private addSound(
    records: Iterable<FoundRecord>,
    columns: RecordColumns,
    file: ColumnFile,
    sifted: { records: number; misshapen: number },
    most: number,
  ): void {
    for (const record of records) {
      const { from, to } = record;
      if (this.problem(record) !== null) {
        sifted.misshapen += 1;
        if (sifted.misshapen > most) return;
        continue;
      }
      sifted.records += 1;
      if (columns.add(record, from) !== to) throw otherEnd();
      file.endRow(to - from);
    }
  }

  /** Records with all that keeps them from being one. */
  *told(records: Iterable<FoundRecord>): Generator<FoundRecord> {
    for (const record of records) yield { ...record, problem: this.problem(record) };
  }

  /** A record that was told as the quarantine keeps it. */
  original(record: FoundRecord): Original {
    const { block, number, content, from, to, problem } = record;
    const found = { line: null, place: { block, number }, problem };
    const raw = () => ({ raw: content.subarray(from, to) });
    if (problem !== null) return { ...found, came: raw(), values: () => new Map() };
    const value = this.decode(record);
    const json = this.texts.of(this.schema)(value);
    return { ...found, came: json.length > MAX_JSON_BYTES ? raw() : { json }, values: () => this.values(value) };
  }

  private values(value: unknown): ReadonlyMap<string, unknown> {
    return new Map(
      this.placed
        .filter(({ path }) => path.length > 0)
        .map(({ name, came }) => {
          const text = came(value);
          return [name, text === undefined ? 'a key that is there twice' : shown(text)];
        }),
    );
  }

  private problem(record: FoundRecord): string | null {
    return this.lengths.problem(record, this.decode);
  }

  private readonly decode = (record: FoundRecord): unknown => this.decoder.decode(record);
}

/** Takes all records of a block that were walked over before: that they take all of its bytes is seen here, too. */
function addAll(block: WalkedBlock, columns: RecordColumns, file: ColumnFile): void {
  const { records, content } = block;
  let from = 0;
  for (let i = 0; i < records; i += 1) {
    const to = columns.add(block, from);
    file.endRow(to - from);
    from = to;
  }
  if (from !== content.length) throw otherEnd();
}

const otherEnd = () => new RecordsUnaccounted('the columns of a record end elsewhere than it did when it was counted');

/** The names of all fields of a schema. */
function namesIn(schema: AvroType): string[] {
  const names: string[] = [];
  const seen = new Set<AvroType>();
  const visit = (type: AvroType) => {
    if (seen.has(type)) return;
    seen.add(type);
    switch (type.kind) {
      case 'record':
        for (const field of type.fields) {
          names.push(field.name);
          visit(field.type);
        }
        return;
      case 'array':
        return visit(type.items);
      case 'map':
        return visit(type.values);
      case 'union':
        return type.branches.forEach(visit);
      default:
    }
  };
  visit(schema);
  return names;
}
