import { decideClaim, decidePublish, decideSeal, recordedEnding } from '../../../../core/domain/partition/protocol';
import { arnOf, ending, holder, NOW, publication, record } from '../../../kit/runs';

const me = { runId: 'run-1', executionArn: arnOf('run-1'), reprocess: false };
const failed = ending('SOURCE_CORRUPT');
const last = (runId: string, of = failed, at = '2026-01-20T06:20:00.000Z') => ({ runId, ending: of, at });

describe('claim', () => {
  test('takes a partition that no run has touched, with the first fence', () => {
    const decision = decideClaim(record(), me, NOW, undefined);
    expect(decision).toMatchObject({ kind: 'take', fence: 1, next: { fence: 1, holder: { runId: 'run-1' } } });
  });

  test('takes a partition after another run failed, and keeps how that one ended', () => {
    const before = record({ fence: 7, last: last('run-0') });
    expect(decideClaim(before, me, NOW, undefined)).toMatchObject({ fence: 8, next: { last: { runId: 'run-0' } } });
  });

  test('gives a retry its own claim back with the fence that stands', () => {
    expect(decideClaim(record({ fence: 3, holder: holder() }), me, NOW, undefined)).toEqual({ kind: 'held', fence: 3 });
  });

  test('refuses what is published, naming status, run and time', () => {
    const decision = decideClaim(record({ publication: publication('run-0') }), me, NOW, undefined);
    expect(decision).toEqual({
      kind: 'refuse',
      code: 'ALREADY_PUBLISHED',
      detail: 'Published as PUBLISHED by run run-0 at 2026-01-20T06:16:00.000Z.',
    });
  });

  test('takes what is published when told to reprocess, and leaves the publication until the swap', () => {
    const decision = decideClaim(
      record({ publication: publication('run-0') }),
      { ...me, reprocess: true },
      NOW,
      undefined,
    );
    expect(decision).toMatchObject({ kind: 'take', next: { publication: { runId: 'run-0' } } });
  });

  test('replaces only the publication that it was started to replace', () => {
    const { records } = publication();
    const superseded = [{ runId: 'run-00', ending: ending('COMPLETE'), records }];
    const second = record({ publication: publication('run-0'), superseded });
    const claimant = (publications: number) => ({ ...me, reprocess: true, publications });
    expect(decideClaim(second, claimant(2), NOW, undefined)).toMatchObject({ kind: 'take' });
    for (const publications of [0, 1, 3])
      expect(decideClaim(second, claimant(publications), NOW, undefined)).toMatchObject({ code: 'ALREADY_PUBLISHED' });
    // What is not published is taken, however often it was planned.
    expect(decideClaim(record(), claimant(1), NOW, undefined)).toMatchObject({ kind: 'take' });
    expect(decideClaim(second, { ...claimant(2), reprocess: false }, NOW, undefined)).toMatchObject({ kind: 'refuse' });
  });

  test('asks whether another holder still runs', () => {
    const held = record({ fence: 1, holder: holder('run-0') });
    expect(decideClaim(held, me, NOW, undefined)).toEqual({ kind: 'ask', holder: holder('run-0') });
  });

  test('refuses while the holder runs, naming it and since when', () => {
    const decision = decideClaim(record({ fence: 1, holder: holder('run-0') }), me, NOW, true);
    expect(decision).toEqual({
      kind: 'refuse',
      code: 'ALREADY_RUNNING',
      detail: 'Run run-0 holds it since 2026-01-20T06:15:04.000Z.',
    });
  });

  test('takes over from a holder whose execution is closed', () => {
    const decision = decideClaim(record({ fence: 1, holder: holder('run-0') }), me, NOW, false);
    expect(decision).toMatchObject({ kind: 'take', fence: 2, next: { holder: { runId: 'run-1' } } });
  });

  test.each([
    ['published', record({ publication: publication('run-1') })],
    [
      'was replaced',
      record({ superseded: [{ runId: 'run-1', ending: ending('COMPLETE'), records: publication().records }] }),
    ],
    ['has its ending on record', record({ last: last('run-1') })],
    [
      'has its ending on record and an orphaned claim besides',
      record({ holder: holder('run-1'), last: last('run-1') }),
    ],
  ])('never gives a partition to a run that %s', (_what, before) => {
    expect(decideClaim(before, { ...me, reprocess: true }, NOW, undefined)).toEqual({ kind: 'over' });
  });
});

describe('publish', () => {
  const mine = publication('run-1');

  test('swaps under the holder and the fence of the claim, and keeps holding', () => {
    const decision = decidePublish(record({ fence: 4, holder: holder() }), 4, mine);
    expect(decision).toMatchObject({
      kind: 'swap',
      next: { fence: 4, holder: { runId: 'run-1' }, publication: mine, superseded: [] },
    });
  });

  test('moves the former publication into superseded, newest first', () => {
    const older = { runId: 'run-a', ending: ending('WITHIN_TOLERANCE'), records: mine.records };
    const before = record({ fence: 4, holder: holder(), publication: publication('run-0'), superseded: [older] });
    const decision = decidePublish(before, 4, mine);
    expect(decision.kind === 'swap' && decision.next.superseded.map((one) => one.runId)).toEqual(['run-0', 'run-a']);
  });

  test.each([
    ['stands', record({ publication: mine })],
    [
      'was replaced meanwhile',
      record({ superseded: [{ runId: 'run-1', ending: mine.ending, records: mine.records }] }),
    ],
  ])('is done when my publication %s', (_what, before) => {
    expect(decidePublish(before, 4, mine)).toEqual({ kind: 'published' });
  });

  test.each([
    ['another run holds it', record({ fence: 4, holder: holder('run-2') }), /Run run-2 holds the partition/],
    ['my run was sealed', record({ fence: 5, last: last('run-1') }), /ending of run run-1 is on record already/],
    [
      'an orphaned claim of mine came back after the seal',
      record({ fence: 6, holder: holder() }),
      /fence 4, the partition 6/,
    ],
    ['there is no record', record(), /on record already/],
  ])('is refused when %s', (_what, before, detail) => {
    const decision = decidePublish(before, 4, mine);
    expect(decision).toMatchObject({ kind: 'lost', detail: expect.stringMatching(detail) });
  });
});

describe('seal', () => {
  const sealing = { runId: 'run-1', ending: failed, at: NOW, speaksForPartition: true };
  const sealed = { runId: 'run-1', ending: failed, at: NOW.toISOString() };

  it('of a run that the sweep had started again says after how many, and a repetition changes nothing of it', () => {
    const again = { ...sealing, again: 2 };
    const { next } = decideSeal(record({ fence: 2, holder: holder() }), again);
    expect(next?.last).toEqual({ ...sealed, again: 2 });
    const orphaned = { ...record(next), holder: holder() };
    expect(decideSeal(orphaned, sealing).next?.last).toEqual({ ...sealed, again: 2 });
  });

  test('lets go of the partition, raises the fence and keeps the ending', () => {
    expect(decideSeal(record({ fence: 2, holder: holder() }), sealing)).toEqual({
      stands: failed,
      next: record({ fence: 3, last: sealed }),
    });
  });

  test('says what my publication says, whatever error arrived', () => {
    const decision = decideSeal(record({ fence: 2, holder: holder(), publication: publication() }), sealing);
    expect(decision.stands).toEqual(ending('COMPLETE'));
    expect(decision.next).toMatchObject({
      fence: 3,
      holder: null,
      last: { runId: 'run-1', ending: ending('COMPLETE') },
    });
  });

  test('has nothing to swap where my publication stands and I hold nothing', () => {
    const decision = decideSeal(record({ fence: 3, publication: publication(), holder: holder('run-2') }), sealing);
    expect(decision).toEqual({ stands: ending('COMPLETE'), next: undefined });
  });

  test('says what was kept of my publication when another replaced it', () => {
    const superseded = [{ runId: 'run-1', ending: ending('WITHIN_TOLERANCE'), records: publication().records }];
    const decision = decideSeal(record({ publication: publication('run-2'), superseded }), sealing);
    expect(decision).toEqual({ stands: ending('WITHIN_TOLERANCE'), next: undefined });
  });

  test('lets the ending stand that is on record as the last', () => {
    const decision = decideSeal(record({ fence: 3, last: last('run-1', ending('STEP_TIMED_OUT')) }), sealing);
    expect(decision).toEqual({ stands: ending('STEP_TIMED_OUT'), next: undefined });
  });

  test('lets go again when an orphaned claim came back, and keeps the ending as it stood', () => {
    const before = record({ fence: 6, holder: holder(), last: last('run-1', ending('STEP_TIMED_OUT')) });
    expect(decideSeal(before, sealing)).toEqual({
      stands: ending('STEP_TIMED_OUT'),
      next: record({ fence: 7, last: last('run-1', ending('STEP_TIMED_OUT')) }),
    });
  });

  test('remembers how the run before ended', () => {
    const { next } = decideSeal(record({ fence: 2, holder: holder(), last: last('run-0') }), sealing);
    expect(next?.last).toEqual({ ...sealed, after: failed });
  });

  test('of a run that never held puts its ending down as the last of a free partition', () => {
    const refused = { ...sealing, ending: ending('CIRCUIT_OPEN') };
    expect(decideSeal(record({ fence: 2 }), refused).next).toEqual(
      record({ fence: 2, last: { ...sealed, ending: ending('CIRCUIT_OPEN') } }),
    );
  });

  test.each([
    ['is held', record({ holder: holder('run-2') }), sealing],
    ['is published', record({ publication: publication('run-2') }), sealing],
    ['is not expected', record(), { ...sealing, speaksForPartition: false }],
    ['has a newer ending', record({ last: last('run-2', failed, '2026-01-20T07:00:00.000Z') }), sealing],
  ])('of a run that never held changes nothing where the partition %s', (_what, before, by) => {
    expect(decideSeal(before, by)).toEqual({ stands: failed, next: undefined });
  });
});

test('a run without publication and not the last has no ending on record', () => {
  expect(recordedEnding(record({ last: last('run-2') }), 'run-1')).toBeUndefined();
});
