import type { Edge } from './machine-graph';
import { NOTE_SIZE, textWidth, type PlacedEdge, type PlacedNode } from './picture';

/** Where exceptional edges of so many states lead to one, they are drawn as one rail at the right instead of a bundle of lines. */
const RAIL_FROM = 3;
/** Room right of the rail. */
export const RAIL_ROOM = 20;

/** The state that enough exceptional edges lead to. */
export function railTarget(edges: readonly Edge[]): string | undefined {
  const count = (name: string) => edges.filter(({ to, exceptional }) => exceptional && to === name).length;
  return edges.map(({ to }) => to).find((name) => count(name) >= RAIL_FROM);
}

/** A stub from each state to the rail, and the rail down to the state where all of them lead. */
export function railOf(joining: readonly Edge[], nodes: readonly PlacedNode[], x: number): PlacedEdge[] {
  const boxOf = (name: string) => nodes.find(({ node }) => node.name === name);
  const stubs = joining.flatMap((edge): PlacedEdge[] => {
    const box = boxOf(edge.from);
    if (box === undefined) return [];
    const from = { x: box.x + box.width, y: box.y + box.height / 2 };
    const label = { x: from.x + textWidth(edge.label, NOTE_SIZE) / 2 + 8, y: from.y - NOTE_SIZE * 0.8 };
    return [{ edge, points: [from, { x, y: from.y }], label: edge.label === '' ? undefined : label, tip: false }];
  });
  const [first] = stubs;
  const target = first === undefined ? undefined : boxOf(first.edge.to);
  if (first === undefined || target === undefined) return [];
  const top = Math.min(...stubs.map(({ points }) => points[0]?.y ?? Infinity));
  // Above the middle, where the target's own errors leave.
  const end = { x: target.x + target.width, y: target.y + target.height / 4 };
  return [...stubs, { edge: first.edge, points: [{ x, y: top }, { x, y: end.y }, end], label: undefined, tip: true }];
}
