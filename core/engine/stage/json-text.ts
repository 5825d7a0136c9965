import { once } from './computed-once';

/** JSON that stands in text, as a field of CSV. */

const STRING = '"(?:[^"\\\\]|\\\\.)*"';
const BLANKS = '[ \\t\\r\\n]';

/** SQL that is true for the text of a JSON null. */
export const isJsonNull = (source: string) => `regexp_full_match(${source}, '${BLANKS}*null${BLANKS}*')`;

/**
 * SQL for the text of a JSON value without the blanks between its tokens; NULL for what is none. DuckDB says whether it is one, but for
 * `NaN`, infinities and a comma too many, which its parser takes; and it would write numbers anew, so that blanks are taken out of the text,
 * which is known to be JSON then: outside of strings.
 */
export function jsonText(source: string): string {
  const brief = `regexp_replace(${source}, '(${STRING})|${BLANKS}+', '\\1', 'g')`;
  const value = once(brief, '_rollcall_json', (text) => {
    const bare = `regexp_replace(${text}, '${STRING}', '""', 'g')`;
    return `CASE WHEN NOT regexp_matches(${bare}, '[nN][aA][nN]|[iI][nN][fF]|,[\\]}]') THEN ${text} END`;
  });
  return `CASE WHEN json_valid(${source}) THEN ${value} END`;
}
