import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { manifestSchema } from '../core/contracts/run/manifest';
import { messageOf } from '../core/domain/messages/message-of';
import type { Block } from '../core/runtime/notifiers/slack/mrkdwn';
import { render } from '../core/runtime/notifiers/slack/render';
import { between } from './generated';

/** Between which lines of the README the message is. */
export const MARKERS = { begin: '<!-- message: written by npm run docs -->', end: '<!-- end of message -->' } as const;

/** The manifest that it is about: of an hour of `npm run local` in which the vendor renamed a column. */
const MANIFEST = path.join(__dirname, '..', 'docs', 'examples', 'failed-run.json');

/** What people get in Slack about the example: our own renderer's message, as a quotation in Markdown. */
export function exampleMessage(): string {
  const manifest = manifestSchema.parse(JSON.parse(readFileSync(MANIFEST, 'utf8')));
  const { blocks = [] } = render(messageOf({ kind: 'ending', manifest }, 'full'));
  return blocks
    .flatMap((block) => [...markdownOf(block).split('\n'), ''])
    .slice(0, -1)
    .map((line) => `> ${line}`.trimEnd())
    .join('\n');
}

/**
 * The README with the message put between its markers.
 * @throws Error when it lacks them
 */
export function withExampleMessage(readme: string): string {
  return between(readme, MARKERS, exampleMessage());
}

/** Slack writes bold with one asterisk and links in angle brackets. The execution of the example is in no one's console. */
function markdownOf(block: Block): string {
  const text = block.type === 'section' ? block.text.text : block.elements.map((one) => one.text).join(' ');
  return text
    .replace(/<https:[^|>]*\|([^>]*)>/g, '$1')
    .replace(/^•/gm, '-')
    .replace(/(^|\s)\*([^*\n]+)\*/g, '$1**$2**');
}

if (require.main === module) {
  const file = path.join(__dirname, '..', 'README.md');
  writeFileSync(file, withExampleMessage(readFileSync(file, 'utf8')));
}
