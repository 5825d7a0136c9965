import { plainText, shortText, type About } from './about';
import { backfillMessage } from './backfill-message';
import { circuitMessage } from './circuit-message';
import type { Body, Form, Message } from './message';
import { rollCallMessage } from './roll-call-message';
import { runMessage } from './run-message';
import { severityOf } from './severity';
import { overdueMessage, summaryMessage } from './sweep-messages';
import { unlistedMessage } from './unlisted-message';
import { untoldMessage } from './untold-message';

/** The message about something, in full or more plainly: a pure function of what is on record. */
export function messageOf(about: About, form: Form): Message {
  const head = { about, severity: severityOf(about), line: shortText(about) };
  switch (form) {
    case 'full':
      return { form, ...head, ...bodyOf(about) };
    case 'plain':
      return { form, ...head, text: plainText(about) };
    case 'short':
      return { form, ...head, text: head.line };
  }
}

function bodyOf(about: About): Body {
  switch (about.kind) {
    case 'ending':
      return runMessage(about.manifest);
    case 'backfill':
      return backfillMessage(about.manifest);
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
