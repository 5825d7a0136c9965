import { plainText, untoldReason, type UntoldMessage } from './about';
import { literal, type Body } from './message';

/** The notice about messages that could not be delivered by themselves, or that may have arrived twice or not at all. Names each. */
export function untoldMessage(messages: readonly UntoldMessage[]): Body {
  const [headline = ''] = plainText({ kind: 'untold', messages }).split(':');
  return {
    sign: 'not delivered',
    headline,
    story: '',
    brief: [messages.map(({ line }) => line).join(', ')],
    sections: [
      {
        kind: 'each',
        items: messages.map((one) => [{ strong: one.line }, ` ${untoldReason(one)}; `, literal(one.key, 300)]),
      },
    ],
    facts: [['What each is about is on record in the ledger, under the key beside it.']],
  };
}
