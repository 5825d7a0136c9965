import { FLOOR, VALIDATE } from './contestants';
import { ofFloor, secondsOf, type Row } from './results';
import { times } from './text';

/** A panel of the chart: one file with the rows of its contestants. */
export interface Panel {
  readonly title: string;
  readonly rows: readonly Row[];
}

const WIDTH = 1140;
const NAMES = 260;
const LABELS = 150;
const BAR = 15;
const STEP = 22;
const HEAD = 46;
const GAP = 22;
const TOP = 64;
/** Left of the first tick there is room for a contestant that is faster than the floor. */
const SCALE_FROM = 0.5;
const TICKS = [0.5, 1, 2, 5, 10, 20, 50, 100, 200, 500, 1000];

const STYLE = `
.paper{fill:#fff;stroke:#d0d7de}
.bar{fill:#8c959f}
.ours .bar{fill:#3b6fd4}
.title,.name,.value{fill:#1f2328}
.title,.ours .name,.ours .value{font-weight:600}
.note{fill:#57606a}
.grid{stroke:#d0d7de}
.floor{stroke:#57606a;stroke-width:1.5}
@media(prefers-color-scheme:dark){
.paper{fill:#0d1117;stroke:#30363d}
.bar{fill:#6e7681}
.ours .bar{fill:#6d9bf1}
.title,.name,.value{fill:#e6edf3}
.note{fill:#9aa4af}
.grid{stroke:#30363d}
.floor{stroke:#9aa4af}
}`;

/** Seconds relative to the floor as an SVG picture, one panel per file, all on one logarithmic scale; on paper of its own, light or dark. */
export function chart(panels: readonly Panel[]): string {
  const shown = panels
    .map(({ title, rows }) => ({ title, rows, bars: rows.filter(({ contestant }) => contestant !== FLOOR) }))
    .filter(({ bars }) => bars.length > 0);
  const slowest = Math.max(1, ...shown.flatMap(({ bars }) => bars.filter(({ why }) => why === undefined).map(ofFloor)));
  const last = TICKS.find((tick) => tick >= slowest) ?? slowest;
  const x = (ratio: number): number =>
    Math.round(NAMES + ((WIDTH - NAMES - LABELS) * Math.log(ratio / SCALE_FROM)) / Math.log(last / SCALE_FROM));
  const ticks = TICKS.filter((tick) => tick <= last);
  let y = TOP;
  const drawn = shown.map(({ title, rows, bars }) => {
    const at = y;
    y += HEAD + bars.length * STEP + GAP;
    return panel({ title, rows, bars }, { y: at, x, ticks });
  });
  const what = 'Seconds for the same job, relative to DuckDB’s plain copy of the file without a check';
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${y}" width="${WIDTH}" height="${y}" role="img" aria-label="${what}" font-family="ui-sans-serif,system-ui,-apple-system,'Segoe UI',Helvetica,Arial,sans-serif" font-size="13">`,
    `<title>${what}</title>`,
    `<style>${STYLE}\n</style>`,
    `<rect class="paper" x="0.5" y="0.5" width="${WIDTH - 1}" height="${y - 1}" rx="8"/>`,
    `<text class="title" x="20" y="30" font-size="16">${what}</text>`,
    `<text class="note" x="20" y="50">From the object in S3 to committed files in S3, on one core. Shorter is faster; the scale is logarithmic.</text>`,
    ...drawn,
    '</svg>\n',
  ].join('\n');
}

function panel(
  { title, rows, bars }: Panel & { bars: readonly Row[] },
  { y, x, ticks }: { y: number; x: (ratio: number) => number; ticks: readonly number[] },
): string {
  const [top, bottom] = [y + HEAD, y + HEAD + bars.length * STEP];
  const floor = rows.find(({ contestant, why }) => contestant === FLOOR && why === undefined);
  const copy = floor === undefined ? '' : `plain copy ${secondsOf(floor).toFixed(2)} s`;
  return [
    `<text class="title" x="20" y="${y + 22}" font-size="14">${escaped(title)}</text>`,
    `<text class="note" x="${WIDTH - 20}" y="${y + 22}" text-anchor="end">${copy}</text>`,
    ...ticks.flatMap((tick) => [
      `<line class="${tick === 1 ? 'floor' : 'grid'}" x1="${x(tick)}" y1="${top - 4}" x2="${x(tick)}" y2="${bottom}"/>`,
      `<text class="note" x="${x(tick)}" y="${top - 8}" text-anchor="middle" font-size="11">${tick} ×</text>`,
    ]),
    ...bars.map((row, index) => bar(row, top + index * STEP, x)),
  ].join('\n');
}

function bar(row: Row, y: number, x: (ratio: number) => number): string {
  const { contestant, why } = row;
  const middle = y + BAR - 1;
  const name = `<text class="name" x="${NAMES - 10}" y="${middle}" text-anchor="end">${escaped(contestant)}</text>`;
  const text = (at: number, said: string, kind: string): string =>
    `<text class="${kind}" x="${at}" y="${middle}">${escaped(said)}</text>`;
  const [from, to] = [x(1), why === undefined ? x(ofFloor(row)) : 0];
  const [left, right] = [Math.min(from, to), Math.max(from, to)];
  const rest =
    why === undefined
      ? [
          `<rect class="bar" x="${left}" y="${y + 2}" width="${Math.max(1, right - left)}" height="${BAR}"/>`,
          text(right + 6, `${times(ofFloor(row))} · ${secondsOf(row).toFixed(2)} s`, 'value'),
        ]
      : [text(from + 6, why, 'note')];
  return `<g${contestant.startsWith(VALIDATE) ? ' class="ours"' : ''}>${[name, ...rest].join('')}</g>`;
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
}
