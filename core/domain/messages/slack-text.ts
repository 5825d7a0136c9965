import { visible } from '../../contracts/visible';

/**
 * Slack's text: what keeps a message valid whatever is in it. Limits from docs.slack.dev: 50 blocks, 3,000 characters per section; and
 * an undocumented total of about 13,000, beyond which a message is refused as `msg_blocks_too_long`.
 */

/** A part of a message. The two kinds that are needed, a subset of Block Kit. */
export type Block =
  | { readonly type: 'section'; readonly text: MarkdownText }
  | { readonly type: 'context'; readonly elements: readonly MarkdownText[] };

interface MarkdownText {
  readonly type: 'mrkdwn';
  readonly text: string;
  /** No links made of what looks like one: keys and values are to be read as they are. */
  readonly verbatim: true;
}

export interface Message {
  /** What notifications show, and the whole message where blocks are not taken. Never empty. */
  readonly text: string;
  readonly blocks: readonly Block[];
}

export function section(text: string, max: number): Block {
  return { type: 'section', text: markdown(clip(text, max)) };
}

export function context(text: string, max: number): Block {
  return { type: 'context', elements: [markdown(clip(text, max))] };
}

const markdown = (text: string): MarkdownText => ({ type: 'mrkdwn', text, verbatim: true });

/**
 * Foreign text for use in mrkdwn: `&`, `<` and `>` escaped (so it can neither link nor mention), on one line, well-formed, in the order in
 * which it is written.
 */
export function escapeText(text: string): string {
  return (
    visible(text)
      // eslint-disable-next-line no-control-regex
      .replace(/[\u0000-\u001f\u007f-\u009f\u2028\u2029]+/g, ' ')
      .toWellFormed()
      .replace(/&/g, '&amp;')
      .replace(/</g, '&lt;')
      .replace(/>/g, '&gt;')
  );
}

/** Foreign text as code. */
export function code(text: string, max = 120): string {
  const plain = text.trim() === '' ? '(empty)' : text.replaceAll('`', "'");
  return `\`${escapeText(shorten(plain, max))}\``;
}

/** Text of at most `max` characters, with an ellipsis where something is missing. */
export function shorten(text: string, max: number): string {
  return text.length <= max ? text : `${text.slice(0, max - 1).toWellFormed()}…`;
}

/** Escaped text cut to size, never inside an escape. */
export function clip(escaped: string, max: number): string {
  if (escaped.length <= max) return escaped;
  return `${escaped
    .slice(0, max - 1)
    .replace(/&[a-z]{0,3}$/, '')
    .replace(/[\ud800-\udbff]$/, '')}…`;
}

/** `1,485`. */
export function number(value: number): string {
  return value.toLocaleString('en-US');
}

/** `1 record`, `1,485 records`. */
export function count(value: number, noun: string, plural = `${noun}s`): string {
  return `${number(value)} ${value === 1 ? noun : plural}`;
}

/** `12.3 MB`, in decimal units like the S3 console's. */
export function bytes(value: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB'];
  let size = value;
  let unit = 0;
  while (size >= 1000 && unit < units.length - 1) {
    size /= 1000;
    unit += 1;
  }
  return `${size.toLocaleString('en-US', { maximumFractionDigits: unit === 0 || size >= 100 ? 0 : 1 })} ${units[unit] ?? ''}`;
}

/** `42 s`, `2 min 5 s`, `3 h 10 min`, `2 d 4 h`. */
export function duration(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds));
  const units: readonly (readonly [string, number])[] = [
    ['d', 86_400],
    ['h', 3_600],
    ['min', 60],
    ['s', 1],
  ];
  const first = Math.max(
    0,
    units.findIndex(([, size]) => whole >= size),
  );
  if (whole === 0) return 'less than 1 s';
  const [unit, size] = units[first] ?? ['s', 1];
  const [lesserUnit, lesserSize] = units[first + 1] ?? ['', 0];
  const rest = lesserSize === 0 ? 0 : Math.floor((whole % size) / lesserSize);
  return `${Math.floor(whole / size)} ${unit}${rest === 0 ? '' : ` ${rest} ${lesserUnit}`}`;
}
