import type { Dataset } from '../../contracts/dataset/dataset';
import { nameForPeople, namedColumns, type NamedColumn } from '../../contracts/dataset/formats/source-name';
import { SchemaMismatch } from '../../contracts/errors';
import { renderValue } from '../../contracts/problems';
import { listed } from '../../domain/text/lists';

/**
 * Compares the columns of an object with those of the definition, by their names in the source and whatever their order.
 * @throws SchemaMismatch with the difference
 */
export function compareColumns(dataset: Dataset, found: readonly string[]): void {
  const declared = namedColumns(dataset);
  const missing = declared.filter(({ source, column }) => column.optional !== true && !found.includes(source));
  const known = new Set(declared.map(({ source }) => source));
  const extra = found.filter((name) => !known.has(name));
  const doubled = declared.filter(({ source }) => found.filter((other) => other === source).length > 1);
  const unwanted = dataset.source.extraColumns === 'fail' ? extra : [];
  if (missing.length === 0 && unwanted.length === 0 && doubled.length === 0) return;
  const names = (all: readonly string[]) => listed(all.map(renderValue), 20);
  const called = (all: readonly NamedColumn[]) => listed(all.map(nameForPeople), 20);
  const parts = [
    ...(missing.length > 0 ? [`missing ${called(missing)}`] : []),
    // Extra names explain a missing one (renamed? other delimiter?), also where extra columns are ignored.
    ...(unwanted.length > 0 || (missing.length > 0 && extra.length > 0) ? [`not declared ${names(extra)}`] : []),
    ...(doubled.length > 0 ? [`more than once ${called(doubled)}`] : []),
  ];
  throw new SchemaMismatch(`the columns differ from the definition: ${parts.join('; ')}`, {
    details: { missing: missing.map(nameOf), extra: unwanted, doubled: doubled.map(nameOf) },
  });
}

const nameOf = ({ name }: NamedColumn) => name;
