import ELK, { type ElkExtendedEdge, type ElkNode } from 'elkjs/lib/elk.bundled.js';
import type { Edge, Graph, Node } from './machine-graph';
import { NAME_SIZE, NOTE_SIZE, textWidth, type Picture, type PlacedEdge, type PlacedNode, type Point } from './picture';
import { railOf, railTarget, RAIL_ROOM } from './rail';

/** Room for a Map's heading above what is in it. */
const MAP_HEADING = 44;
const START: Node = { name: '(start)', type: 'Start', note: '', inner: undefined };

const OPTIONS = {
  'elk.algorithm': 'layered',
  'elk.direction': 'DOWN',
  'elk.edgeRouting': 'ORTHOGONAL',
  'elk.randomSeed': '1',
  // The order in which the states are given is the order from left to right.
  'elk.layered.considerModelOrder.strategy': 'PREFER_NODES',
  'elk.layered.crossingMinimization.forceNodeModelOrder': 'true',
  // As high as can be: beside what it comes from.
  'elk.layered.layering.strategy': 'LONGEST_PATH_SOURCE',
  'elk.layered.nodePlacement.strategy': 'NETWORK_SIMPLEX',
  'elk.layered.spacing.nodeNodeBetweenLayers': '34',
  'elk.layered.spacing.edgeNodeBetweenLayers': '16',
  'elk.spacing.nodeNode': '36',
  'elk.spacing.edgeNode': '20',
  'elk.spacing.edgeEdge': '12',
  'elk.layered.edgeLabels.centerLabelPlacementStrategy': 'TAIL_LAYER',
  'elk.layered.edgeLabels.sideSelection': 'SMART_DOWN',
};

/** Places states and routes edges. The same graph always gives the same picture. */
export async function layOut(graph: Graph): Promise<Picture> {
  const withStart: Graph = {
    ...graph,
    nodes: [START, ...graph.nodes],
    edges: [{ from: START.name, to: graph.start, label: '', exceptional: false, back: false }, ...graph.edges],
  };
  return layOutLevel(withStart, '[top=24,left=24,bottom=16,right=24]');
}

/** One level: what is inside a Map is laid out before, and is a box of its size to the outer level. */
async function layOutLevel(graph: Graph, padding: string): Promise<Picture> {
  const inner = new Map<string, Picture>();
  for (const { name, inner: of } of graph.nodes) {
    if (of !== undefined) inner.set(name, await layOutLevel(of, '[top=4,left=18,bottom=18,right=18]'));
  }
  const target = railTarget(graph.edges);
  const joining = graph.edges.filter(({ to, exceptional }) => exceptional && to === target);
  const routed = graph.edges.filter((edge) => !joining.includes(edge));
  const level: ElkNode = {
    id: 'level',
    layoutOptions: { ...OPTIONS, 'elk.padding': padding },
    children: leftToRight(graph).map((node) => elkNode(node, inner.get(node.name))),
    edges: routed.map(elkEdge),
  };
  const placed: ElkNode = await new ELK().layout(level);

  const nodes = (placed.children ?? []).flatMap(({ id, x = 0, y = 0, width = 0, height = 0 }): PlacedNode[] => {
    const node = graph.nodes.find(({ name }) => name === id);
    return node === undefined ? [] : [{ node, x, y, width, height }];
  });
  const edges = (placed.edges ?? []).flatMap((edge, index) => placedEdge(edge, routed[index]));
  const right = Math.ceil(placed.width ?? 0);
  const rail = railOf(joining, nodes, right);
  const contents = nodes.flatMap(({ node, x, y }) => {
    const picture = inner.get(node.name);
    return picture === undefined ? [] : [moved(picture, { x, y: y + MAP_HEADING })];
  });
  return {
    width: right + (rail.length === 0 ? 0 : RAIL_ROOM),
    height: Math.ceil(placed.height ?? 0),
    nodes: [...nodes, ...contents.flatMap((picture) => picture.nodes)],
    edges: [...rail, ...edges, ...contents.flatMap((picture) => picture.edges)],
  };
}

/** What leads back stands left of the ordinary way, failures and what only errors lead to right of it. */
function leftToRight({ nodes, edges }: Graph): Node[] {
  const rank = ({ name, type }: Node) => {
    if (edges.some(({ from, back }) => back && from === name)) return 0;
    const into = edges.filter(({ to }) => to === name);
    return type === 'Fail' || (into.length > 0 && into.every(({ exceptional }) => exceptional)) ? 2 : 1;
  };
  return [...nodes].sort((a, b) => rank(a) - rank(b));
}

/** Where edges meet a state: what is exceptional leaves at the right, so that it stays off the ordinary way. */
const SIDES = { in: 'NORTH', out: 'SOUTH', error: 'EAST' } as const;

function elkNode(node: Node, inner: Picture | undefined): ElkNode {
  return {
    id: node.name,
    ...(inner === undefined ? sizeOf(node) : { width: inner.width, height: inner.height + MAP_HEADING }),
    ports: Object.entries(SIDES).map(([port, side]) => ({
      id: `${node.name}:${port}`,
      width: 0,
      height: 0,
      layoutOptions: { 'elk.port.side': side },
    })),
    layoutOptions: { 'elk.portConstraints': 'FIXED_SIDE' },
  };
}

function elkEdge(edge: Edge, index: number): ElkExtendedEdge {
  const source = `${edge.from}:${edge.exceptional ? 'error' : 'out'}`;
  const target = `${edge.to}:in`;
  return {
    id: String(index),
    // ELK puts targets below sources: a way back is given to it the other way round.
    sources: [edge.back ? target : source],
    targets: [edge.back ? source : target],
    ...(edge.label === ''
      ? {}
      : {
          labels: [
            {
              text: edge.label,
              width: textWidth(edge.label, NOTE_SIZE) + 6,
              height: NOTE_SIZE + 5,
            },
          ],
        }),
    // The ordinary way is straight; what is exceptional goes around it.
    layoutOptions: { 'elk.layered.priority.straightness': edge.exceptional || edge.back ? '0' : '10' },
  };
}

function sizeOf({ name, type, note }: Node): { width: number; height: number } {
  if (type === 'Start') return { width: 16, height: 16 };
  const width = Math.max(textWidth(name, NAME_SIZE), textWidth(note, NOTE_SIZE));
  // A Choice is pointed at both sides.
  return { width: Math.ceil(width) + (type === 'Choice' ? 52 : 36), height: note === '' ? 38 : 52 };
}

function placedEdge({ sections, labels }: ElkExtendedEdge, edge: Edge | undefined): PlacedEdge[] {
  const section = sections?.[0];
  if (edge === undefined || section === undefined) return [];
  const points = [section.startPoint, ...(section.bendPoints ?? []), section.endPoint];
  const label = labels?.[0];
  return [
    {
      edge,
      points: edge.back ? points.reverse() : points,
      label:
        label === undefined
          ? undefined
          : { x: (label.x ?? 0) + (label.width ?? 0) / 2, y: (label.y ?? 0) + (label.height ?? 0) / 2 },
      tip: true,
    },
  ];
}

function moved(picture: Picture, by: Point): Picture {
  const move = ({ x, y }: Point): Point => ({ x: x + by.x, y: y + by.y });
  return {
    ...picture,
    nodes: picture.nodes.map((node) => ({ ...node, ...move(node) })),
    edges: picture.edges.map((edge) => ({
      ...edge,
      points: edge.points.map(move),
      label: edge.label === undefined ? undefined : move(edge.label),
    })),
  };
}
