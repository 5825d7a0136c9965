import type { Column, Dataset } from '../../../contracts/dataset/dataset';
import { SchemaMismatch } from '../../../contracts/errors';
import { renderValue } from '../../../contracts/problems';
import { describeAvro, type AvroRecord, type AvroType } from '../../../domain/avro/schema';
import { listed } from '../../../domain/text/lists';
import { pathOf } from '../jsonl/exact-records';
import { acceptedAvro, columnText, type ColumnText, type Form, type Values } from './column-values';
import { fieldName, PAIRS } from './decoder';
import { storedAs } from './stored-as';
import type { StoredAs } from './stored-values';
import { listOf, memberOf, ofUnion, textOf } from './given';

/** Names that are shown. */
const SHOWN = 20;

/** A column of the definition in the schema of a file. */
export interface PlacedColumn {
  readonly name: string;
  readonly column: Column;
  readonly path: readonly string[];
  /** Where its path leads; empty where the schema has no such field. */
  readonly types: readonly AvroType[];
  /** The same without unions around them. */
  readonly leaves: readonly AvroType[];
  /** Whether its path may lead through a map. */
  readonly isInMap: boolean;
  readonly form: Form;
  /** How the reader gets it. */
  readonly stored: StoredAs;
  /** Its value in a record that avsc has decoded, for the reader. */
  readonly text: ColumnText;
  /** The same as JSON of what came; undefined where there is none. */
  readonly came: ColumnText;
}

/** Finds the columns of a definition in a schema. */
export function placeColumns({ columns }: Dataset, schema: AvroType, values: Values): PlacedColumn[] {
  return Object.entries(columns).map(([name, column]) => {
    const path = pathOf(name, column);
    // Of a column that is no field nothing is written.
    if (path.length === 0)
      return {
        name,
        column,
        path,
        types: [],
        leaves: [],
        isInMap: false,
        form: 'numbers',
        stored: { kind: 'text' },
        text: () => 'null',
        came: () => undefined,
      };
    const types = typesAt(schema, path);
    const leaves = types.flatMap(branchesOf);
    const isText = leaves.some(({ kind }) => kind === 'string');
    const isMap = (type: AvroType) => branchesOf(type).some(({ kind }) => kind === 'map');
    const isInMap = path.some((_, i) => typesAt(schema, path.slice(0, i)).some(isMap));
    const form: Form = isText ? 'texts' : 'numbers';
    const text = reach(schema, path, values, (type) => columnText(column, type, form, values) ?? (() => undefined));
    const came = reach(schema, path, values, (type) => values.texts.of(type));
    const at = { name, column, path, types, leaves, isInMap, form, text, came };
    return { ...at, stored: storedAs(at) };
  });
}

/**
 * Holds the columns of a definition against a schema.
 * @throws SchemaMismatch where one cannot be read from it, or it has fields that are not declared and not ignored
 */
export function refuseOtherColumns(
  dataset: Dataset,
  schema: AvroRecord,
  placed: readonly PlacedColumn[],
  values: Values,
): void {
  const isMissing = ({ column, types, path }: PlacedColumn) =>
    types.length === 0 && path.length > 0 && !column.nullable;
  const missing = placed.filter(isMissing).map(({ name }) => name);
  const extra = undeclaredAt(schema, [], placed);
  const unwanted = dataset.source.extraColumns === 'fail' ? extra : [];
  const names = (all: readonly string[]) => listed(all.map(renderValue), SHOWN);
  if (missing.length > 0 || unwanted.length > 0) {
    const parts = [
      ...(missing.length > 0 ? [`missing ${names(missing)}`] : []),
      ...(extra.length > 0 ? [`not declared ${names(extra)}`] : []),
    ];
    throw new SchemaMismatch(`the columns differ from the definition: ${parts.join('; ')}`, {
      details: { missing, extra: unwanted, doubled: [] },
    });
  }
  const wrong = placed.flatMap(({ name, column, types, form }) => {
    const fits = (type: AvroType) => columnText(column, type, form, values) !== null;
    if (types.length === 0 || types.some(fits)) return [];
    return [`${JSON.stringify(name)} is ${types.map(describeAvro).join(' or ')}, expected ${acceptedAvro(column)}`];
  });
  if (wrong.length > 0)
    throw new SchemaMismatch(`the types of columns differ from the definition: ${listed(wrong, SHOWN)}`, {
      details: { types: wrong },
    });
}

/** Names of fields of the records at a path that are no column, and on no way to one. What is inside of a column is declared with it. */
export function undeclaredAt(schema: AvroType, at: readonly string[], placed: readonly PlacedColumn[]): string[] {
  const paths = placed.map(({ path }) => path).filter((path) => path.length > 0);
  if (paths.some((path) => path.length <= at.length && isBelow(at, path))) return [];
  const declared = paths.filter((path) => isBelow(path, at)).map((path) => path[at.length] ?? '');
  const fields = typesAt(schema, at)
    .flatMap(branchesOf)
    .flatMap((type) => (type.kind === 'record' ? type.fields : []));
  const names = fields
    .filter(({ name, aliases }) => ![name, ...aliases].some((one) => declared.includes(one)))
    .map(({ name }) => name);
  return [...new Set(names)];
}

const isBelow = (path: readonly string[], above: readonly string[]) => above.every((name, i) => path[i] === name);

/** The types to which a path leads; none where it leads nowhere. */
export function typesAt(type: AvroType, path: readonly string[]): AvroType[] {
  const [name, ...rest] = path;
  if (name === undefined) return [type];
  return branchesOf(type).flatMap((branch) => {
    if (branch.kind === 'map') return typesAt(branch.values, rest);
    const field = branch.kind === 'record' ? branch.fields[placeOf(branch, name)] : undefined;
    return field === undefined ? [] : typesAt(field.type, rest);
  });
}

const branchesOf = (type: AvroType): readonly AvroType[] => (type.kind === 'union' ? type.branches : [type]);

/** The number of a field; of one that was renamed, also by the name that it had. -1 for none. */
export function placeOf({ fields }: AvroRecord, name: string): number {
  const own = fields.findIndex((field) => field.name === name);
  return own === -1 ? fields.findIndex(({ aliases }) => aliases.includes(name)) : own;
}

/** Follows a path through records and maps. What ends early is NULL, and of a map the value of a key that it has twice is none. */
function reach(
  type: AvroType,
  path: readonly string[],
  values: Values,
  leaf: (type: AvroType) => ColumnText,
): ColumnText {
  const [name, ...rest] = path;
  if (name === undefined) return leaf(type);
  switch (type.kind) {
    case 'union': {
      const known = type.branches.filter(({ kind }) => kind !== 'null');
      return ofUnion(new Map(known.map((one) => [values.names.of(one), reach(one, path, values, leaf)])), 'null');
    }
    case 'record': {
      const place = placeOf(type, name);
      const field = type.fields[place];
      if (field === undefined) return () => 'null';
      const member = fieldName(place);
      const inner = reach(field.type, rest, values, leaf);
      return (value) => inner(memberOf(value, member));
    }
    case 'map': {
      const inner = reach(type.values, rest, values, leaf);
      return (value) => {
        const found = listOf(memberOf(value, PAIRS)).filter((pair) => textOf(memberOf(pair, 'key')) === name);
        if (found.length === 0) return 'null';
        return found.length > 1 ? undefined : inner(memberOf(found[0], 'value'));
      };
    }
    default:
      return () => 'null';
  }
}
