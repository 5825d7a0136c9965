import type { Dataset } from '../../../contracts/dataset/dataset';
import type { ValuesOf } from '../../lines/originals';
import { pathOf } from './exact-records';
import { MemberFinder } from './member-finder';

/**
 * The values of records by column, as samples show them. Of a number its digits as they came, where JavaScript would show others.
 * DuckDB's parser takes NaN and a comma at the end of an object, JavaScript's does not: such a record has no values to show.
 */
export function valuesOf({ columns }: Pick<Dataset, 'columns'>): ValuesOf {
  const entries = Object.entries(columns).map(([name, column]) => ({ name, path: pathOf(name, column) }));
  const finder = new MemberFinder(entries.map(({ path }) => path));
  return (line) => {
    const bytes = Buffer.from(line, 'utf8');
    try {
      JSON.parse(line);
    } catch (error) {
      if (error instanceof SyntaxError) return 'a record that is not standard JSON';
      throw error;
    }
    if (!finder.find(bytes)) return new Map();
    return new Map(
      entries.flatMap(({ name }, i) => {
        const start = finder.starts[i]!;
        return start === -1 ? [] : [[name, shown(bytes.toString('utf8', start, finder.ends[i]))]];
      }),
    );
  };
}

/** A value of JSON as samples show it. */
export function shown(value: string): unknown {
  const parsed: unknown = JSON.parse(value);
  return typeof parsed === 'number' && String(parsed) !== value ? value : parsed;
}
