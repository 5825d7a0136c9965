import { text } from '../../duckdb/sql';
import type { MemberPath } from './member-finder';

/** A JSON pointer: unlike a path it has no wildcards, so that a member may be called `*`. */
export function pointer(path: MemberPath): string {
  return text(path.map((name) => `/${name.replaceAll('~', '~0').replaceAll('/', '~1')}`).join(''));
}

/** Pointers that are asked for in one go: what DuckDB gives is a list in their order. */
export class Pointers {
  private readonly places = new Map<string, number>();

  constructor(private readonly list: string) {}

  /** SQL for what is found at a path. */
  at(path: MemberPath): string {
    const key = pointer(path);
    const place = this.places.get(key) ?? this.places.size + 1;
    this.places.set(key, place);
    return `${this.list}[${place}]`;
  }

  /** SQL for the list of pointers, once all were asked for. */
  get sql(): string {
    return `[${[...this.places.keys()].join(', ')}]`;
  }

  get size(): number {
    return this.places.size;
  }
}

/**
 * The paths to the objects in which a member stands, the outermost, which has none, left out.
 */
export function around(path: MemberPath): MemberPath[] {
  return path.slice(1).map((_, i) => path.slice(0, i + 1));
}
