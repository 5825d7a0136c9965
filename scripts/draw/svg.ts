import { NAME_SIZE, NOTE_SIZE, textWidth, type Picture, type PlacedEdge, type PlacedNode, type Point } from './picture';

/** Radius of an edge's bends. */
const BEND = 7;
const LEGEND_HEIGHT = 34;

/**
 * Both of GitHub's themes: the picture brings its own background, so that it can be read even where the browser's theme is not GitHub's.
 */
const STYLE = `
.paper{fill:#fff;stroke:#d0d7de}
.box{fill:#f6f8fa;stroke:#57606a}
.Task .box{fill:#fff4e5;stroke:#d4680a}
.Choice .box{fill:#eef3ff;stroke:#3b6fd4}
.Wait .box{fill:#f5efff;stroke:#7d55c7}
.Map .box{fill:#f6f8fa;stroke:#8c959f;stroke-dasharray:2 3}
.Succeed .box{fill:#e6f6ec;stroke:#1a7f37}
.Fail .box{fill:#ffebe9;stroke:#cf222e}
.Start circle{fill:#57606a}
.Starter .box,.Rule .box{fill:#f5efff;stroke:#7d55c7}
.Machine .box{fill:#eef3ff;stroke:#3b6fd4}
.Function .box{fill:#fff4e5;stroke:#d4680a}
.Bucket .box{fill:#e6f6ec;stroke:#1a7f37}
.Queue .box,.Topic .box{fill:#ffebe9;stroke:#cf222e}
.Outside .box{stroke-dasharray:2 3}
.name{fill:#1f2328;font-weight:600}
.note,.label,.legend{fill:#57606a}
.edge{stroke:#57606a;fill:none;stroke-width:1.5}
.tip{fill:#57606a}
.exceptional .edge{stroke:#c2571a;stroke-dasharray:3 4;stroke-width:1.1;opacity:.75}
.exceptional .label{fill:#a04714}
.halo{stroke:#fff;stroke-width:4;stroke-linejoin:round;paint-order:stroke}
.exceptional-tip{fill:#c2571a}
@media(prefers-color-scheme:dark){
.paper{fill:#0d1117;stroke:#30363d}
.box{fill:#161b22;stroke:#8b949e}
.Task .box{fill:#2b1d0e;stroke:#e08b3c}
.Choice .box{fill:#12203c;stroke:#6d9bf1}
.Wait .box{fill:#211636;stroke:#a98bea}
.Map .box{fill:#12171e;stroke:#6e7681}
.Succeed .box{fill:#0f2a18;stroke:#3fb950}
.Fail .box{fill:#331416;stroke:#f85149}
.Start circle{fill:#8b949e}
.Starter .box,.Rule .box{fill:#211636;stroke:#a98bea}
.Machine .box{fill:#12203c;stroke:#6d9bf1}
.Function .box{fill:#2b1d0e;stroke:#e08b3c}
.Bucket .box{fill:#0f2a18;stroke:#3fb950}
.Queue .box,.Topic .box{fill:#331416;stroke:#f85149}
.name{fill:#e6edf3}
.note,.label,.legend{fill:#9aa4af}
.edge{stroke:#9aa4af}
.tip{fill:#9aa4af}
.exceptional .edge{stroke:#e08b5a}
.exceptional .label{fill:#e8a37c}
.exceptional-tip{fill:#e08b5a}
.halo{stroke:#0d1117}
}`;

/** What the two kinds of lines mean. */
export interface Legend {
  readonly ordinary: string;
  readonly exceptional: string;
}
const MACHINE_LEGEND: Legend = {
  ordinary: 'next',
  exceptional: 'after an error, or an unexpected output',
};

/** Draws a laid-out machine, or with another legend anything that is made of boxes and lines. */
export function svgOf(picture: Picture, title: string, legend: Legend = MACHINE_LEGEND): string {
  const { width } = picture;
  const height = picture.height + LEGEND_HEIGHT;
  const maps = picture.nodes.filter(({ node }) => node.inner !== undefined);
  const others = picture.nodes.filter(({ node }) => node.inner === undefined);
  // Exceptional edges first: ordinary ones cross over them.
  const edges = [...picture.edges].sort((a, b) => Number(b.edge.exceptional) - Number(a.edge.exceptional));
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-label="${escape(title)}" font-family="ui-sans-serif,system-ui,-apple-system,'Segoe UI',Helvetica,Arial,sans-serif" text-anchor="middle">`,
    `<title>${escape(title)}</title>`,
    `<style>${STYLE}</style>`,
    marker('tip'),
    marker('exceptional-tip'),
    `<rect class="paper" x=".5" y=".5" width="${width - 1}" height="${height - 1}" rx="10"/>`,
    ...maps.map(drawNode),
    ...edges.map(drawEdge),
    ...others.map(drawNode),
    ...edges.map(drawLabel),
    drawLegend(24, height - 16, legend),
    '</svg>',
    '',
  ]
    .filter((line, index, all) => line !== '' || index === all.length - 1)
    .join('\n');
}

function marker(id: string): string {
  return `<marker id="${id}" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="8" markerHeight="8" markerUnits="userSpaceOnUse" orient="auto"><path class="${id}" d="M0 .5 8 4 0 7.5z"/></marker>`;
}

function drawNode({ node, x, y, width, height }: PlacedNode): string {
  const cx = x + width / 2;
  if (node.type === 'Start')
    return `<g class="Start"><circle cx="${n(cx)}" cy="${n(y + height / 2)}" r="${n(width / 2)}"/></g>`;
  const isMap = node.inner !== undefined;
  const middle = isMap ? y + 24 : y + height / 2;
  const nameY = node.note === '' ? middle + NAME_SIZE * 0.36 : middle - 3;
  return [
    `<g class="${node.type}">`,
    shape(node.type, x, y, width, height),
    text(node.name, 'name', NAME_SIZE, cx, nameY),
    node.note === '' ? '' : text(node.note, 'note', NOTE_SIZE, cx, nameY + 17),
    '</g>',
  ].join('');
}

function shape(type: string, x: number, y: number, width: number, height: number): string {
  if (type === 'Choice') {
    const [tip, middle] = [16, y + height / 2];
    const corners = [
      [x, middle],
      [x + tip, y],
      [x + width - tip, y],
      [x + width, middle],
      [x + width - tip, y + height],
      [x + tip, y + height],
    ];
    return `<polygon class="box" points="${corners.map(([px = 0, py = 0]) => `${n(px)},${n(py)}`).join(' ')}"/>`;
  }
  const radius = { Succeed: height / 2, Fail: height / 2, Wait: height / 2, Pass: 2, Map: 10 }[type] ?? 8;
  return `<rect class="box" x="${n(x)}" y="${n(y)}" width="${n(width)}" height="${n(height)}" rx="${n(radius)}"/>`;
}

function drawEdge({ edge, points, tip: hasTip }: PlacedEdge): string {
  const tip = edge.exceptional ? 'exceptional-tip' : 'tip';
  return `<g${edge.exceptional ? ' class="exceptional"' : ''}><path class="edge" ${hasTip ? `marker-end="url(#${tip})" ` : ''}d="${path(points)}"/></g>`;
}

function drawLabel({ edge, label }: PlacedEdge): string {
  if (label === undefined) return '';
  const content = text(edge.label, 'label halo', NOTE_SIZE, label.x, label.y + NOTE_SIZE * 0.36);
  return edge.exceptional ? `<g class="exceptional">${content}</g>` : content;
}

function drawLegend(x: number, y: number, { ordinary, exceptional }: Legend): string {
  // As far apart as the words between them need.
  const second = x + Math.max(90, 60 + Math.ceil(textWidth(ordinary, NOTE_SIZE)));
  const sample = (at: number) => `M${at} ${y - 4}h34`;
  return [
    `<g text-anchor="start"><path class="edge" marker-end="url(#tip)" d="${sample(x)}"/>`,
    text(ordinary, 'legend', NOTE_SIZE, x + 42, y),
    `<g class="exceptional"><path class="edge" marker-end="url(#exceptional-tip)" d="${sample(second)}"/></g>`,
    text(exceptional, 'legend', NOTE_SIZE, second + 42, y),
    '</g>',
  ].join('');
}

/** A line with rounded bends. */
function path(points: readonly Point[]): string {
  const [first, ...rest] = points;
  if (first === undefined) return '';
  let d = `M${n(first.x)} ${n(first.y)}`;
  let from = first;
  rest.forEach((corner, index) => {
    const next = rest[index + 1];
    if (next === undefined) {
      d += `L${n(corner.x)} ${n(corner.y)}`;
      return;
    }
    const before = towards(corner, from);
    const after = towards(corner, next);
    d += `L${n(before.x)} ${n(before.y)}Q${n(corner.x)} ${n(corner.y)} ${n(after.x)} ${n(after.y)}`;
    from = corner;
  });
  return d;
}

/** The point a bend's radius away from a corner, at most half of the way. */
function towards(corner: Point, other: Point): Point {
  const length = Math.hypot(other.x - corner.x, other.y - corner.y);
  const share = length === 0 ? 0 : Math.min(BEND, length / 2) / length;
  return { x: corner.x + (other.x - corner.x) * share, y: corner.y + (other.y - corner.y) * share };
}

function text(content: string, className: string, size: number, x: number, y: number): string {
  return `<text class="${className}" font-size="${size}" x="${n(x)}" y="${n(y)}">${escape(content)}</text>`;
}

/** Half a hundredth is nothing, and noise in a diff. */
function n(value: number): string {
  return String(Math.round(value * 10) / 10);
}

function escape(content: string): string {
  return content.replace(/[&<>"]/g, (c) => `&#${c.charCodeAt(0)};`);
}
