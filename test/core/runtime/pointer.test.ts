import { keys } from '../../../core/contracts/keys';
import {
  circuitMessageId,
  messageIdOf,
  messageSubjectOf,
  overdueMessageId,
  rollCallMessageId,
  unlistedMessageId,
} from '../../../core/contracts/message-ids';
import { readPointer } from '../../../core/runtime/delivery/pointer';
import { MemoryS3 } from '../../helpers/memory-s3';
import { NOW, PARTITION } from '../../helpers/runs';

const manifests = [
  keys.manifest('flights', PARTITION, 'run-1'),
  keys.manifest('daily', '2026-01-20', 'a_run-2'),
  keys.unassignedManifest('2026-01-20', 'run-3'),
  keys.backfill('weekly-4', 'manifest'),
];

test.each(manifests)('the name of the message about %s says what it is about', (about) => {
  expect(messageSubjectOf(messageIdOf(about)!)).toEqual({ kind: undefined, about });
});

test('so do the names of the other messages', () => {
  expect(messageSubjectOf(overdueMessageId('flights', PARTITION, 'run-1'))).toEqual({
    kind: 'overdue',
    about: keys.manifest('flights', PARTITION, 'run-1'),
  });
  expect(messageSubjectOf(circuitMessageId('vendor.drop', 3, NOW))).toEqual({
    kind: 'circuit',
    about: keys.circuit('vendor.drop'),
  });
  const unlisted = unlistedMessageId('flights', NOW, null);
  expect(messageSubjectOf(unlisted)).toEqual({ kind: 'unlisted', about: keys.unlisted(unlisted) });
  expect(messageSubjectOf(rollCallMessageId('default', 'weekly', '2026-01-19'))).toEqual({
    kind: 'roll-call',
    about: keys.rollCall('default', 'weekly', '2026-01-19'),
  });
});

test.each(['', 'hello', 'a~b', 'flights~yesterday~run-1', 'backfill~../x', 'a~b~c~d~e'])(
  '%j is about nothing',
  (id) => {
    expect(messageSubjectOf(id)).toBeUndefined();
  },
);

test('a pointer that is spoilt is made anew from its name, once', async () => {
  const s3 = new MemoryS3();
  const messageId = messageIdOf(manifests[0]!)!;
  const key = keys.outbox(messageId);
  s3.put('ledger', key, 'x');
  const ledger = s3.store('ledger');
  const [first, second] = await Promise.all([readPointer(ledger, key, NOW), readPointer(ledger, key, NOW)]);
  const value = { schemaVersion: 1, messageId, manifestKey: manifests[0], since: NOW.toISOString(), lease: null };
  expect([first, second]).toMatchObject([
    { kind: 'found', value },
    { kind: 'found', value },
  ]);
  expect(s3.versions.get(`ledger/${key}`)).toHaveLength(2);
});

test('what a newer release noted is left to it, and so is what has no name of ours', async () => {
  const s3 = new MemoryS3();
  const ledger = s3.store('ledger');
  for (const [key, text] of [
    [keys.outbox(messageIdOf(manifests[0]!)!), '{"schemaVersion":2,"renamed":"poem"}'],
    ['outbox/notes.txt', 'x'],
  ] as const) {
    s3.put('ledger', key, text);
    expect(await readPointer(ledger, key, NOW)).toMatchObject({ kind: 'unreadable' });
    expect(s3.text('ledger', key)).toBe(text);
  }
});
