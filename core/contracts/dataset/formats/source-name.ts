import type { Column } from '../column';
import type { Dataset } from '../dataset';
import { renderValue } from '../../problems';
import { originOf, type AboutRecord } from './origin';

/** A column that is read from the source, by its name there. */
export interface NamedColumn {
  readonly name: string;
  readonly column: Column;
  /** Its name in the source. */
  readonly source: string;
}

/** Its own name for people, and the one in the source where that is another. */
export function nameForPeople({ name, source }: Pick<NamedColumn, 'name' | 'source'>): string {
  return name === source ? renderValue(name) : `${renderValue(name)} (${renderValue(source)} in the source)`;
}

/** The columns that a dataset reads from objects without paths, in its order. */
export function namedColumns({ columns }: Pick<Dataset, 'columns'>): NamedColumn[] {
  return Object.entries(columns).flatMap(([name, column]) => {
    const origin = originOf(name, column);
    return origin.kind === 'source' ? [{ name, column, source: origin.path[0] }] : [];
  });
}

/** Whether a column of a dataset is from this. */
export function readsAbout({ columns }: Pick<Dataset, 'columns'>, about: AboutRecord): boolean {
  return Object.values(columns).some(({ from }) => from === about);
}
