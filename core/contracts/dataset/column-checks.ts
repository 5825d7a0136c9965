import { readOf, type Column, type Otherwise } from './column';
import { declarationOf } from './formats';
import { ABOUT_TYPES, originOf } from './formats/origin';
import type { Issue } from './issue';
import type { Read } from './source-checks';
import { uniqueOf, type UniqueOptions } from './unique';

/** What the words about where values come from are to the source's format and to each other. */
export function checkOrigins({ source, columns }: Read, issue: Issue): void {
  const { hasPaths, hasLines } = declarationOf(source.format);
  for (const [name, column] of Object.entries(columns)) {
    const { from, type } = column;
    const origin = originOf(name, column);
    if (Array.isArray(from) && !hasPaths)
      issue(
        ['columns', name, 'from'],
        `expected a name: paths are for JSON and Avro, and this is ${source.format}`,
        from,
      );
    if (origin.kind !== 'about') continue;
    const types = ABOUT_TYPES[origin.about];
    if (!types.includes(type))
      issue(['columns', name, 'type'], `expected ${types.join(' or ')} for ${origin.about}`, type);
    if (origin.about === '$line' && !hasLines)
      issue(['columns', name, 'from'], `expected another than $line: ${source.format} has no lines`, from);
    for (const [word, value] of Object.entries({ read: readOf(column), optional: column.optional }))
      if (value !== undefined)
        issue(['columns', name, word], `expected none for ${origin.about}, which is not read from the object`, value);
  }
}

interface Keyed {
  readonly columns: Readonly<Record<string, Column>>;
  readonly unique?: UniqueOptions | undefined;
  readonly duplicates: Otherwise;
}

/** What a unique key is to the columns. */
export function checkUnique(dataset: Keyed, issue: Issue): void {
  const { columns, duplicates } = dataset;
  const unique = uniqueOf(dataset);
  if (unique === undefined) {
    if (duplicates !== 'reject') issue(['duplicates'], 'expected nothing but reject without a unique key', duplicates);
    return;
  }
  const isList = Array.isArray(dataset.unique);
  const known = (path: (string | number)[], names: readonly string[]) =>
    names.forEach((name, i) => {
      if (!Object.hasOwn(columns, name))
        issue([...path, i], `expected one of the columns ${Object.keys(columns).join(', ')}`, name);
      else if (NOT_COMPARED.includes(columns[name]?.type ?? ''))
        issue([...path, i], `expected a column of another type than ${columns[name]?.type ?? ''}`, name);
    });
  known(isList ? ['unique'] : ['unique', 'columns'], unique.columns);
  known(['unique', 'by'], unique.by);
  if (unique.keep === 'first') {
    if (unique.by.length > 0) issue(['unique', 'by'], "expected none without keep: 'last'", unique.by);
    if (unique.deleted !== null) issue(['unique', 'deleted'], "expected none without keep: 'last'", unique.deleted);
  } else if (duplicates !== 'reject') {
    issue(['duplicates'], "expected nothing but reject with unique.keep 'last'", duplicates);
  }
}

/** JSON is text of which one value has many. */
const NOT_COMPARED: readonly string[] = ['json'];
