import { cut } from '../../../contracts/batch/bounds';
import type { FullMessage, Line, Message, Piece, Section } from '../../../domain/messages/message';
import { joined, listed } from '../../../domain/text/lists';
import { number } from '../../../domain/text/numbers';
import { ascii, oneLine } from '../../../domain/text/plain';

/** A message as SNS takes it: one text for each protocol, since subscribers show different things. */
export interface SnsMessage {
  readonly subject: string;
  /** By protocol; `default` for all others. */
  readonly messages: Readonly<Record<'default' | 'sms' | 'https', string>>;
  /** For filter policies. */
  readonly attributes: Readonly<Record<string, string>>;
}

/** SNS takes fewer than 100 characters, of which ASCII is sure to be taken. */
const MAX_SUBJECT = 99;
/** One SMS; what is longer is sent, and paid, as several. */
const MAX_SMS = 140;
/**
 * SNS takes 256 KB in all. A character takes 3 bytes at most as JSON (a quote 2), so this is below 90 KB, and the text
 * for HTTPS, in which JSON is in JSON, below 40 KB.
 */
const MAX_TEXT = 30_000;
/** What a chat has room for. */
const MAX_CHAT = 4_000;

export function render(message: Message, channel: string): SnsMessage {
  const { about, severity, line } = message;
  const text = message.form === 'full' ? fullText(message) : cut(oneLine(message.text), MAX_TEXT);
  const dataset = datasetOf(message);
  return {
    subject: ascii(`Rollcall: ${line}`, MAX_SUBJECT),
    messages: { default: text, sms: ascii(line, MAX_SMS), https: chatText(line, text) },
    attributes: { channel, kind: about.kind, severity, ...(dataset === undefined ? {} : { dataset }) },
  };
}

/** The dataset that a message is about, where it is one. */
function datasetOf({ about }: Message): string | undefined {
  switch (about.kind) {
    case 'ending':
      return about.manifest.dataset ?? undefined;
    case 'endings':
      return about.dataset ?? undefined;
    case 'overdue':
      return about.run.dataset;
    case 'unlisted':
      return about.unlisted.dataset;
    case 'backfill':
    case 'circuit':
    case 'roll-call':
    case 'untold':
      return undefined;
  }
}

/**
 * The form that Amazon Q Developer in chat applications (AWS Chatbot) shows in Slack and Teams; anything else that
 * subscribes by HTTPS finds title and text in it. It is Markdown there, so foreign text must neither link nor mention.
 */
function chatText(line: string, text: string): string {
  const harmless = (plain: string) => plain.replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/>/g, '&gt;');
  const title = harmless(oneLine(line));
  const content = { textType: 'client-markdown', title, description: harmless(cut(text, MAX_CHAT)) };
  return JSON.stringify({ version: '1.0', source: 'custom', content });
}

function fullText(message: FullMessage): string {
  const { headline, story, more, sections, facts, all } = message;
  const first = joined(
    [`${oneLine(headline)}${story === '' ? '' : ':'}`, oneLine(story), more === undefined ? '' : pieceOf(more)],
    ' ',
  );
  const body = [first, ...sections.map(sectionOf)].join('\n\n');
  const end = joined([...facts.map(lineOf), all === undefined ? '' : `All of it: ${all}`], '\n');
  // What is cut are names at the end of a long list; where to find all of it stays.
  return joined([cut(body, MAX_TEXT - end.length - 2), end], '\n\n');
}

function sectionOf(section: Section): string {
  switch (section.kind) {
    case 'facts':
      return section.facts
        .map(({ name, text }) => `${name === undefined ? '' : `${name}: `}${lineOf(text)}`)
        .join('\n');
    case 'list': {
      const more = section.more === 0 ? [] : [`... and ${number(section.more)} more, all in the manifest`];
      return [`${section.title}:`, ...section.items.map((item) => `- ${lineOf(item)}`), ...more].join('\n');
    }
    case 'each':
      return section.items.map((item) => `- ${lineOf(item)}`).join('\n');
    case 'names':
      return `${lineOf(section.title)}\n${listed(section.names.map(oneLine))}`;
  }
}

const lineOf = (line: Line): string => line.map(pieceOf).join('');

function pieceOf(piece: Piece): string {
  if (typeof piece === 'string') return oneLine(piece);
  if ('literal' in piece) return piece.literal.trim() === '' ? '(empty)' : oneLine(cut(piece.literal, piece.max));
  if ('strong' in piece) return oneLine(piece.strong);
  return `${piece.label}: ${piece.url}`;
}
