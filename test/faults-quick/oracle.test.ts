import type { Execution } from '../../local/executions';
import { RUN, type Case } from '../faults/case';
import { judge, type Violation } from '../faults/oracle';
import type { Seen, SeenManifest } from '../faults/observe';
import type { Outcome } from '../faults/run-case';
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
  runId: RUN,
  executionArn: ARN,
  status: 'PUBLISHED',
  code: 'COMPLETE',
  records: { read: 5, quarantined: 0, duplicates: 0, published: 5 },
  outputs: [{ key: FILE, records: 5 }],
};
const cutOff: SeenManifest = { ...manifest, status: 'ABORTED', code: 'STOPPED_BY_OPERATOR', outputs: [] };
const publication = { runId: RUN, ending: { status: 'PUBLISHED', code: 'COMPLETE' } };
const record = { holder: null, publication, superseded: [] };
const good: Seen = {
  executions: [execution],
  manifests: [manifest],
  record,
  outbox: [],
  receipts: [],
  files: new Map([[FILE, 5]]),
};
const stopped: Seen = {
  ...good,
  executions: [{ ...execution, status: 'ABORTED' }],
  manifests: [cutOff],
  record: { ...record, publication: null },
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
  const fine = { violations: [], exactlyOne: true, told: true, repeated: 0 };
  expect(verdictOf(good, told)).toEqual(fine);
  expect(verdictOf(stopped, [post('ABORTED'), receipt], aborted)).toEqual(fine);
});

const without = { ...good, manifests: [] };
const late = { ...stopped, manifests: [{ ...cutOff, writtenAt: AT + 121_000 }] };
const unpublished = { ...good, record: { ...record, publication: null } };
const published = { ...stopped, record };
const mutants: [string, Violation['of'], Seen, readonly Traced[], Case?, string[]?][] = [
  ['no manifest', 'missing', without, told],
  ['a manifest 121 seconds after the event', 'missing', late, [post('ABORTED')], aborted],
  ['a run that never ends', 'missing', { ...good, executions: [{ ...execution, status: 'RUNNING' }] }, told],
  ['nobody started it, and nobody says so', 'missing', { ...without, executions: [] }, told],
  ['two manifests', 'wrong', { ...good, manifests: [manifest, { ...manifest, key: 'runs/other.json' }] }, told],
  ['a manifest of nobody', 'wrong', { ...good, manifests: [manifest, { ...manifest, executionArn: 'other' }] }, told],
  ['a code that the fault does not explain', 'wrong', stopped, [post('ABORTED')], calm],
  ['an execution that says otherwise', 'wrong', { ...stopped, executions: [execution] }, [post('ABORTED')], aborted],
  [
    'a count that is off',
    'wrong',
    { ...good, manifests: [{ ...manifest, records: { ...manifest.records, read: 6 } }] },
    told,
  ],
  ['a partition that is still held', 'wrong', { ...good, record: { ...record, holder: { runId: RUN } } }, told],
  ['a message that is still owed', 'wrong', { ...good, outbox: ['outbox/x.json'] }, told],
  ['nobody told', 'wrong', good, []],
  ['a message that says otherwise', 'wrong', good, [post('FAILED')]],
  ['a fault that never struck', 'wrong', good, told, calm, ['RecordRun kill']],
  ['PUBLISHED without a publication', 'contradicting', unpublished, told],
  ['ABORTED although published', 'contradicting', published, [post('ABORTED')], aborted],
  ['a file that is not there', 'contradicting', { ...good, files: new Map() }, told],
  ['a file with fewer records', 'contradicting', { ...good, files: new Map([[FILE, 4]]) }, told],
  ['told again after the receipt', 'told', good, [post(), receipt, post()]],
  ['told again for no reason', 'told', good, [post(), post()]],
  ['told by two at once', 'told', good, [post(), post(), receipt, receipt]],
  ['told again after an answer, by somebody who found no receipt yet', 'told', good, [post(), post(), receipt]],
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
