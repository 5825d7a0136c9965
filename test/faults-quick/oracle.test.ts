import type { Execution } from '../../local/aws/states/local-executions';
import { RUN, type Case } from '../faults/case';
import { judge, type Violation } from '../faults/oracle';
import type { Seen, SeenManifest } from '../faults/observe';
import type { Outcome } from '../faults/run-case';
import { situations, type SetAside } from '../faults/situations';
import type { Traced } from '../faults/trace';

/** The oracle of the fault matrix has to notice: each broken promise, put into what a good run leaves. */

const ARN = 'arn:aws:states:us-east-1:123456789012:execution:Rollcall-PartitionRun:the-run';
const KEY = `runs/plain/2026-01-20T05/${RUN}.json`;
const FILE = 'data/plain/2026-01-20T05/00000000000000000000000000000000.parquet';
const AT = Date.parse('2026-01-20T06:15:00Z');

const calm: Case = {
  id: 'calm',
  family: 'surroundings',
  situation: 'good',
  injections: [],
  route: 'delivered',
  slack: 'fine',
  ledger: 'fine',
  turn: 0,
  successorAfterSeconds: undefined,
  neverStarted: undefined,
};
const aborted: Case = { ...calm, id: 'aborted', injections: [{ kind: 'cut', at: 'CheckPartition', how: 'abort' }] };

const execution = { arn: ARN, name: RUN, status: 'SUCCEEDED', stopDate: AT } as Execution;
const manifest: SeenManifest = {
  key: KEY,
  writtenAt: AT,
  dataset: 'plain',
  partition: '2026-01-20T05',
  runId: RUN,
  executionArn: ARN,
  status: 'PUBLISHED',
  code: 'COMPLETE',
  records: { read: 5, quarantined: 0, duplicates: 0, published: 5 },
  outputs: [{ key: FILE, records: 5 }],
  quarantine: [],
};
const cutOff: SeenManifest = { ...manifest, status: 'ABORTED', code: 'STOPPED_BY_OPERATOR', outputs: [] };
const publication = {
  runId: RUN,
  ending: { status: 'PUBLISHED', code: 'COMPLETE' },
  files: [{ key: FILE, records: 5 }],
  quarantineFiles: [],
};
const record = { fence: 2, holder: null, publication, superseded: [] };
const recordsWith = (change: object) => new Map([['plain/2026-01-20T05', { ...record, ...change }]]);
const ROWS = ['id=r0 value=0', 'id=r1 value=1', 'id=r2 value=2', 'id=r3 value=3', 'id=r4 value=4'];
const good: Seen = {
  executions: [execution],
  manifests: [manifest],
  records: recordsWith({}),
  outbox: [],
  receipts: [],
  called: [],
  files: new Map([[FILE, ROWS]]),
  quarantine: new Map(),
  leftLater: [FILE, FILE.replace('.parquet', '.json')],
};
const stopped: Seen = {
  ...good,
  executions: [{ ...execution, status: 'ABORTED' }],
  manifests: [cutOff],
  records: recordsWith({ publication: null }),
  leftLater: [],
};

const post = (status = 'PUBLISHED', answered = true): Traced => {
  return { what: 'post', at: AT, text: `plain ${status}`, payload: KEY, answered };
};
const receipt: Extract<Traced, { what: 'receipt' }> = {
  what: 'receipt',
  at: AT,
  key: `receipts/plain~2026-01-20T05~${RUN}.json`,
};
const killed: Traced = { what: 'strike', at: AT, on: `RecordRun PutObject ${receipt.key}`, act: 'kill-before' };
const told = [post(), receipt];

function verdictOf(seen: Seen, happenings: readonly Traced[], one: Case = calm, missed: readonly string[] = []) {
  const trace = { happenings } as Outcome['trace'];
  return judge({ one, seen, trace, missed, backAt: undefined, firstSweepAt: AT });
}

it('finds nothing wrong with what is right', () => {
  const fine = { violations: [], exactlyOne: true, told: true, repeated: 0, outrun: 0 };
  expect(verdictOf(good, told)).toEqual(fine);
  expect(verdictOf(stopped, [post('ABORTED'), receipt], aborted)).toEqual(fine);
});

const without = { ...good, manifests: [] };
const late = { ...stopped, manifests: [{ ...cutOff, writtenAt: AT + 121_000 }] };
const unpublished = { ...good, records: recordsWith({ publication: null }) };
const published = { ...stopped, records: recordsWith({}) };
const ORPHAN = FILE.replace(/0{32}/, 'a'.repeat(32));

const QUARANTINE = 'quarantine/plain/2026-01-20T05/00000000000000000000000000000000.jsonl.gz';
const ASIDE: readonly SetAside[] = [0, 1, 2].map((i) => ({ raw: `r${i},x`, broken: 'value.type' }));
const partialCase: Case = { ...calm, id: 'partial', situation: 'partial' };
const aside = (records: readonly SetAside[]) => new Map([[QUARANTINE, records]]);

/** What a run leaves that published 37 of 40 records, with what lies in its quarantine. */
function partial(quarantine: Seen['quarantine']): Seen {
  const files = [{ key: FILE, records: 37 }];
  const kept = [{ key: QUARANTINE, records: 3 }];
  const code = 'WITHIN_TOLERANCE';
  const records = { read: 40, quarantined: 3, duplicates: 0, published: 37 };
  return {
    ...good,
    manifests: [{ ...manifest, status: 'PARTIAL', code, records, outputs: files, quarantine: kept }],
    records: recordsWith({
      publication: { ...publication, ending: { status: 'PARTIAL', code }, files, quarantineFiles: kept },
    }),
    files: new Map([[FILE, situations.partial.rows]]),
    quarantine,
    leftLater: [FILE, QUARANTINE],
  };
}

it('finds nothing wrong with a partial publication whose quarantine is as it came', () => {
  expect(verdictOf(partial(aside(ASIDE)), [post('PARTIAL'), receipt], partialCase).violations).toEqual([]);
});

const mutants: [string, Violation['of'], Seen, readonly Traced[], Case?, string[]?][] = [
  ['no manifest', 'missing', without, told],
  ['a manifest 121 seconds after the event', 'missing', late, [post('ABORTED')], aborted],
  ['a run that never ends', 'missing', { ...good, executions: [{ ...execution, status: 'RUNNING' }] }, told],
  ['it was not started, and no message says so', 'missing', { ...without, executions: [] }, told],
  ['two manifests', 'wrong', { ...good, manifests: [manifest, { ...manifest, key: 'runs/other.json' }] }, told],
  [
    'a manifest of no execution',
    'wrong',
    { ...good, manifests: [manifest, { ...manifest, executionArn: 'other' }] },
    told,
  ],
  ['a code that the fault does not explain', 'wrong', stopped, [post('ABORTED')], calm],
  ['an execution that says otherwise', 'wrong', { ...stopped, executions: [execution] }, [post('ABORTED')], aborted],
  [
    'a count that is off',
    'wrong',
    { ...good, manifests: [{ ...manifest, records: { ...manifest.records, read: 6 } }] },
    told,
  ],
  ['a partition that is still held', 'wrong', { ...good, records: recordsWith({ holder: { runId: RUN } }) }, told],
  ['an unreadable record', 'wrong', { ...good, records: recordsWith({ fence: undefined }) }, told],
  ['a message that is still unsent', 'wrong', { ...good, outbox: ['outbox/x.json'] }, told],
  ['no message', 'wrong', good, []],
  ['a message that says otherwise', 'wrong', good, [post('FAILED')]],
  ['a fault that never struck', 'wrong', good, told, calm, ['RecordRun kill']],
  ['PUBLISHED without a publication', 'contradicting', unpublished, told],
  ['ABORTED although published', 'contradicting', published, [post('ABORTED')], aborted],
  ['a file that is not there', 'contradicting', { ...good, files: new Map() }, told],
  ['a file with fewer records', 'contradicting', { ...good, files: new Map([[FILE, ROWS.slice(1)]]) }, told],
  [
    'a record that is altered',
    'contradicting',
    { ...good, files: new Map([[FILE, [...ROWS.slice(1), 'id=r0 value=7']]]) },
    told,
  ],
  [
    'a record twice in the place of another',
    'contradicting',
    { ...good, files: new Map([[FILE, [...ROWS.slice(1), 'id=r1 value=1']]]) },
    told,
  ],
  ['a quarantine file that is not there', 'contradicting', partial(new Map()), told, partialCase],
  ['set-aside records that are lost', 'contradicting', partial(aside(ASIDE.slice(1))), told, partialCase],
  [
    'a set-aside record that is altered',
    'contradicting',
    partial(aside([...ASIDE.slice(1), { raw: 'r9,x', broken: 'value.type' }])),
    told,
    partialCase,
  ],
  ['a published file that is removed later', 'contradicting', { ...good, leftLater: [] }, told],
  ['a file that is never removed', 'wrong', { ...good, leftLater: [FILE, ORPHAN] }, told],
  ['told again after the receipt', 'told', good, [post(), receipt, post()]],
  ['told again for no reason', 'told', good, [post(), post()]],
  ['told by two at once', 'told', good, [post(), post(), receipt, receipt]],
  ['posted again after an answer, by a recorder that found no receipt yet', 'told', good, [post(), post(), receipt]],
];

it.each(mutants.map((mutant) => [mutant[0], mutant] as const))('notices: %s', (_what, mutant) => {
  const [, of, seen, happenings, one, missed] = mutant;
  expect(verdictOf(seen, happenings, one, missed).violations).toContainEqual(expect.objectContaining({ of }));
});

it.each([
  ['Slack did not answer', [post('PUBLISHED', false), post(), receipt]],
  ['the process died before the receipt', [post(), killed, post(), receipt]],
])('allows a repeat where %s', (_why, happenings) => {
  expect(verdictOf(good, happenings)).toMatchObject({ violations: [], repeated: 1 });
});
