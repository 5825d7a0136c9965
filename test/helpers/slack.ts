import type { Manifest } from '../../core/contracts/run/manifest';
import type { About } from '../../core/domain/messages/about';
import { messageOf } from '../../core/domain/messages/message-of';
import type { Block } from '../../core/runtime/notifiers/slack/mrkdwn';
import { render } from '../../core/runtime/notifiers/slack/render';

/** A message in full, as Slack takes it. */
export function inSlack(about: About): { readonly text: string; readonly blocks: readonly Block[] } {
  const { text, blocks = [] } = render(messageOf(about, 'full'));
  return { text, blocks };
}

/** The message about a run, as Slack takes it. */
export const runInSlack = (manifest: Manifest) => inSlack({ kind: 'ending', manifest });

/** What a block says. */
export const textOf = (block: Block): string =>
  block.type === 'section' ? block.text.text : block.elements.map(({ text }) => text).join('');
