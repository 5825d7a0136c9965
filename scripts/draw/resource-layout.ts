import ELK, { type ElkNode } from 'elkjs/lib/elk.bundled.js';
import type { Edge, Graph, Node } from './machine-graph';
import { NAME_SIZE, NOTE_SIZE, textWidth, type Picture, type PlacedEdge, type PlacedNode } from './picture';

/** From left to right: what starts something, the machines, what waits for their ends, the functions, and what they read and write. */
const COLUMNS: Readonly<Record<string, number>> = { Starter: 0, Machine: 1, Rule: 2, Function: 3 };
const LAST_COLUMN = 4;

const OPTIONS = {
  'elk.algorithm': 'layered',
  'elk.direction': 'RIGHT',
  'elk.edgeRouting': 'ORTHOGONAL',
  'elk.randomSeed': '1',
  'elk.partitioning.activate': 'true',
  'elk.layered.considerModelOrder.strategy': 'PREFER_NODES',
  'elk.layered.nodePlacement.strategy': 'NETWORK_SIMPLEX',
  'elk.layered.spacing.nodeNodeBetweenLayers': '36',
  'elk.layered.spacing.edgeNodeBetweenLayers': '14',
  'elk.layered.spacing.edgeEdgeBetweenLayers': '12',
  'elk.spacing.nodeNode': '18',
  'elk.padding': '[top=24,left=24,bottom=16,right=24]',
};

/** Places resources in columns. The same graph always gives the same picture. */
export async function layOutResources(graph: Graph): Promise<Picture> {
  const level: ElkNode = {
    id: 'resources',
    layoutOptions: OPTIONS,
    children: graph.nodes.map((node) => ({
      id: node.name,
      ...sizeOf(node),
      ports: portsOf(graph, node),
      layoutOptions: {
        'elk.partitioning.partition': String(columnOf(node)),
        'elk.portConstraints': 'FIXED_SIDE',
      },
    })),
    edges: graph.edges.map((edge, index) => ({
      id: String(index),
      sources: [portOf(graph, edge, 'out')],
      targets: [portOf(graph, edge, 'in')],
    })),
  };
  const placed: ElkNode = await new ELK().layout(level);
  return {
    width: Math.ceil(placed.width ?? 0),
    height: Math.ceil(placed.height ?? 0),
    nodes: (placed.children ?? []).flatMap(({ id, x = 0, y = 0, width = 0, height = 0 }): PlacedNode[] => {
      const node = graph.nodes.find(({ name }) => name === id);
      return node === undefined ? [] : [{ node, x, y, width, height }];
    }),
    edges: (placed.edges ?? []).flatMap(({ sections }, index): PlacedEdge[] => {
      const edge = graph.edges[index];
      const section = sections?.[0];
      if (edge === undefined || section === undefined) return [];
      const points = [section.startPoint, ...(section.bendPoints ?? []), section.endPoint];
      return [{ edge, points, label: undefined, tip: true }];
    }),
  };
}

const columnOf = ({ type }: Pick<Node, 'type'>): number => COLUMNS[type] ?? LAST_COLUMN;

/**
 * Where an edge meets a box. Those that share a place are drawn as one trunk: all that come to something in the last column, all that leave
 * anything else. The other end is the edge's own, so that no trunk runs into another and each line can be followed.
 */
function portOf({ nodes }: Graph, { from, to }: Edge, side: 'in' | 'out'): string {
  const toLast = nodes.some((node) => node.name === to && columnOf(node) === LAST_COLUMN);
  const shared = toLast === (side === 'in');
  return shared ? `${side === 'in' ? to : from} ${side}` : `${side === 'in' ? to : from} ${side} ${from} ${to}`;
}

function portsOf(graph: Graph, { name }: Node) {
  const sides = { in: 'WEST', out: 'EAST' } as const;
  const ids = graph.edges.flatMap((edge) => [
    ...(edge.to === name ? [{ id: portOf(graph, edge, 'in'), side: sides.in }] : []),
    ...(edge.from === name ? [{ id: portOf(graph, edge, 'out'), side: sides.out }] : []),
  ]);
  return [...new Map(ids.map((port) => [port.id, port])).values()].map(({ id, side }) => ({
    id,
    width: 0,
    height: 0,
    layoutOptions: { 'elk.port.side': side },
  }));
}

function sizeOf({ name, note }: Node): { width: number; height: number } {
  return { width: Math.ceil(Math.max(textWidth(name, NAME_SIZE), textWidth(note, NOTE_SIZE))) + 24, height: 46 };
}
