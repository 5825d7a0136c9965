import type { Dataset } from '../../../contracts/dataset/dataset';
import { RecordsUnaccounted } from '../../../contracts/errors';
import { originOf } from '../../../contracts/dataset/formats/origin';
import type { Database } from '../../duckdb/database';
import { text } from '../../duckdb/sql';
import type { RawRecord } from '../../lines/layout';
import { walkedOriginals } from '../../lines/originals';
import type { Original, Originals } from '../format';
import { LINE, lineReader } from './line-file';
import { lineMatch, MAX_LINE_BYTES } from './relation';

const VALUES = '_rollcall_values';

/**
 * Lines as they came, found by walking over them. The values that samples show are asked of DuckDB beside the staged record, since no
 * other matches as RE2 does.
 * @param path the file of lines that the staged records come from
 */
export async function textOriginals(
  database: Database,
  dataset: Dataset,
  records: Generator<RawRecord>,
  path: string,
  aside: (original: Original) => void,
): Promise<Originals> {
  const { match, groups } = await lineMatch(database, dataset);
  const values = Object.entries(dataset.columns).flatMap(([name, column]) => {
    const origin = originOf(name, column);
    const group = origin.kind === 'source' ? groups.get(origin.path[0]) : undefined;
    return group === undefined ? [] : [`${text(name)}, ${group}`];
  });
  const originals = walkedOriginals(records, () => new Map<string, unknown>(), aside);
  return {
    ...originals,
    beside: {
      select: `(SELECT json_object(${values.join(', ')})::VARCHAR FROM (SELECT ${match})) AS ${VALUES}, ${LINE}`,
      // Side by side, because both have the same records in the same order.
      join: `POSITIONAL JOIN ${lineReader(path, MAX_LINE_BYTES)} _rollcall_lines`,
    },
    find: (number, row) => {
      const original = originals.find(number, row);
      if (original === undefined || !('raw' in original.came)) return original;
      if (original.came.raw.toString('utf8') !== row[LINE])
        throw new RecordsUnaccounted(`beside record ${number} is another line than line ${original.line}`);
      return {
        ...original,
        values: () => new Map<string, unknown>(Object.entries(JSON.parse(String(row[VALUES])) as object)),
      };
    },
  };
}
