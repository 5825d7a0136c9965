/** A step of a path: a field, an index, or `many` for everything that selects a list (`[*]`, `..`, filters, slices). */
export type Segment = { readonly field: string } | { readonly index: number } | { readonly many: true };

export interface JsonPath {
  /** `$` the state's input, `$$` the context object, `variable` a workflow variable (`$name`). */
  readonly root: '$' | '$$' | 'variable';
  readonly segments: readonly Segment[];
}

/** Reads a path; undefined where it is none. */
export function parsePath(text: string): JsonPath | undefined {
  const head = /^\$(\$|[A-Za-z_]\w*)?/.exec(text);
  if (head === null) return undefined;
  const root = head[1] === undefined ? '$' : head[1] === '$' ? '$$' : 'variable';
  const segments: Segment[] = [];
  let rest = text.slice(head[0].length);
  while (rest !== '') {
    const found = segmentAt(rest);
    if (found === undefined) return undefined;
    segments.push(found.segment);
    // What comes after a list is read from a list again: it can't be missing in the way a field can.
    if ('many' in found.segment) break;
    rest = rest.slice(found.length);
  }
  return { root, segments };
}

function segmentAt(text: string): { segment: Segment; length: number } | undefined {
  const field = /^\.([^.[\]*\s()]+)/.exec(text) ?? /^\[\s*(?:'((?:[^'\\]|\\.)*)'|"((?:[^"\\]|\\.)*)")\s*\]/.exec(text);
  if (field !== null) return { segment: { field: field[1] ?? field[2] ?? field[3] ?? '' }, length: field[0].length };
  const index = /^\[\s*(\d+)\s*\]/.exec(text);
  if (index !== null) return { segment: { index: Number(index[1]) }, length: index[0].length };
  if (/^(\.\.|\.\*|\[)/.test(text)) return { segment: { many: true }, length: text.length };
  return undefined;
}

/** The paths that an intrinsic function reads, those of functions inside it included: `States.Format('{}', $.a)` → `$.a`. */
export function pathsInIntrinsic(text: string): string[] {
  const withoutStrings = text.replace(/(?<!\[)'(?:[^'\\]|\\.)*'(?!\])/g, "''");
  return [...withoutStrings.matchAll(/\$(?:[^\s,()[\]]|\[[^\]]*\])*/g)].map((match) => match[0]);
}

export function isIntrinsic(text: string): boolean {
  return /^States\.\w+\s*\(/.test(text.trim());
}
