import { plainText, shortText, type About } from '../../../domain/messages/about';
import { backfillMessageOf } from '../../../domain/messages/backfill-message';
import { circuitMessage } from '../../../domain/messages/circuit-message';
import { messageOf } from '../../../domain/messages/run-message';
import { escapeText, type Message } from '../../../domain/messages/slack-text';
import { rollCallMessage } from '../../../domain/messages/roll-call-message';
import { overdueMessage, summaryMessage } from '../../../domain/messages/sweep-messages';
import { unlistedMessage } from '../../../domain/messages/unlisted-message';
import { untoldMessage } from '../../../domain/messages/untold-message';
import type { Form } from '../../delivery/notifier';
import type { SlackMessage } from './send';

/** A message as Slack takes it: in full with blocks, else as text alone. */
export function render(about: About, form: Form): SlackMessage {
  switch (form) {
    case 'full': {
      const { text, blocks } = fullMessage(about);
      return { text, blocks: blocks.map((block) => structuredClone(block)) };
    }
    case 'plain':
      return { text: escapeText(plainText(about)) };
    case 'short':
      return { text: escapeText(shortText(about)) };
  }
}

function fullMessage(about: About): Message {
  switch (about.kind) {
    case 'ending':
      return messageOf(about.manifest);
    case 'backfill':
      return backfillMessageOf(about.manifest);
    case 'overdue':
      return overdueMessage(about.run, about.at);
    case 'circuit':
      return circuitMessage(about.dependency, about.notice, about.concerned);
    case 'unlisted':
      return unlistedMessage(about.unlisted, about.key);
    case 'roll-call':
      return rollCallMessage(about.call);
    case 'endings':
      return summaryMessage(about.dataset, about.manifests, about.at);
    case 'untold':
      return untoldMessage(about.messages);
  }
}
