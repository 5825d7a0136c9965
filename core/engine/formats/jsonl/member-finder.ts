/** A way through objects from member to member. */
export type MemberPath = readonly string[];

interface Node {
  /** Members that are looked for, by how many bytes their names have. */
  readonly children: (readonly Child[] | undefined)[];
  /** Places of the paths that end here. */
  readonly wanted: number[];
}

interface Child {
  /** In UTF-8. */
  readonly name: Buffer;
  readonly node: Node;
}

const QUOTE = 34;
const COMMA = 44;
const COLON = 58;
const BACKSLASH = 92;
const OPEN_BRACE = 123;
const CLOSE_BRACE = 125;

/**
 * Finds the bytes of members in one JSON object. It tells tokens apart, and leaves it to the reader whether they are right: what has a
 * comma too many, or `NaN`, is found as well.
 */
export class MemberFinder {
  /** Where each path's value begins in the object that was looked into last, -1 for none; and where it ends. */
  readonly starts: Int32Array;
  readonly ends: Int32Array;
  private readonly root: Node = { children: [], wanted: [] };
  private bytes: Buffer = Buffer.alloc(0);
  /** Of the string that was passed last. */
  private hasEscape = false;

  constructor(paths: readonly MemberPath[]) {
    this.starts = new Int32Array(paths.length);
    this.ends = new Int32Array(paths.length);
    for (const [i, path] of paths.entries()) {
      let node = this.root;
      for (const name of path) {
        node = childOf(node, Buffer.from(name, 'utf8'));
      }
      node.wanted.push(i);
    }
  }

  /**
   * Looks into an object. Of members of one name it finds the first.
   * @returns whether it is one: from a brace to the one that closes it, strings whole, and nothing but blanks around
   */
  find(bytes: Buffer): boolean {
    this.bytes = bytes;
    this.starts.fill(-1);
    const at = this.blanks(0);
    if (bytes[at] !== OPEN_BRACE) return false;
    const end = this.object(at, this.root);
    return end !== -1 && this.blanks(end) === bytes.length;
  }

  /** All of these give where what begins at `at` ends, or -1 where it does not. */
  private object(from: number, node: Node): number {
    const { bytes } = this;
    for (let at = this.blanks(from + 1); bytes[at] !== CLOSE_BRACE;) {
      const end = bytes[at] === QUOTE ? this.string(at) : -1;
      if (end === -1) return -1;
      const child = this.child(node, at, end);
      at = this.blanks(end);
      if (bytes[at] !== COLON) return -1;
      const start = this.blanks(at + 1);
      const descends = child !== undefined && child.children.length > 0 && bytes[start] === OPEN_BRACE;
      at = descends ? this.object(start, child) : this.value(start);
      if (at === -1) return -1;
      if (child !== undefined) this.keep(child, start, at);
      at = this.blanks(at);
      if (bytes[at] === CLOSE_BRACE) return at + 1;
      if (bytes[at] !== COMMA) return -1;
      at = this.blanks(at + 1);
      if (bytes[at] === CLOSE_BRACE) return at + 1;
    }
    return this.blanks(from + 1) + 1;
  }

  private value(from: number): number {
    const { bytes } = this;
    const first = bytes[from]!;
    if (first === QUOTE) return this.string(from);
    if ((first & 0xdf) !== 0x5b) {
      let at = from;
      while (at < bytes.length && isOfLiteral(bytes[at]!)) at += 1;
      return at === from ? -1 : at;
    }
    let depth = 0;
    for (let at = from; at < bytes.length; at += 1) {
      const byte = bytes[at]!;
      if (byte === QUOTE) {
        const end = this.string(at);
        if (end === -1) return -1;
        at = end - 1;
        // `[` and `{`, `]` and `}` differ in one bit.
      } else if ((byte & 0xdf) === 0x5b) depth += 1;
      else if ((byte & 0xdf) === 0x5d) {
        depth -= 1;
        if (depth === 0) return at + 1;
      }
    }
    return -1;
  }

  private string(from: number): number {
    const { bytes } = this;
    this.hasEscape = false;
    for (let at = from + 1; at < bytes.length; at += 1) {
      const byte = bytes[at]!;
      if (byte === BACKSLASH) {
        this.hasEscape = true;
        at += 1;
      } else if (byte === QUOTE) return at + 1;
    }
    return -1;
  }

  private blanks(from: number): number {
    let at = from;
    while (at < this.bytes.length && isBlankByte(this.bytes[at]!)) at += 1;
    return at;
  }

  private keep({ wanted }: Node, start: number, end: number): void {
    for (const i of wanted) {
      if (this.starts[i] !== -1) continue;
      this.starts[i] = start;
      this.ends[i] = end;
    }
  }

  /** What is looked for under a name, of which the quotes stand at `from` and before `to`. */
  private child({ children }: Node, from: number, to: number): Node | undefined {
    if (children.length === 0) return undefined;
    if (this.hasEscape) return withName(children, this.unescaped(from, to), 0, undefined);
    return withName(children, this.bytes, from + 1, to - 1);
  }

  private unescaped(from: number, to: number): Buffer {
    try {
      return Buffer.from(String(JSON.parse(this.bytes.toString('utf8', from, to))), 'utf8');
    } catch (error) {
      // An escape that is none: the reader refuses the record.
      if (error instanceof SyntaxError) return Buffer.alloc(0);
      throw error;
    }
  }
}

function childOf(node: Node, name: Buffer): Node {
  const known = withName(node.children, name, 0, undefined);
  if (known !== undefined) return known;
  const child = { name, node: { children: [], wanted: [] } };
  node.children[name.length] = [...(node.children[name.length] ?? []), child];
  return child.node;
}

function withName(children: Node['children'], bytes: Buffer, from: number, end: number | undefined): Node | undefined {
  const length = (end ?? bytes.length) - from;
  for (const { name, node } of children[length] ?? []) {
    let same = 0;
    while (same < length && name[same] === bytes[from + same]) same += 1;
    if (same === length) return node;
  }
  return undefined;
}

export const isBlankByte = (byte: number) => byte === 32 || byte === 10 || byte === 13 || byte === 9;

/** One of which numbers, `true`, `false`, `null` and `NaN` consist. */
export const isOfLiteral = (byte: number) =>
  (byte >= 48 && byte <= 57) ||
  (byte >= 97 && byte <= 122) ||
  byte === 45 ||
  byte === 46 ||
  byte === 43 ||
  (byte >= 65 && byte <= 90);
