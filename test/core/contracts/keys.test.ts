import * as fc from 'fast-check';
import {
  InvalidKeyPart,
  keys,
  messageIdOf,
  NEVER_STARTED_RUN_ID,
  parseKey,
  rollCallMessageId,
  runIdOf,
} from '../../../core/contracts/keys';
import { cadenceOf } from '../../../core/contracts/partition';
import { ROLL_CALL_KINDS } from '../../../core/contracts/sweep/roll-call';

const letters = 'abcdefghijklmnopqrstuvwxyz';
/** Text of these characters. */
const of = (characters: string) => fc.constantFrom(...characters.split(''));
const dataset = fc
  .tuple(of(letters), fc.string({ unit: of(`${letters}0123456789-`), maxLength: 29 }))
  .map(([first, rest]) => first + rest);
const instant = fc.date({
  min: new Date('1970-01-01T00:00:00Z'),
  max: new Date('8999-12-31T23:59:59Z'),
  noInvalidDate: true,
});
const partition = fc
  .tuple(instant, fc.boolean())
  .map(([date, hourly]) => date.toISOString().slice(0, hourly ? 13 : 10));
const runId = fc.string({ unit: of(`${letters}ABCXYZ0123456789_-`), minLength: 1, maxLength: 80 });
const fingerprint = fc.string({ unit: of('0123456789abcdef'), minLength: 32, maxLength: 32 });

describe('keys', () => {
  it('are parsed back to what they were built from', () => {
    fc.assert(
      fc.property(dataset, partition, runId, fingerprint, (d, p, r, f) => {
        expect(parseKey(keys.partition(d, p))).toEqual({ kind: 'partition', dataset: d, partition: p });
        expect(parseKey(keys.manifest(d, p, r))).toEqual({ kind: 'manifest', dataset: d, partition: p, runId: r });
        expect(parseKey(keys.identity(r))).toEqual({ kind: 'identity', runId: r });
        expect(parseKey(keys.dataset(d))).toEqual({ kind: 'dataset', dataset: d });
        expect(parseKey(keys.circuit(d))).toEqual({ kind: 'circuit', dependency: d });
        expect(parseKey(keys.troubles(d))).toEqual({ kind: 'troubles', dataset: d });
        for (const file of ['plan', 'summary', 'manifest'] as const)
          expect(parseKey(keys.backfill(r, file))).toEqual({ kind: 'backfill', backfillId: r, file });
        const day = p.slice(0, 10);
        expect(parseKey(keys.unassignedManifest(day, r))).toEqual({ kind: 'unassigned-manifest', date: day, runId: r });
        for (const [kind, key] of [
          ['data', keys.data(d, p, f)],
          ['data', keys.data(d, p, f, 'jsonl')],
          ['data', keys.data(d, p, f, 'csv')],
          ['batch', keys.batch(d, p, f)],
          ['unique-keys', keys.uniqueKeys(d, p, f)],
          ['quarantine', keys.quarantine(d, p, f)],
        ] as const)
          expect(parseKey(key)).toEqual({ kind, dataset: d, partition: p, fingerprint: f });
      }),
    );
  });

  it('of an overview have its channel, its kind and its day', () => {
    for (const of of ROLL_CALL_KINDS) {
      const key = keys.rollCall('data-eng', of, '2026-01-26');
      expect(key).toBe(`roll-calls/data-eng/${of}-2026-01-26.json`);
      expect(parseKey(key)).toEqual({ kind: 'roll-call', channel: 'data-eng', of, date: '2026-01-26' });
    }
    expect(() => keys.rollCall('#data', 'daily', '2026-01-26')).toThrow(InvalidKeyPart);
    expect(parseKey('roll-calls/data/monthly-2026-01-26.json')).toBeUndefined();
    expect(parseKey('roll-calls/data/daily-2026-02-30.json')).toBeUndefined();
    expect(rollCallMessageId('data', 'weekly', '2026-01-26')).toBe('weekly~data~2026-01-26');
  });

  it('of the note after a run say all that a sweep has to know', () => {
    fc.assert(
      fc.property(dataset, partition, runId, (d, p, r) => {
        expect(parseKey(keys.restart(d, p, r))).toEqual({ kind: 'restart', dataset: d, partition: p, runId: r });
        expect(keys.restart(d, p, r).startsWith(keys.restartsArea)).toBe(true);
      }),
    );
    for (const foreign of [
      'restarts/README.txt',
      'restarts/flights/2026-01-20.json',
      'restarts/flights/2026-01-20/a.txt',
    ])
      expect(parseKey(foreign)).toBeUndefined();
  });

  it('of a circuit are named like what it guards, which may be called as a bucket is', () => {
    for (const dependency of ['vendor.drop-2026', '0', 'a'.repeat(63)])
      expect(parseKey(keys.circuit(dependency))).toEqual({ kind: 'circuit', dependency });
    for (const wrong of ['', '.', '../x', 'A', 'a/b', 'a'.repeat(64)])
      expect(() => keys.circuit(wrong)).toThrow(InvalidKeyPart);
    expect(parseKey('circuits/a/b.json')).toBeUndefined();
    expect(parseKey('circuits/A.json')).toBeUndefined();
  });

  it('of a run’s plan files all say which run they are of', () => {
    fc.assert(
      fc.property(dataset, partition, runId, fc.nat(499), (d, p, r, i) => {
        const files = [
          keys.plan(d, p, r, 1),
          keys.plan(d, p, r, 2),
          keys.batchFailure(d, p, r, 1, i),
          keys.batchFailure(d, p, r, 2, i),
          keys.omissions(d, p, r, i),
          keys.check(d, p, r),
        ];
        expect(new Set(files).size).toBe(files.length);
        for (const key of files)
          expect(parseKey(key)).toMatchObject({ kind: 'plan', dataset: d, partition: p, runId: r });
      }),
    );
  });

  it('of two runs are never the same, whatever the executions are called', () => {
    const name = fc.oneof(
      runId,
      fc.string({ minLength: 1, maxLength: 80 }),
      runId.map((id) => `${id}.round-2`),
    );
    fc.assert(
      fc.property(name, name, (a, b) => {
        fc.pre(a !== b);
        const plans = (execution: string) => {
          const id = runIdOf(execution);
          return [1, 2].map((round) => keys.plan('d', '2026-01-20', id, round as 1 | 2));
        };
        expect(plans(a).filter((key) => plans(b).includes(key))).toEqual([]);
      }),
    );
  });

  it('have a manifest within reach of their prefixes', () => {
    expect(keys.manifest('flights', '2026-01-20T05', 'r1')).toBe(
      `${keys.manifestsOf('flights', '2026-01-20T05')}r1.json`,
    );
    expect(keys.partition('flights', '2026-01-20')).toBe(`${keys.partitionsOf('flights')}2026-01-20.json`);
  });

  it('are never made of raw input', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 200 }), (text) => {
        fc.pre(!/^[a-z][a-z0-9-]{0,29}$/.test(text) && cadenceOf(text) === undefined);
        expect(() => keys.partition(text, '2026-01-20')).toThrow(InvalidKeyPart);
        expect(() => keys.partition('flights', text)).toThrow(InvalidKeyPart);
        expect(() => keys.unassignedManifest(text, 'r')).toThrow(InvalidKeyPart);
        expect(() => keys.data('flights', '2026-01-20', text)).toThrow(InvalidKeyPart);
      }),
    );
  });

  it.each(['../x', 'a/b', '', 'a b', 'a\n', '..', 'Ä', 'a'.repeat(161), '\u0000'])('refuse %j as a run id', (text) => {
    expect(() => keys.manifest('flights', '2026-01-20', text)).toThrow(InvalidKeyPart);
    expect(() => keys.manifest('flights', '2026-01-20', text)).toThrow(/^runId: got /);
  });

  it('do not repeat the whole of what they refuse', () => {
    expect(() => keys.dataset('x'.repeat(100_000))).toThrow(/^.{1,200}$/s);
  });

  it.each([
    '',
    '/',
    'partitions/flights/',
    'partitions/flights/2026-02-30.json',
    'partitions/Flights/2026-01-20.json',
    'partitions/flights/2026-01-20.json/x',
    'runs/flights/2026-01-20/.json',
    'runs/flights/2026-01-20/a.json.bak',
    'runs/_unassigned/2026-13-01/r.json',
    'plans/flights/2026-01-20/',
    'plans/flights/2026-01-20/r.unknown.json',
    'data/flights/2026-01-20/short.parquet',
    'quarantine/flights/2026-01-20/0123456789abcdef0123456789abcdef.json',
    'outbox/a/b.json',
    'backfills/r.json',
    'backfills/r/other.json',
    'backfills/r/plan.json/x',
    'backfills/a.b/plan.json',
    'secrets/flights/2026-01-20/r.json',
  ])('%j is none of ours', (key) => {
    expect(parseKey(key)).toBeUndefined();
  });

  it('parse without throwing, whatever lies in the bucket', () => {
    fc.assert(fc.property(fc.string(), (key) => expect(() => parseKey(key)).not.toThrow()));
  });
});

describe('messageIdOf', () => {
  it('gives every manifest one message, and nothing else', () => {
    fc.assert(
      fc.property(dataset, partition, runId, (d, p, r) => {
        const manifests = [
          keys.manifest(d, p, r),
          keys.unassignedManifest(p.slice(0, 10), r),
          keys.backfill(r, 'manifest'),
        ];
        const ids = manifests.map(messageIdOf);
        expect(new Set(ids).size).toBe(manifests.length);
        for (const id of ids) expect(parseKey(keys.outbox(id ?? ''))).toEqual({ kind: 'outbox', messageId: id });
        for (const key of [keys.backfill(r, 'plan'), keys.backfill(r, 'summary'), keys.partition(d, p)])
          expect(messageIdOf(key)).toBeNull();
      }),
    );
  });
});

describe('runIdOf', () => {
  it('keeps plain names, so that a backfill’s children are found by theirs', () => {
    const child = '0123456789abcdef-flights-2026-01-20T05';
    expect(runIdOf(child)).toBe(child);
  });

  it('makes a valid, readable run id of any name', () => {
    fc.assert(
      fc.property(fc.string({ minLength: 1, maxLength: 80, unit: 'binary' }), (name) => {
        expect(() => keys.manifest('flights', '2026-01-20', runIdOf(name))).not.toThrow();
      }),
    );
    expect(runIdOf('Flüge.heute')).toMatch(/^Fl_ge_heute-[0-9a-f]{16}$/);
  });

  it('tells names apart that differ only in the letters that are replaced, or only at the end', () => {
    const names = ['a.b', 'a_b', 'a+b', 'aéb', 'a_e9_b', `${'日'.repeat(79)}本`, '日'.repeat(80)];
    expect(new Set(names.map(runIdOf)).size).toBe(names.length);
  });

  it('gives no execution the run id that stands for "never started"', () => {
    expect(runIdOf(NEVER_STARTED_RUN_ID)).not.toBe(NEVER_STARTED_RUN_ID);
  });
});
