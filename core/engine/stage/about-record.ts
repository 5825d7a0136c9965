import type { Column } from '../../contracts/dataset/column';
import { originOf, type AboutRecord } from '../../contracts/dataset/formats/origin';
import type { Dataset } from '../../contracts/dataset/dataset';
import type { SourceObject } from '../../contracts/batch/plan';
import { partitionStart } from '../../contracts/partition';
import { text } from '../duckdb/sql';

/** What is known of a record besides its own values, for columns that are `from` `$partition`, `$key`, `$modified` or `$line`. */

/** Where the records of an object are. */
export interface Whereabouts {
  readonly object: Pick<SourceObject, 'key' | 'lastModified'>;
  readonly partition: string;
}

/** Column of `Reading.from` that holds the physical line on which a record begins, of a dataset that has one from `$line`. */
export const LINE = '_rollcall_line_number';

/** What a column is about; null for one that is read from the object. */
export function aboutOf(name: string, column: Column): AboutRecord | null {
  const origin = originOf(name, column);
  return origin.kind === 'about' ? origin.about : null;
}

/** SQL for the value of such a column, of its own type. */
export function aboutSql(about: AboutRecord, { type }: Column, { object, partition }: Whereabouts): string {
  switch (about) {
    case '$key':
      return text(object.key);
    case '$modified':
      return `TIMESTAMPTZ ${text(object.lastModified)}`;
    case '$line':
      return LINE;
    case '$partition': {
      if (type === 'string') return text(partition);
      const start = partitionStart(partition).toISOString();
      return type === 'date' ? `DATE ${text(start.slice(0, 10))}` : `TIMESTAMPTZ ${text(start)}`;
    }
  }
}

/** The values of such columns as samples show them. */
export function aboutValues(
  { columns }: Pick<Dataset, 'columns'>,
  { object, partition }: Whereabouts,
  line: number | null,
): ReadonlyMap<string, unknown> {
  const values = { $key: object.key, $modified: object.lastModified, $line: line, $partition: partition };
  return new Map(
    Object.entries(columns).flatMap(([name, column]) => {
      const about = aboutOf(name, column);
      return about === null ? [] : [[name, values[about]] as const];
    }),
  );
}
