import * as fc from 'fast-check';
import {
  InvalidKeyPart,
  KEY_PARTS,
  KEY_TEMPLATES,
  keys,
  NEVER_STARTED_RUN_ID,
  parseKey,
  runIdOf,
} from '../../../core/contracts/keys';
import { messageIdOf, rollCallMessageId } from '../../../core/contracts/message-ids';
import { OUTPUT_FORMATS, type OutputFormat } from '../../../core/contracts/dataset/output';
import { family } from '../../../core/contracts/key-template';
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
const hex = fc.string({ unit: of('0123456789abcdef'), minLength: 32, maxLength: 32 });

/** What each part of a key may be. */
const values: { readonly [P in keyof typeof KEY_PARTS]: fc.Arbitrary<string | number> } = {
  dataset,
  partition,
  date: instant.map((date) => date.toISOString().slice(0, 10)),
  runId,
  backfillId: runId,
  round: fc.constantFrom(1, 2),
  index: fc.nat(499),
  fingerprint: hex,
  format: fc.constantFrom(...(Object.keys(OUTPUT_FORMATS) as OutputFormat[])),
  messageId: fc.stringMatching(/^[A-Za-z0-9][A-Za-z0-9._~-]{0,60}$/),
  dependency: fc.stringMatching(/^[a-z0-9][a-z0-9.-]{0,62}$/),
  channel: fc.stringMatching(/^[a-z0-9_-]{1,80}$/),
  rollCall: fc.constantFrom(...ROLL_CALL_KINDS),
  name: fc.constantFrom('executions', 'incidents', 'failing', 'unreadable', 'channels'),
  file: fc.constantFrom('plan', 'summary', 'manifest'),
};
type Kind = keyof typeof KEY_TEMPLATES;
const partsOf = (kind: Kind) =>
  [...KEY_TEMPLATES[kind].matchAll(/\{(\w+)\}/g)].map(([, name]) => name as keyof typeof KEY_PARTS);
/** The builder of a family, of which the compiler knows only here that it takes what its template names. */
const { build } = family(KEY_PARTS, KEY_TEMPLATES, (message) => new InvalidKeyPart(message));
const built = (kind: Kind, parts: readonly unknown[]) =>
  (build[kind] as (...parts: readonly unknown[]) => string)(...parts);

describe('keys', () => {
  it.each(Object.keys(KEY_TEMPLATES) as Kind[])(
    'of the family %s are parsed back to what they were built from',
    (kind) => {
      fc.assert(
        fc.property(fc.record(values), (given) => {
          const names = partsOf(kind);
          const wanted = Object.fromEntries(names.map((name) => [name, given[name]]));
          const key = built(
            kind,
            names.map((name) => given[name]),
          );
          expect(parseKey(key)).toEqual({ kind, ...wanted });
          expect(key.split('/')).toHaveLength(KEY_TEMPLATES[kind].split('/').length);
        }),
      );
    },
  );

  it('stay what they are, byte for byte', () => {
    const [d, p, r, f] = ['flights', '2026-01-20T05', 'run_1', '0123456789abcdef0123456789abcdef'] as const;
    expect([
      keys.partition(d, p),
      keys.manifest(d, p, r),
      keys.unassignedManifest('2026-01-20', r),
      keys.identity(r),
      keys.plan(d, p, r, 1),
      keys.plan(d, p, r, 2),
      keys.settings(d, p, r),
      keys.batchFailure(d, p, r, 2, 499),
      keys.omissions(d, p, r, 0),
      keys.check(d, p, r),
      keys.backfill('weekly-4', 'summary'),
      keys.circuit('vendor.drop'),
      keys.outbox('a~b'),
      keys.receipt('a~b'),
      keys.restart(d, p, r),
      keys.troubles(d),
      keys.rollCall('data-eng', 'weekly', '2026-01-26'),
      keys.unlisted('a~b'),
      keys.sweep('channels'),
      keys.dataset(d),
      keys.data(d, p, f),
      keys.data(d, p, f, 'jsonl'),
      keys.data(d, p, f, 'csv'),
      keys.batch(d, p, f),
      keys.uniqueKeys(d, p, f),
      keys.quarantine(d, p, f),
    ]).toEqual([
      'partitions/flights/2026-01-20T05.json',
      'runs/flights/2026-01-20T05/run_1.json',
      'runs/_unassigned/2026-01-20/run_1.json',
      'identities/run_1.json',
      'plans/flights/2026-01-20T05/run_1.json',
      'plans/flights/2026-01-20T05/run_1.round-2.json',
      'plans/flights/2026-01-20T05/run_1.settings.json',
      'plans/flights/2026-01-20T05/run_1.failed-2-499.json',
      'plans/flights/2026-01-20T05/run_1.omit-0.parquet',
      'plans/flights/2026-01-20T05/run_1.check.json',
      'backfills/weekly-4/summary.json',
      'circuits/vendor.drop.json',
      'outbox/a~b.json',
      'receipts/a~b.json',
      'restarts/flights/2026-01-20T05/run_1.json',
      'troubles/flights.json',
      'roll-calls/data-eng/weekly-2026-01-26.json',
      'unlisted/a~b.json',
      'sweeps/channels.json',
      'datasets/flights.json',
      `data/flights/2026-01-20T05/${f}.parquet`,
      `data/flights/2026-01-20T05/${f}.jsonl.gz`,
      `data/flights/2026-01-20T05/${f}.csv.gz`,
      `data/flights/2026-01-20T05/${f}.json`,
      `data/flights/2026-01-20T05/${f}.keys.parquet`,
      `quarantine/flights/2026-01-20T05/${f}.jsonl.gz`,
    ]);
  });

  it('that are parsed are built again from what they say, whatever their parts look like', () => {
    const segment = fc.constantFrom('flights', '2026-01-20', '2026-01-20T05', '_unassigned', 'a~b', '007', '..', '');
    const file = fc.constantFrom('r.json', 'r.round-2.json', 'r.failed-1-07.json', 'daily-2026-01-20.json');
    const again = (key: string) => {
      const parsed = parseKey(key);
      return parsed === undefined ? key : built(parsed.kind, Object.values(parsed).slice(1));
    };
    const area = fc.constantFrom(...Object.values(KEY_TEMPLATES).map((template) => template.split('/')[0]));
    fc.assert(
      fc.property(area, fc.array(segment, { maxLength: 3 }), file, (first, middle, last) => {
        const key = [first, ...middle, last].join('/');
        expect(again(key)).toBe(key);
      }),
    );
  });

  it('of an overview have its channel, its kind and its day', () => {
    expect(() => keys.rollCall('#data', 'daily', '2026-01-26')).toThrow(InvalidKeyPart);
    expect(parseKey('roll-calls/data/monthly-2026-01-26.json')).toBeUndefined();
    expect(parseKey('roll-calls/data/daily-2026-02-30.json')).toBeUndefined();
    expect(rollCallMessageId('data', 'weekly', '2026-01-26')).toBe('weekly~data~2026-01-26');
  });

  it('of the note after a run say all that a sweep has to know', () => {
    expect(keys.restart('flights', '2026-01-20', 'r').startsWith(keys.restartsArea)).toBe(true);
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
