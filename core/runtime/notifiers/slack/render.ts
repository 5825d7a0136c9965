import type { FullMessage, Message, Section, Sign } from '../../../domain/messages/message';
import { number } from '../../../domain/text/numbers';
import { clip, context, escapeText, mrkdwn, section, type Block } from './mrkdwn';

/** A message as Slack takes it: in full with blocks, else as text alone. */
export interface SlackMessage {
  /** What notifications show, and the whole message where blocks are not taken. Never empty. */
  readonly text: string;
  readonly blocks?: readonly Block[];
}

/** Far more than a first line ever has, far less than Slack takes. */
const MAX_LINE = 1400;
/** Room for names in one section of Slack's 3,000 characters, and with its title. */
const SECTION_NAMES = 2600;
const SECTION_WHOLE = 2900;
/** Room for all names of a message: Slack takes some 13,000 characters in all; head and small print need some. */
const ALL_NAMES = 11_000;
/** Room for one of several items of which each has to be there; they are far shorter. */
const ITEM_TEXT = 700;
const SMALL_PRINT = 2000;

const MARKS: Readonly<Record<Sign, string>> = {
  success: '✅',
  incomplete: '⚠️',
  'no data': '⚪',
  skipped: '⏭️',
  failed: '❌',
  'timed out': '⌛',
  aborted: '🛑',
  'never started': '🚨',
  'circuit open': '🔌',
  overdue: '⏰',
  'many endings': '📋',
  'not delivered': '📭',
  overview: '📣',
};

/** The message as Slack takes it. */
export function render(message: Message): SlackMessage {
  return message.form === 'full' ? inFull(message) : { text: escapeText(message.text) };
}

function inFull(message: FullMessage): Required<SlackMessage> {
  const { sign, story, brief, facts, all } = message;
  const mark = MARKS[sign];
  const head = escapeText(message.headline);
  const rest = escapeText(story);
  const room = { names: ALL_NAMES };
  const blocks = [firstBlock(message, mark, head, rest), ...message.sections.flatMap((one) => blocksOf(one, room))];
  const small = facts.map(mrkdwn);
  if (all !== undefined) small.push(mrkdwn([allIn(room.names <= 0), { literal: all, max: 400 }]));
  if (small.length > 0) blocks.push(context(small.join(' · '), SMALL_PRINT));
  const text = `${mark} ${head}: ${brief === undefined ? rest : mrkdwn(brief)}`;
  return { text: brief === undefined ? clip(text, MAX_LINE) : text, blocks };
}

function firstBlock({ more }: FullMessage, mark: string, head: string, rest: string): Block {
  if (rest === '') return section(`${mark} *${head}*`, MAX_LINE);
  if (more === undefined) return section(`${mark} *${head}:* ${rest}`, MAX_LINE);
  return section(`${mark} *${head}:* ${clip(rest, MAX_LINE)} ${mrkdwn([more])}`, 2 * MAX_LINE);
}

function allIn(isCut: boolean): string {
  return isCut ? 'There are more: all of them are in ' : 'Also in ';
}

function blocksOf(part: Section, room: { names: number }): Block[] {
  switch (part.kind) {
    case 'facts': {
      const lines = part.facts.map(({ name, text, room: most = part.room }) => {
        return `${name === undefined ? '' : `*${name}:* `}${clip(mrkdwn(text), most)}`;
      });
      return [section(lines.join('\n'), part.room)];
    }
    case 'list': {
      const lines = part.items.map((item) => `• ${mrkdwn(item)}`);
      const more = part.more === 0 ? [] : [`… and ${number(part.more)} more, all in the manifest`];
      return [section([`*${part.title}:*`, ...lines, ...more].join('\n'), part.room)];
    }
    case 'each':
      return packed(part.items.map((item) => clip(`• ${mrkdwn(item)}`, ITEM_TEXT)));
    case 'names': {
      const title = `${part.sign === undefined ? '' : `${MARKS[part.sign]} `}${mrkdwn(part.title)}`;
      const blocks: Block[] = [];
      for (const text of chunks(title, part.names.map(escapeText))) {
        if (room.names <= 0) break;
        blocks.push(section(clip(text, room.names), SECTION_WHOLE));
        room.names -= text.length;
      }
      return blocks;
    }
  }
}

/** Lines in as few sections as hold them. */
function packed(lines: readonly string[]): Block[] {
  const texts: string[] = [];
  for (const line of lines) {
    const last = texts.at(-1);
    if (last === undefined || last.length + line.length >= SECTION_WHOLE) texts.push(line);
    else texts[texts.length - 1] = `${last}\n${line}`;
  }
  return texts.map((text) => section(text, SECTION_WHOLE));
}

/** A title and names after it, in texts that each fit into a section. */
function chunks(title: string, names: readonly string[]): string[] {
  const texts: string[] = [];
  let text = title;
  for (const [i, name] of names.entries()) {
    if (text.length + name.length > SECTION_NAMES) {
      texts.push(text);
      text = name;
    } else text += `${i === 0 ? '\n' : ', '}${name}`;
  }
  return [...texts, text];
}
