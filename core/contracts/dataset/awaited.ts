import { readOf, type Column } from './column';
import { declarationOf } from './formats';
import { originOf } from './formats/origin';
import type { Issue } from './issue';
import type { Source } from './source';

/*
 * Words whose schema is there and which the engine does not obey yet: each is refused, so that none is accepted without a word. Make the
 * engine obey one, and remove its line here; when the last is gone, so is this file.
 */

interface Awaiting {
  readonly source: Source;
  readonly columns: Readonly<Record<string, Column>>;
}

export function checkAwaited({ source, columns }: Awaiting, issue: Issue): void {
  const refuse = (path: string[], value: unknown) => {
    if (value !== undefined) issue(path, 'expected none: this release cannot do that yet', value);
  };
  const isJson = declarationOf(source.format).hasPaths;
  for (const [name, column] of Object.entries(columns)) {
    const obeysFrom = isJson && originOf(name, column).kind === 'source';
    refuse(['columns', name, 'from'], obeysFrom ? undefined : column.from);
    refuse(['columns', name, 'read'], readOf(column));
    refuse(['columns', name, 'optional'], isJson ? undefined : column.optional);
    refuse(['columns', name, 'type'], column.type === 'json' && source.format === 'csv' ? column.type : undefined);
  }
}
