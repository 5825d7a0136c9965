import type { Edge, Node } from './machine-graph';

/** Where something is in the picture, in pixels from the top left. */
export interface Point {
  readonly x: number;
  readonly y: number;
}
export interface PlacedNode extends Point {
  readonly node: Node;
  readonly width: number;
  readonly height: number;
}
export interface PlacedEdge {
  readonly edge: Edge;
  readonly points: readonly Point[];
  /** Where the label goes: its centre. */
  readonly label: Point | undefined;
  /** Whether it ends in an arrow; one that joins another does not. */
  readonly tip: boolean;
}
export interface Picture {
  readonly width: number;
  readonly height: number;
  /** Outer ones first. */
  readonly nodes: readonly PlacedNode[];
  readonly edges: readonly PlacedEdge[];
}

export const NAME_SIZE = 14;
export const NOTE_SIZE = 11;
/** Width of a text in an unknown sans-serif font, rather too much than too little. */
export function textWidth(text: string, size: number): number {
  return text.length * size * 0.62;
}
