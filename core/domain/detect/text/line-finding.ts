import { number } from '../../text/numbers';
import { inline, textColumn, type ColumnDraft } from '../columns/column-draft';
import { keysOf, type KeyColumn } from '../columns/key-columns';
import { Tally } from '../columns/tally';
import type { Finding, Word } from '../finding';
import { firstLines, type TextSample } from '../sample';
import { PATTERNS, WHOLE_LINE, type LinePattern } from './patterns';

const FIRST_LINES = 300;
/** Share of lines from which a pattern is the one that is meant. */
const MOST = 0.6;

/** The pattern of a log that most of the first lines match; null for none. */
export function knownPattern(samples: readonly TextSample[]): LinePattern | null {
  const lines = samples.flatMap((sample) => firstLines(sample, FIRST_LINES)).filter((line) => line !== '');
  if (lines.length === 0) return null;
  const found = PATTERNS.map((pattern) => [pattern, matching(lines, pattern.pattern)] as const);
  const [best, matches = 0] = [...found].sort(([, a], [, b]) => b - a)[0] ?? [];
  return best !== undefined && matches >= lines.length * MOST
    ? (found.find(([, n]) => n === matches)?.[0] ?? best)
    : null;
}

function matching(lines: readonly string[], pattern: string): number {
  const test = new RegExp(pattern);
  return lines.filter((line) => test.test(line)).length;
}

/** Lines by a pattern. One that is not sure is a suggestion, and each line one value. */
export function findText(samples: readonly TextSample[], known: LinePattern | null): Finding {
  const pattern = known?.sure === true ? known.pattern : WHOLE_LINE;
  const { tallies, records, others, first } = readLines(samples, pattern);
  const columns: ColumnDraft[] = [];
  const keyed: KeyColumn[] = [];
  for (const [name, tally] of tallies) {
    const column = documented(
      nullDashes(textColumn(tally, { name, nullValues: [], emptyQuoted: 'text' }), tally),
      known?.types?.[name],
    );
    columns.push(column);
    keyed.push({ name, type: String(column.words['type']), tally });
  }
  const words: Word[] = [
    {
      key: 'pattern',
      value: pattern,
      saw:
        known?.sure === true
          ? `${known.what}: ${number(records)} of ${number(records + others)} lines`
          : 'one value a line',
      sure: true,
    },
  ];
  if (known !== null && !known.sure)
    words.push({
      key: 'pattern',
      value: known.pattern,
      saw: `${known.what}: its groups would be the columns, ${inline(groupsOf(known.pattern))}`,
      sure: false,
    });
  else if (known === null)
    words.push({
      key: 'pattern',
      value: '^(?<first>\\S+) (?<rest>.*)$',
      saw: 'a pattern with a named group for each value',
      sure: false,
    });
  return {
    format: 'text',
    saw: known?.sure === true ? known.what : 'lines of no known kind',
    words,
    source: [],
    columns,
    records,
    notes: others === 0 ? [] : [`${number(others)} lines do not match (${first})`],
    keys: keysOf(keyed, records, []),
  };
}

/** The type that the log's documentation gives, where what was seen does not contradict: a dash may come, or a fraction. */
function documented(column: ColumnDraft, type: 'integer' | 'double' | undefined): ColumnDraft {
  const seen = String(column.words['type']);
  const fits = type === 'double' ? ['integer', 'decimal', 'double'] : ['integer'];
  const isEmpty =
    seen === 'string' && column.words['nullable'] === true && column.saw.some((one) => one.includes('taken for NULL'));
  if (type === undefined || !(fits.includes(seen) || isEmpty)) return column;
  return {
    ...column,
    words: { type, nullable: true, read: { nullValues: ['-'] } },
    saw: [`${type} or - by its documentation`, ...column.saw],
  };
}

/** Logs write a dash for what is not there. A column of nothing else has no type yet. */
function nullDashes(column: ColumnDraft, tally: Tally): ColumnDraft {
  const dashes = tally.plain.get('-') ?? 0;
  if (dashes === 0 || column.words['type'] !== 'string') return column;
  return {
    ...column,
    words: { ...column.words, nullable: true, read: { nullValues: ['-'] } },
    saw: [...column.saw.filter((one) => !one.endsWith(' empty')), `- ${number(dashes)} times, taken for NULL`],
    maybe: column.maybe.filter((one) => !one.includes('"-"')),
  };
}

function readLines(
  samples: readonly TextSample[],
  pattern: string,
): { tallies: Map<string, Tally>; records: number; others: number; first: string } {
  const test = new RegExp(pattern);
  const tallies = new Map(groupsOf(pattern).map((name) => [name, new Tally()]));
  let records = 0;
  let others = 0;
  let first = '';
  for (const sample of samples) {
    const parts = [sample.head, ...sample.pieces, ...(sample.end === null ? [] : [sample.end])];
    for (const [part, text] of parts.entries()) {
      const lines = text.split('\n');
      if (part < parts.length - 1 || sample.cut) lines.pop();
      for (const [i, full] of lines.entries()) {
        const line = full.endsWith('\r') ? full.slice(0, -1) : full;
        if (line === '') continue;
        const match = test.exec(line);
        if (match === null) {
          others += 1;
          if (first === '') first = part === 0 ? `line ${i + 1} of ${sample.name}` : `in ${sample.name}`;
          continue;
        }
        records += 1;
        for (const [name, tally] of tallies) {
          const value = match.groups?.[name];
          if (value === undefined) tally.nulls += 1;
          else tally.add(value, false);
        }
      }
    }
  }
  return { tallies, records, others, first };
}

function groupsOf(pattern: string): string[] {
  return [...pattern.matchAll(/\(\?<([A-Za-z_]\w*)>/g)].map(([, name]) => name ?? '');
}
