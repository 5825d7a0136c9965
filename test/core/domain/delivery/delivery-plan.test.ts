import type { OutboxPointer } from '../../../../core/contracts/run/manifest';
import { planDelivery, type Waiting } from '../../../../core/domain/delivery/delivery-plan';

const NOW = new Date('2026-01-20T06:30:00.000Z');
const later = '2026-01-20T06:31:00.000Z';

function waiting(pointer: Partial<OutboxPointer> = {}, part: Partial<Waiting> = {}): Waiting {
  return {
    pointer: { schemaVersion: 1, messageId: 'm', manifestKey: 'k', since: '2026-01-20T06:00:00.000Z', ...pointer },
    kind: 'ending',
    dataset: 'flights',
    channel: 'default',
    ...part,
  };
}
const many = (count: number, pointer: Partial<OutboxPointer> = {}, part: Partial<Waiting> = {}) =>
  Array.from({ length: count }, () => waiting(pointer, part));
const planned = (all: readonly Waiting[]) =>
  planDelivery(all, NOW).map(({ channel, units }) => [
    channel,
    units.map(({ messages, as, due }) => `${messages.length} ${as}${due ? '' : ', if the channel takes something'}`),
  ]);

describe('what is posted', () => {
  it.each<[string, Waiting[], unknown]>([
    ['nothing', [], []],
    ['up to five endings one by one', many(5), [['default', Array(5).fill('1 itself')]]],
    ['more in one summary', many(6), [['default', ['6 summary']]]],
    ['a great many in several', many(900), [['default', ['400 summary', '400 summary', '100 summary']]]],
    [
      'each dataset for itself',
      [...many(6), waiting({}, { dataset: 'other' })],
      [['default', ['6 summary', '1 itself']]],
    ],
    ['overdue runs never in a summary', many(7, {}, { kind: 'overdue' }), [['default', Array(7).fill('1 itself')]]],
    ['runs without a dataset together', many(6, {}, { dataset: null }), [['default', ['6 summary']]]],
    ['nothing in a channel where nothing is due', many(6, { nextAttemptAt: later }), []],
    [
      'what is due first, and the rest once the channel has taken that',
      [waiting({ nextAttemptAt: later }, { dataset: 'other' }), waiting()],
      [['default', ['1 itself', '1 itself, if the channel takes something']]],
    ],
    [
      'a summary that is due in part as a whole',
      [waiting(), ...many(6, { nextAttemptAt: later })],
      [['default', ['7 summary']]],
    ],
    [
      'nothing before the Retry-After of any message of the channel',
      [waiting(), waiting({ notBefore: later }), waiting({}, { channel: 'other' })],
      [['other', ['1 itself']]],
    ],
    [
      'what fails by itself only when it is due, last, and in no summary',
      [waiting({ own: true, attempts: 2 }), waiting({ own: true, nextAttemptAt: later }), ...many(6)],
      [['default', ['6 summary', '1 itself']]],
    ],
    ['what is told plainly in no summary', many(6, { form: 'plain' }), [['default', Array(6).fill('1 itself')]]],
    [
      'what is only named in one notice, as soon as one of them is due',
      [waiting({ form: 'name' }), waiting({ form: 'name', nextAttemptAt: later })],
      [['default', ['2 notice']]],
    ],
    [
      'what may have arrived once something else is taken',
      [waiting(), waiting({ unanswered: 3 }), waiting({ unanswered: 3 })],
      [['default', ['1 itself', '2 notice, if the channel takes something']]],
    ],
    [
      'where there is nothing else, one of those first',
      [waiting({ unanswered: 3 }), waiting({ unanswered: 3 }), waiting({ unanswered: 3 })],
      [['default', ['1 notice', '2 notice, if the channel takes something']]],
    ],
    [
      'none of those while one of them has asked a moment ago',
      [waiting({ unanswered: 3 }), waiting({ unanswered: 3, nextAttemptAt: later })],
      [],
    ],
    [
      'the name of what fails by itself alone',
      [waiting({ form: 'name', own: true }), ...many(2, { form: 'name' })],
      [['default', ['2 notice', '1 notice']]],
    ],
  ])('%s', (_what, all, expected) => {
    expect(planned(all)).toEqual(expected);
  });

  it('goes out with what has failed least first, and among those in the order in which it happened', () => {
    const [first, second] = [waiting({ since: '2026-01-20T05:00:00.000Z' }), waiting()];
    const failed = waiting({ since: '2026-01-20T04:00:00.000Z', attempts: 1 });
    expect(planDelivery([failed, second, first], NOW)[0]?.units.map(({ messages }) => messages[0])).toEqual([
      first,
      second,
      failed,
    ]);
  });

  it('asks each time by another one of those that may have arrived', () => {
    const [first, second] = [waiting({ unanswered: 3, attempts: 4 }), waiting({ unanswered: 3, attempts: 3 })];
    expect(planDelivery([first, second], NOW)[0]?.units.map(({ messages }) => messages)).toEqual([[second], [first]]);
  });
});
