import type { Dataset } from '../../contracts/dataset/dataset';
import { SchemaMismatch } from '../../contracts/errors';
import { renderValue } from '../../contracts/problems';
import { listed } from '../../domain/text/lists';

/**
 * Compares the columns of an object with those of the definition, whatever their order.
 * @throws SchemaMismatch with the difference
 */
export function compareColumns(dataset: Dataset, found: readonly string[]): void {
  const declared = Object.keys(dataset.columns);
  const missing = declared.filter((name) => !found.includes(name));
  const extra = found.filter((name) => !Object.hasOwn(dataset.columns, name));
  const doubled = declared.filter((name) => found.filter((other) => other === name).length > 1);
  const unwanted = dataset.source.extraColumns === 'fail' ? extra : [];
  if (missing.length === 0 && unwanted.length === 0 && doubled.length === 0) return;
  const names = (all: readonly string[]) => listed(all.map(renderValue), 20);
  const parts = [
    ...(missing.length > 0 ? [`missing ${names(missing)}`] : []),
    // Extra names explain a missing one (renamed? other delimiter?), also where extra columns are ignored.
    ...(unwanted.length > 0 || (missing.length > 0 && extra.length > 0) ? [`not declared ${names(extra)}`] : []),
    ...(doubled.length > 0 ? [`more than once ${names(doubled)}`] : []),
  ];
  throw new SchemaMismatch(`the columns differ from the definition: ${parts.join('; ')}`, {
    details: { missing, extra: unwanted, doubled },
  });
}
