import type { AvroRecord, AvroType } from '../../../domain/avro/schema';
import { placeOf, type PlacedColumn } from './columns';
import type { StoredColumn } from './column-file';
import { columnText, type ColumnText, type Values } from './column-values';
import { Cursor } from './cursor';
import type { Decoder } from './decoder';
import { booleans, copies, decimals, doubles, longs, takeText, written } from './leaves';
import { branching, inOrder, nothing, Passing, type Step } from './passing';
import type { FoundRecord } from './records';
import { StoredBooleans, StoredDoubles, StoredLongs, StoredTexts, type StoredValues } from './stored-values';

/** A column that is read where it stands in a record. */
interface Tap {
  readonly values: StoredValues;
  readonly leaf: (type: AvroType) => Step | null;
}
interface Reached {
  readonly tap: Tap;
  /** What is still to be gone. */
  readonly path: readonly string[];
}

/**
 * Keeps the declared columns of records for the reader, and for each record which do not fit (`,0,3,`, or NULL). Columns are read where
 * they stand, and other fields are passed over; what has others inside is given to avsc, and what is in maps.
 */
export class RecordColumns {
  private readonly cursor = new Cursor();
  private readonly passing = new Passing();
  private readonly unfit = new StoredTexts();
  private readonly record: Step;
  /** Columns that are made of what avsc gives. */
  private readonly decoded: { readonly text: ColumnText; readonly values: StoredTexts; readonly unfit: () => void }[] =
    [];
  /** Columns that are no field. */
  private readonly none: StoredTexts[] = [];
  /** What goes into the file. */
  readonly stored: readonly StoredColumn[];
  private unfitOnes = '';

  constructor(
    placed: readonly PlacedColumn[],
    schema: AvroType,
    private readonly of: Values,
    private readonly decoder: Decoder,
  ) {
    const taps: Reached[] = [];
    const columns = placed.map((one, i): StoredColumn => {
      if (one.path.length === 0) {
        const values = new StoredTexts();
        this.none.push(values);
        return { as: { kind: 'text' }, values };
      }
      const unfit = () => void (this.unfitOnes += `,${i}`);
      const tap = this.tap(one, unfit);
      if (tap !== null) {
        taps.push({ tap, path: one.path });
        return { as: one.stored, values: tap.values };
      }
      const values = new StoredTexts();
      this.decoded.push({ text: one.text, values, unfit });
      return { as: { kind: 'text' }, values };
    });
    this.stored = [...columns, { as: { kind: 'text' }, values: this.unfit }];
    this.record = this.reading(schema, taps);
  }

  /**
   * Adds a record that was walked over.
   * @returns where it ends
   */
  add({ content, hasWide }: Pick<FoundRecord, 'content' | 'hasWide'>, from: number): number {
    const { cursor } = this;
    cursor.bytes = content;
    cursor.at = from;
    this.unfitOnes = '';
    this.record(cursor);
    const to = cursor.at;
    if (this.decoded.length > 0) {
      const value = this.decoder.decode({ content, from, to, hasWide });
      for (const { text, values, unfit } of this.decoded) takeText(text(value), values, unfit);
    }
    for (const values of this.none) values.null();
    if (this.unfitOnes === '') this.unfit.null();
    else this.unfit.put(`${this.unfitOnes},`);
    return to;
  }

  /** How a column is read where it stands; null where avsc has to read it. */
  private tap(placed: PlacedColumn, unfit: () => void): Tap | null {
    if (placed.isInMap) return null;
    const { column, form, stored } = placed;
    const textOf = (type: AvroType) => columnText(column, type, form, this.of);
    const made = (values: StoredValues, leaf: (type: AvroType, text: ColumnText) => Step | null): Tap => ({
      values,
      leaf: (type) => {
        const text = textOf(type);
        if (text !== null) return leaf(type, text);
        const pass = this.passing.of(type);
        return (cursor) => {
          pass(cursor);
          values.unfit();
          unfit();
        };
      },
    });
    switch (stored.kind) {
      case 'boolean': {
        const values = new StoredBooleans();
        return made(values, () => booleans(values));
      }
      case 'double': {
        const values = new StoredDoubles();
        return made(values, (type) => doubles(type, values, unfit));
      }
      case 'long': {
        const values = new StoredLongs();
        return made(values, (type) => longs(column, type, values, unfit));
      }
      case 'decimal': {
        const values = new StoredLongs();
        return made(values, (type) => decimals(type, stored.precision, values, unfit));
      }
      case 'text': {
        const values = new StoredTexts();
        const tap = made(
          values,
          (type, text) =>
            (column.type === 'string' ? copies(type, values, unfit) : null) ?? written(type, text, values, unfit),
        );
        return placed.leaves.every((type) => tap.leaf(type) !== null) ? tap : null;
      }
    }
  }

  /** Reads the columns that are at a type or inside of it, and passes over the rest. */
  private reading(type: AvroType, taps: readonly Reached[]): Step {
    if (taps.length === 0) return this.passing.of(type);
    if (type.kind === 'union') return branching(type.branches.map((branch) => this.reading(branch, taps)));
    const here = taps.filter(({ path }) => path.length === 0);
    const inside = taps.filter(({ path }) => path.length > 0);
    if (type.kind === 'null') return nulls(taps);
    const steps = here.flatMap(({ tap }) => tap.leaf(type) ?? []);
    if (type.kind === 'record' && inside.length > 0) steps.push(this.fields(type, inside));
    else if (steps.length === 0) steps.push(this.passing.of(type));
    return again([...steps, ...(type.kind === 'record' ? [] : [nulls(inside)])]);
  }

  private fields(type: AvroRecord, taps: readonly Reached[]): Step {
    const placed = taps.map(({ tap, path: [name = '', ...path] }) => ({ tap, path, place: placeOf(type, name) }));
    const at = (i: number) => placed.filter(({ place }) => place === i);
    return inOrder([nulls(at(-1)), ...type.fields.map((field, i) => this.reading(field.type, at(i)))]);
  }
}

/** What ends early is NULL. */
function nulls(taps: readonly Reached[]): Step {
  if (taps.length === 0) return nothing;
  return () => {
    for (const { tap } of taps) tap.values.null();
  };
}

/** Several columns of the same value: it is read for each. */
function again(all: readonly Step[]): Step {
  const steps = all.filter((step) => step !== nothing);
  const [first = nothing, second] = steps;
  if (second === undefined) return first;
  return (cursor) => {
    const from = cursor.at;
    let to = from;
    for (const step of steps) {
      cursor.at = from;
      step(cursor);
      to = Math.max(to, cursor.at);
    }
    cursor.at = to;
  };
}
