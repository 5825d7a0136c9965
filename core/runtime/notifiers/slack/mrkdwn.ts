import { cut } from '../../../contracts/batch/bounds';
import type { Line, Piece } from '../../../domain/messages/message';
import { oneLine } from '../../../domain/text/plain';

/**
 * Slack's text: what keeps a message valid whatever is in it. Limits from docs.slack.dev: 50 blocks, 3,000 characters
 * per section; and an undocumented total of about 13,000, beyond which a message is refused as `msg_blocks_too_long`.
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

export function section(text: string, max: number): Block {
  return { type: 'section', text: markdown(clip(text, max)) };
}

export function context(text: string, max: number): Block {
  return { type: 'context', elements: [markdown(clip(text, max))] };
}

const markdown = (text: string): MarkdownText => ({ type: 'mrkdwn', text, verbatim: true });

/** The pieces of a line, as mrkdwn. */
export function mrkdwn(line: Line): string {
  return line.map(pieceOf).join('');
}

function pieceOf(piece: Piece): string {
  if (typeof piece === 'string') return escapeText(piece);
  if ('literal' in piece) return code(piece.literal, piece.max);
  if ('strong' in piece) return `*${escapeText(piece.strong)}*`;
  // What could end the link must not stand in it.
  return `<${piece.url.replace(/[|<>]/g, encodeURIComponent)}|${escapeText(piece.label)}>`;
}

/** Foreign text for use in mrkdwn: `&`, `<` and `>` escaped, so it can neither link nor mention, on one line. */
export function escapeText(text: string): string {
  return oneLine(text).replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/>/g, '&gt;');
}

/** Foreign text as code. */
export function code(text: string, max = 120): string {
  const plain = text.trim() === '' ? '(empty)' : text.replaceAll('`', "'");
  return `\`${escapeText(cut(plain, max))}\``;
}

/** Escaped text cut to size, never inside an escape. */
export function clip(escaped: string, max: number): string {
  if (escaped.length <= max) return escaped;
  return `${escaped
    .slice(0, max - 1)
    .replace(/&[a-z]{0,3}$/, '')
    .replace(/[\ud800-\udbff]$/, '')}…`;
}
