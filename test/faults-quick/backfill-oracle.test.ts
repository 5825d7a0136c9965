import type { Execution } from '../../local/aws/states/local-executions';
import { BACKFILL, type BackfillCase } from '../faults/backfill/case';
import { judgeBackfill } from '../faults/backfill/oracle';
import type { SeenAll, SeenBackfill } from '../faults/backfill/run-case';
import type { SeenManifest } from '../faults/observe';
import type { Violation } from '../faults/oracle';
import { situations } from '../faults/situations';
import type { Traced } from '../faults/trace';

/** The oracle of the Backfill machine's matrix has to notice: each broken promise, put into what a good backfill leaves. */

const AT = Date.parse('2026-01-20T08:20:00Z');
const arnOf = (machine: string, name: string) => `arn:aws:states:us-east-1:123456789012:execution:${machine}:${name}`;
const KEY = `backfills/${BACKFILL}/manifest.json`;
const RUNS = { plain: '0-plain-2026-01-20T05', split: '0-split-2026-01-20T05' } as const;
const FILE = 'data/plain/2026-01-20T05/00000000000000000000000000000000.parquet';

const calm: BackfillCase = {
  id: 'calm',
  family: 'backfill-surroundings',
  situation: 'mixed',
  injections: [],
  target: 'backfill',
  route: 'delivered',
  slack: 'fine',
  ledger: 'fine',
  turn: 0,
};

const execution = (name: string, status: string, input: unknown = {}) =>
  ({ arn: arnOf('R', name), name, status, stopDate: AT, input }) as Execution;
const manifestOf = (dataset: 'plain' | 'split', code: string): SeenManifest => ({
  key: `runs/${dataset}/2026-01-20T05/${RUNS[dataset]}.json`,
  writtenAt: AT,
  dataset,
  partition: '2026-01-20T05',
  runId: RUNS[dataset],
  executionArn: arnOf('R', RUNS[dataset]),
  status: '',
  code,
  records: {},
  outputs: [],
  quarantine: [],
});
const missing = { dataset: 'split', runId: RUNS.split, code: 'SOURCE_CORRUPT' };
const manifest: SeenBackfill = {
  key: KEY,
  writtenAt: AT,
  executionArn: arnOf('R', BACKFILL),
  status: 'STILL_MISSING',
  hoursPlanned: 2,
  hoursRecovered: 1,
  totalRecords: 5,
  recovered: [{ dataset: 'plain', runId: RUNS.plain, records: 5 }],
  stillMissing: { '2026-01-20': [missing] },
};
const [plain, split] = [manifestOf('plain', 'COMPLETE'), manifestOf('split', 'SOURCE_CORRUPT')];
const publication = { runId: RUNS.plain, records: { published: 5 }, files: [{ key: FILE, records: 5 }] };
const good: SeenAll = {
  backfill: execution(BACKFILL, 'FAILED'),
  runs: [
    execution(RUNS.plain, 'SUCCEEDED', { dataset: 'plain' }),
    execution(RUNS.split, 'FAILED', { dataset: 'split' }),
  ],
  backfills: [manifest],
  manifests: [plain, split],
  planned: true,
  records: new Map([
    ['plain', { holder: null, publication }],
    ['split', { holder: null, publication: null }],
  ]),
  outbox: [],
  files: new Map([[FILE, situations.good.rows]]),
};

const post = (payload = KEY, text = 'STILL_MISSING'): Traced => {
  return { what: 'post', at: AT, text, payload, answered: true };
};
const receipt: Traced = { what: 'receipt', at: AT, key: `receipts/backfill~${BACKFILL}.json` };
const told = [post(), receipt];

const verdictOf = (seen: SeenAll, happenings: readonly Traced[], missed: readonly string[] = []) =>
  judgeBackfill({ one: calm, seen, trace: { happenings: [...happenings] }, missed, backAt: undefined });

it('finds nothing wrong with what is right', () => {
  expect(verdictOf(good, told)).toEqual({ violations: [], exactlyOne: true, told: true, repeated: 0, outrun: 0 });
});

it('finds nothing wrong with a run that its backfill saw running and that is told by itself', () => {
  const unseen = { ...manifest, stillMissing: { '2026-01-20': [{ ...missing, runId: null, code: null }] } };
  const verdict = verdictOf({ ...good, backfills: [unseen] }, [...told, post(split.key)]);
  expect(verdict).toMatchObject({ violations: [], told: true });
});

const running: readonly Execution[] = good.runs.map((run) => ({ ...run, status: 'RUNNING' }));
const mutants: [string, Violation['of'], SeenAll, readonly Traced[], string[]?][] = [
  ['no manifest of the backfill', 'missing', { ...good, backfills: [] }, told],
  ['no manifest of a run', 'missing', { ...good, manifests: [plain] }, told],
  ['a run that never ends', 'missing', { ...good, runs: running }, told],
  ['a manifest 121 seconds after', 'missing', { ...good, backfills: [{ ...manifest, writtenAt: AT + 121_000 }] }, told],
  ['two manifests', 'wrong', { ...good, backfills: [manifest, { ...manifest, key: 'backfills/other' }] }, told],
  ['a manifest of no execution', 'wrong', { ...good, runs: good.runs.slice(0, 1) }, told],
  ['a status that nothing explains', 'wrong', { ...good, backfills: [{ ...manifest, status: 'ABORTED' }] }, told],
  ['an execution that says otherwise', 'wrong', { ...good, backfill: execution(BACKFILL, 'SUCCEEDED') }, told],
  ['a partition that is not mentioned', 'wrong', { ...good, backfills: [{ ...manifest, stillMissing: {} }] }, told],
  ['a sum that is off', 'wrong', { ...good, backfills: [{ ...manifest, totalRecords: 6 }] }, told],
  ['a message that is still unsent', 'wrong', { ...good, outbox: ['outbox/x.json'] }, told],
  ['no message', 'wrong', good, []],
  ['a message that says otherwise', 'wrong', good, [post(KEY, 'RECOVERED')]],
  ['a fault that never struck', 'wrong', good, told, ['RecordRun kill']],
  [
    'a run without a message',
    'wrong',
    { ...good, backfills: [{ ...manifest, stillMissing: { '2026-01-20': [{ ...missing, runId: null }] } }] },
    told,
  ],
  [
    'a partition that is held',
    'wrong',
    { ...good, records: new Map([...good.records, ['split', { holder: { runId: RUNS.split }, publication: null }]]) },
    told,
  ],
  [
    'a run that published nothing',
    'contradicting',
    { ...good, records: new Map([['plain', { holder: null, publication: null }]]) },
    told,
  ],
  [
    'records that the files do not hold',
    'contradicting',
    { ...good, files: new Map([[FILE, situations.good.rows.slice(1)]]) },
    told,
  ],
  [
    'records that are altered',
    'contradicting',
    { ...good, files: new Map([[FILE, [...situations.good.rows.slice(1), 'id=r0 value=7']]]) },
    told,
  ],
  [
    'another reason than that of the run',
    'contradicting',
    { ...good, backfills: [{ ...manifest, stillMissing: { '2026-01-20': [{ ...missing, code: 'SOURCE_EMPTY' }] } }] },
    told,
  ],
  ['told again after the receipt', 'told', good, [post(), receipt, post()]],
  ['told by two at once', 'told', good, [post(), post(), receipt]],
  ['a run told by its backfill and by itself', 'told', good, [...told, post(plain.key)]],
];

it.each(mutants.map((mutant) => [mutant[0], mutant] as const))('notices: %s', (_what, mutant) => {
  const [, of, seen, happenings, missed] = mutant;
  expect(verdictOf(seen, happenings, missed).violations).toContainEqual(expect.objectContaining({ of }));
});
