/** What was seen of one file's text. All of it where the file is small. */
export interface TextSample {
  /** Path or URI, for people. */
  readonly name: string;
  /** The beginning, decoded. Ends in the middle of a line where it is cut. */
  readonly head: string;
  /** Whether the file goes on behind `head`. */
  readonly cut: boolean;
  /** Pieces of the rest, each from the beginning of a line to the end of one. */
  readonly pieces: readonly string[];
  /** The last lines, from the beginning of one, where they are not in `head`; null where they were not read. */
  readonly end: string | null;
}

/** A sample that is the whole file. */
export function wholeText(name: string, text: string): TextSample {
  return { name, head: text, cut: false, pieces: [], end: null };
}

const LINE_END = /\r\n|\n|\r/;

/** The first physical lines of a sample, without their ends; the last one only where it is whole. */
export function firstLines({ head, cut }: Pick<TextSample, 'head' | 'cut'>, most: number): string[] {
  const text = head.slice(0, most * 4096);
  const lines = text.split('\n', most + 1);
  if (lines.length <= most && (cut || text.length < head.length || lines.at(-1) === '')) lines.pop();
  return lines.slice(0, most).map((line) => (line.endsWith('\r') ? line.slice(0, -1) : line));
}

/** The last physical line that is not blank, of the file's end. Null where that was not read. */
export function lastLine({ head, cut, end }: TextSample): string | null {
  const text = cut ? end : head;
  if (text === null) return null;
  const lines = text.trimEnd().slice(-65_536).split(LINE_END);
  return lines.at(-1) ?? null;
}
