import { manifestSchema, type Manifest } from '../../../../core/contracts/run/manifest';
import { NO_RECORDS } from '../../../../core/contracts/run/partition-record';
import type { Telling } from '../../../../core/contracts/run/troubles';
import { ordinal } from '../../../../core/domain/text/numbers';
import { arnOf, manifest } from '../../../helpers/runs';
import { runInSlack } from '../../../helpers/slack';

const line = (telling: Partial<Telling> = {}): Telling => ({ how: 'line', nth: 17, from: '2001-01-01T00', ...telling });
const textOf = (of: Manifest) => runInSlack(manifestSchema.parse(of)).text;
const blocksOf = (of: Manifest) =>
  runInSlack(of).blocks.map((block) => (block.type === 'section' ? block.text.text : 'context'));

describe('a line', () => {
  it('says what repeats, which one it is, since when, and links to the execution', () => {
    const of = manifest('SCHEMA_MISMATCH', { telling: line() });
    expect(textOf(of)).toBe(
      '❌ flights 2001-01-01T05 (hour) FAILED: still SCHEMA_MISMATCH, 17th hour since 2001-01-01T00, nothing published.',
    );
    expect(blocksOf(of)).toEqual([
      expect.stringMatching(/^❌ \*flights 2001-01-01T05 \(hour\) FAILED:\* still .* <https:[^|]+\|Execution>$/),
    ]);
  });

  it('names the manifest where there is no execution', () => {
    const of = manifest('NEVER_STARTED', { executionArn: '', telling: line({ nth: 2 }) });
    expect(blocksOf(of)).toEqual([
      expect.stringMatching(
        /still NEVER_STARTED, 2nd hour since .*published\. `runs\/flights\/2001-01-01T05\/.*\.json`$/,
      ),
    ]);
  });

  it('has the retries and the state of its run, and the noun of its cadence', () => {
    const base = manifest('STEP_TIMED_OUT', { partition: '2001-01-17', telling: line({ from: '2001-01-01' }) });
    const of = { ...base, dataset: 'daily', reason: { ...base.reason, state: 'LoadPartition' } };
    expect(textOf(of)).toContain(
      'daily 2001-01-17 (day) FAILED in LoadPartition: still STEP_TIMED_OUT, 17th day since',
    );
  });

  it('of a publication in part has its counts and the rules that rejected most', () => {
    const rules = ['a', 'b', 'c', 'd'].map((name, i) => ({ name, broken: i + 1, samples: [] }));
    const warned: Manifest['rules'][number] = { name: 'w', broken: 100, samples: [], otherwise: 'warn' };
    const records = { ...NO_RECORDS, read: 1_500, accepted: 1_485, quarantined: 15, published: 1_485 };
    const of = manifest('WITHIN_TOLERANCE', {
      records,
      rules: [warned, ...rules],
      telling: line({ nth: 3, daily: true }),
    });
    expect(textOf(of)).toBe(
      '⚠️ flights 2001-01-01T05 (hour) PARTIAL: 1,485 of 1,500 records published, 15 rejected by d, c, b and 1 more (3rd hour since 2001-01-01T00, one message a day).',
    );
  });

  it('stays one section that Slack takes, whatever is in it', () => {
    const arn = arnOf('<&>|x');
    const rules = Array.from({ length: 50 }, (_unused, i) => ({
      name: `r${i}`.padEnd(60, 'x'),
      broken: 1,
      samples: [],
    }));
    for (const code of ['SCHEMA_MISMATCH', 'WITHIN_TOLERANCE', 'CIRCUIT_OPEN'] as const) {
      const [text = '', ...more] = blocksOf(manifest(code, { executionArn: arn, rules, telling: line() }));
      expect(more).toEqual([]);
      expect(text.length).toBeLessThan(3_000);
      expect(text).not.toMatch(/<&>/);
    }
  });
});

describe('what is over', () => {
  const over = (missing: number, failures = 60): NonNullable<Telling['over']> => ({
    since: '2000-12-29T06:15:14.000Z',
    from: '2000-12-29T05',
    to: '2001-01-01T04',
    failures,
    code: 'SCHEMA_MISMATCH',
    missing: missing === 0 ? null : { count: missing, from: '2000-12-29T05', to: '2001-01-01T04' },
  });
  const told = (of: Partial<Telling>, trigger: Manifest['trigger'] = 'schedule') =>
    textOf(manifest('COMPLETE', { trigger, telling: { how: 'whole', ...of } })).split('records. ')[1];

  it('is said in the message of what ended it: how long, how much, what is missing, what to do', () => {
    expect(told({ over: over(60) })).toBe(
      'It is over after 3 d: 60 hours failed in a row (2000-12-29T05 – 2001-01-01T04, at last SCHEMA_MISMATCH). 60 hours are still missing. To do: rollcall backfill start flights --start 2000-12-29 --end 2001-01-01',
    );
    expect(told({ over: over(0) })).toMatch(/Nothing is missing\.$/);
    expect(told({ over: over(1) })).toContain('1 hour is still missing.');
  });

  it('says of one that was alone that it was, and of a backfill that it goes on', () => {
    expect(told({ over: { ...over(0, 1), to: '2000-12-29T05' } })).toContain('1 hour failed (2000-12-29T05, at last');
    expect(told({ over: over(3) }, 'backfill')).toMatch(
      /3 hours are still missing, for the backfill that is running\.$/,
    );
  });

  it('can be publications in part', () => {
    expect(told({ afterPartial: { count: 30, from: '2000-12-29T05' } })).toBe(
      'Complete again after 30 hours in part, since 2000-12-29T05.',
    );
  });
});

it.each([
  [1, '1st'],
  [2, '2nd'],
  [3, '3rd'],
  [4, '4th'],
  [11, '11th'],
  [12, '12th'],
  [13, '13th'],
  [21, '21st'],
  [112, '112th'],
  [1_001, '1,001st'],
])('%i is the %s', (n, text) => {
  expect(ordinal(n)).toBe(text);
});
