import { NODE_PIPELINES, PANDAS_BASED, POLARS, VALIDATE, VALIDATE_AND_PROCESS } from './contestants';
import type { RuleCount } from './job';
import { isAbsent, ofFloor, peakOf, secondsOf, type Row } from './results';
import { table, times } from './text';
import { number } from '../../core/domain/text/numbers';

/** What the engine was to reach, of CSV.gz with a unique key, and what was measured. */

/** A figure, or why there is none; and whether it is good enough. */
type Found = { readonly text: string; readonly reached: boolean } | 'not measured';

interface Aim {
  readonly text: string;
  readonly found: Found;
}

const HUNDRED = 'at 100 MB';
const THOUSAND = 'at 1 GB';
type Size = typeof HUNDRED | typeof THOUSAND;

/** The table of aims as Markdown. */
export function aimsTable(rows: readonly Row[]): string {
  return table(
    ['aim, CSV.gz', 'measured', 'reached'],
    aimsOf(rows).map(({ text, found }) =>
      found === 'not measured' ? [text, found, ''] : [text, found.text, found.reached ? 'yes' : '**no**'],
    ),
  );
}

/** Every aim with what was found. */
export function aimsOf(rows: readonly Row[]): Aim[] {
  const one = (contestant: string, size: Size, rules: RuleCount = 12): Row | undefined =>
    rows.find(
      (row) =>
        row.contestant === contestant &&
        row.origin === 'generated' &&
        row.format === 'csv' &&
        row.rules === rules &&
        row.unique &&
        (size === HUNDRED ? row.megabytes === 100 : row.megabytes >= 1000),
    );
  const several = (names: readonly string[], size: Size): Row[] => names.flatMap((name) => one(name, size) ?? []);
  const sizes = [HUNDRED, THOUSAND] as const;
  return [
    ...floorAims(VALIDATE, { [HUNDRED]: 1.7, [THOUSAND]: 2.2 }, one),
    ...floorAims(VALIDATE_AND_PROCESS, { [HUNDRED]: 2.2, [THOUSAND]: 2.6 }, one),
    ...sizes.flatMap((size) => [
      {
        text: `${size}: at least 2.5 × faster than the fastest Node pipeline`,
        found: least(one(VALIDATE, size), several(NODE_PIPELINES, size), ofFloor, 2.5),
      },
      {
        text: `${size}: at least 3.5 × faster than the faster check of pandas`,
        found: least(one(VALIDATE, size), several(PANDAS_BASED, size), ofFloor, 3.5),
      },
      {
        text: `${size}: not slower than the faster polars`,
        found: least(one(VALIDATE, size), several(POLARS, size), ofFloor, 1),
      },
      {
        text: `${size}: at most half of the memory of the polars that needs less`,
        found: least(one(VALIDATE, size), several(POLARS, size), peakOf, 2),
      },
    ]),
    memoryAim(one(VALIDATE_AND_PROCESS, THOUSAND)),
    {
      text: 'seconds per GB at 1 GB at most 1.2 × of those at 100 MB',
      found: most(one(VALIDATE, THOUSAND), one(VALIDATE, HUNDRED), (row) => secondsOf(row) / row.bytes, 1.2),
    },
    {
      text: `${HUNDRED}: 40 rules at most 1.6 × of 5 rules`,
      found: most(one(VALIDATE, HUNDRED, 40), one(VALIDATE, HUNDRED, 5), secondsOf, 1.6),
    },
  ];
}

/** What a Lambda of one vCPU (1,769 MB) leaves with room to spare. */
const MOST_MB = 1200;

function memoryAim(row: Row | undefined): Aim {
  const text = `${THOUSAND}: ${VALIDATE_AND_PROCESS} in at most ${number(MOST_MB)} MB`;
  if (row === undefined || row.why !== undefined) return { text, found: 'not measured' };
  const peak = Math.round(peakOf(row));
  return { text, found: { text: `${number(peak)} MB`, reached: peak <= MOST_MB } };
}

function floorAims(
  contestant: string,
  limits: Readonly<Record<Size, number>>,
  one: (contestant: string, size: Size) => Row | undefined,
): Aim[] {
  return ([HUNDRED, THOUSAND] as const).map((size) => {
    const row = one(contestant, size);
    const found = row === undefined || row.why !== undefined ? 'not measured' : atMost(ofFloor(row), limits[size]);
    return { text: `${size}: ${contestant} at most ${limits[size]} × the floor`, found };
  });
}

const atMost = (ratio: number, limit: number): Found => ({ text: times(ratio), reached: ratio <= limit });

/** Ours against another measurement of ours. */
function most(ours: Row | undefined, other: Row | undefined, of: (row: Row) => number, limit: number): Found {
  if (ours === undefined || other === undefined) return 'not measured';
  return atMost(of(ours) / of(other), limit);
}

/** How many times as much the best of the others needs; those that gave up can't be the best. */
function least(ours: Row | undefined, others: readonly Row[], of: (row: Row) => number, limit: number): Found {
  const tried = others.filter((row) => !isAbsent(row));
  if (ours === undefined || ours.why !== undefined || tried.length === 0) return 'not measured';
  const finished = tried.filter(({ why }) => why === undefined).toSorted((a, b) => of(a) - of(b));
  const [best] = finished;
  if (best === undefined)
    return { text: tried.map(({ contestant, why }) => `${contestant} ${why ?? ''}`).join(', '), reached: true };
  const ratio = of(best) / of(ours);
  return { text: `${times(ratio)} (${best.contestant})`, reached: ratio >= limit };
}
