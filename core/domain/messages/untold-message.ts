import { plainText, untoldReason, type UntoldMessage } from './about';
import { clip, code, context, escapeText, section, type Block, type Message } from './slack-text';

/** Room for the lines of one section of Slack's 3,000 characters; a line is far shorter. */
const SECTION_TEXT = 2900;
const LINE_TEXT = 700;

/** The notice about messages that could not be delivered by themselves, or that may have arrived twice or not at all. Names each. */
export function untoldMessage(messages: readonly UntoldMessage[]): Message {
  const [head = ''] = plainText({ kind: 'untold', messages }).split(':');
  const lines = messages.map((one) => {
    return clip(`• *${escapeText(one.line)}* ${escapeText(untoldReason(one))}; ${code(one.key, 300)}`, LINE_TEXT);
  });
  return {
    text: `📭 ${escapeText(head)}: ${escapeText(messages.map(({ line }) => line).join(', '))}`,
    blocks: [
      section(`📭 *${escapeText(head)}*`, 1400),
      ...sections(lines),
      context('What each is about is on record in the ledger, under the key beside it.', 1000),
    ],
  };
}

function sections(lines: readonly string[]): Block[] {
  const texts: string[] = [];
  for (const line of lines) {
    const last = texts.at(-1);
    if (last === undefined || last.length + line.length >= SECTION_TEXT) texts.push(line);
    else texts[texts.length - 1] = `${last}\n${line}`;
  }
  return texts.map((text) => section(text, SECTION_TEXT));
}
