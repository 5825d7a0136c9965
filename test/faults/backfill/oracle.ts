import type { Execution } from '../../../local/aws/states/local-executions';
import { isTry, tryCodes, untried } from '../again';
import { allowedCodes, isPublished } from '../allowed';
import type { Case } from '../case';
import { situations } from '../situations';
import type { SeenManifest } from '../observe';
import { differenceOf, isOverdue, lateness, repeatsOf, type Verdict, type Violation } from '../oracle';
import type { Traced } from '../trace';
import { allowedStatuses } from './allowed';
import { BACKFILL, stories, type BackfillCase } from './case';
import type { BackfillOutcome, SeenBackfill } from './run-case';

type Add = (of: Violation['of'], says: string) => void;

/** Judges a case by what it left and by nothing that the product decided. */
export function judgeBackfill(outcome: BackfillOutcome): Verdict {
  const violations: Violation[] = [];
  const add: Add = (of, says) => void violations.push({ of, says });
  const { seen, one, missed } = outcome;
  const exactlyOne = endings(outcome, add);
  const [manifest] = seen.backfills;
  if (manifest !== undefined) {
    statusOf(outcome, manifest, add);
    numbers(outcome, manifest, add);
    for (const run of seen.runs) truthAbout(outcome, manifest, run, add);
  }
  for (const [dataset, { holder }] of seen.records)
    if (holder !== null) add('wrong', `${dataset} is held at the end by ${JSON.stringify(holder)}`);
  for (const [dataset, record] of seen.records) {
    const left = untried(dataset, record, one);
    if (left !== undefined) add('missing', left);
  }
  if (seen.outbox.length > 0) add('wrong', `still in the outbox: ${seen.outbox.join(', ')}`);
  if (one.ledger !== 'away' && one.ledger !== 'gone') for (const each of missed) add('wrong', `never struck: ${each}`);
  return { violations, exactlyOne, ...telling(outcome, add), outrun: 0 };
}

/** The backfill and each of its runs have come to an end, and each has one manifest, in time. */
function endings({ seen, one, backAt }: BackfillOutcome, add: Add): boolean {
  let good = true;
  const bad: Add = (of, says) => {
    good = false;
    add(of, says);
  };
  const all: readonly (readonly [Execution, readonly (SeenBackfill | SeenManifest)[]])[] = [
    [seen.backfill, seen.backfills],
    ...seen.runs.map((run) => [run, seen.manifests.filter(({ executionArn }) => executionArn === run.arn)] as const),
  ];
  for (const [{ name, arn, status, stopDate }, manifests] of all) {
    const [manifest, ...others] = manifests;
    if (status === 'RUNNING') bad('missing', `${name} still runs`);
    else if (manifest === undefined) bad('missing', `${name} ${status} has no manifest`);
    else if (others.length > 0) bad('wrong', `${name} has manifests: ${manifests.map(({ key }) => key).join(', ')}`);
    else if (manifest.executionArn !== arn) bad('wrong', `the manifest of ${name} is of ${manifest.executionArn}`);
    else {
      const late = lateness(one, { backAt, stopDate: stopDate ?? 0, writtenAt: manifest.writtenAt });
      if (late !== undefined) add('missing', `${name} is on record only ${late.toFixed(1)} minutes after its end`);
    }
  }
  const ofNone = seen.manifests.filter(({ executionArn }) => !seen.runs.some(({ arn }) => arn === executionArn));
  if (ofNone.length > 0) bad('wrong', `manifests of no execution: ${ofNone.map(({ key }) => key).join(', ')}`);
  return good;
}

/** The status is what the fault allows, and what the execution says. */
function statusOf({ one, seen }: BackfillOutcome, { status }: SeenBackfill, add: Add): void {
  const allowed = allowedStatuses(one);
  if (!allowed.has(status)) add('wrong', `the backfill is ${status}, allowed: ${[...allowed].join(', ')}`);
  const succeeds = status === 'RECOVERED' || status === 'NOTHING_MISSING';
  const execution = seen.backfill.status;
  if (execution === 'SUCCEEDED' && !succeeds) add('wrong', `the backfill SUCCEEDED, its manifest says ${status}`);
  // A process that dies in what only reports has recovered all the same.
  const disturbed = one.injections.length > 0 || one.ledger !== 'fine';
  if (execution !== 'SUCCEEDED' && succeeds && !disturbed)
    add('wrong', `the backfill ${execution}, its manifest says ${status}`);
}

/** What was planned is recovered or still missing, each partition once, and the sums are right. */
function numbers({ one, seen }: BackfillOutcome, manifest: SeenBackfill, add: Add): void {
  const missing = Object.values(manifest.stillMissing).flat();
  const named = [...manifest.recovered, ...missing].map(({ dataset }) => dataset).toSorted();
  const planned = seen.planned ? stories[one.situation].planned : [];
  // Recorded before an orphan of PlanBackfill wrote its plan.
  const early = named.length === 0 && one.injections.some(({ at }) => at === 'PlanBackfill');
  if (named.join() !== planned.join() && !early)
    add('wrong', `the manifest is about ${named.join() || 'nothing'}, planned was ${planned.join() || 'nothing'}`);
  const records = manifest.recovered.reduce((sum, each) => sum + each.records, 0);
  const sums = [manifest.hoursPlanned, manifest.hoursRecovered, manifest.totalRecords];
  if (sums.join() !== [named.length, manifest.recovered.length, records].join())
    add('wrong', `planned, recovered and records are ${sums.join()}`);
}

interface Publication {
  readonly runId: string;
  readonly records: { readonly published: number };
  readonly files: readonly { readonly key: string; readonly records: number }[];
}

/** What is said of a run, in its own manifest and in that of the backfill, is what the ledger and the lake hold. */
function truthAbout({ one, seen }: BackfillOutcome, manifest: SeenBackfill, run: Execution, add: Add): void {
  const own = seen.manifests.find(({ executionArn }) => executionArn === run.arn);
  const { dataset } = run.input as { readonly dataset: string };
  const publication = seen.records.get(dataset)?.['publication'] as Publication | null | undefined;
  const stands = publication?.runId === run.name ? publication : undefined;
  if (own === undefined) return;
  const base = situations[dataset === 'split' ? 'corrupt' : 'good'].code;
  const codes = isTry(run.name) ? tryCodes(codesOf(one, dataset), base) : codesOf(one, dataset);
  if (!codes.has(own.code)) add('wrong', `${run.name} is ${own.code}`);
  if (isPublished(own.code) !== (stands !== undefined))
    add('contradicting', `${run.name} says ${own.code}, its publication ${stands ? 'stands' : 'does not'}`);
  const recovered = manifest.recovered.find(({ runId }) => runId === run.name);
  const missing = Object.values(manifest.stillMissing)
    .flat()
    .find(({ runId }) => runId === run.name);
  if (recovered !== undefined) {
    const rows = (stands?.files ?? []).flatMap(({ key }) => seen.files.get(key) ?? ['no such file']);
    if (recovered.records !== rows.length)
      add('contradicting', `${dataset} is recovered with ${recovered.records} records, the files hold ${rows.length}`);
    const difference = differenceOf(rows, situations[dataset === 'split' ? 'two' : 'good'].rows);
    if (difference !== undefined) add('contradicting', `${dataset} is recovered, and ${difference}`);
  }
  if (missing !== undefined && missing.code !== own.code)
    add('contradicting', `${dataset} is missing for ${missing.code}, its run says ${own.code}`);
}

/** How a run of the backfill may end. */
function codesOf(one: BackfillCase, dataset: string): ReadonlySet<string> {
  const situation = dataset === 'split' ? 'corrupt' : 'good';
  const base = situations[situation].code;
  if (one.target === 'child' && dataset === 'plain') {
    const calm = { situation, neverStarted: undefined, successorAfterSeconds: undefined } as const;
    return allowedCodes({ ...one, ...calm, family: 'task' } satisfies Case);
  }
  // Stopped with its backfill, or unlucky with S3.
  const cut = [...allowedStatuses(one)].some((status) => status === 'ABORTED' || status === 'TIMED_OUT');
  const codes = [base, ...(cut ? ['STOPPED_BY_OPERATOR'] : [])];
  return new Set(one.ledger === 'fine' ? codes : [...codes, 'SOURCE_UNAVAILABLE', 'PLATFORM_UNAVAILABLE']);
}

/** The backfill is told, once but for lawful repetitions; each of its runs in that message or by itself, and not in both. */
function telling({ seen, trace: { happenings } }: BackfillOutcome, add: Add): { told: boolean; repeated: number } {
  const [manifest] = seen.backfills;
  let told = manifest !== undefined;
  let repeated = 0;
  const once = (id: string, posts: readonly Post[]): void => {
    const repeats = repeatsOf(happenings, id, posts);
    repeated += repeats.lawful;
    if (repeats.without > 0) add('told', `${id} was told again without cause`);
  };
  const untold = (id: string): void => {
    told = false;
    add('wrong', `no message about ${id}`);
  };
  if (manifest === undefined) return { told, repeated };
  const ofBackfill = postsWith(happenings, manifest.key);
  if (ofBackfill.length === 0) untold(BACKFILL);
  once(BACKFILL, ofBackfill);
  for (const { post } of ofBackfill)
    if (!post.text.includes(manifest.status)) add('wrong', `the message does not say ${manifest.status}: ${post.text}`);
  const named = [...manifest.recovered, ...Object.values(manifest.stillMissing).flat()].map(({ runId }) => runId);
  for (const { key, runId } of seen.manifests) {
    const posts = postsWith(happenings, key);
    if (posts.length === 0 && !named.includes(runId)) untold(runId);
    if (posts.length > 0 && named.includes(runId)) add('told', `${runId} is told by its backfill and by itself`);
    once(runId, posts);
  }
  return { told, repeated };
}

interface Post {
  readonly index: number;
  readonly post: Extract<Traced, { what: 'post' }>;
}

function postsWith(happenings: readonly Traced[], key: string): Post[] {
  return happenings.flatMap((post, index) =>
    post.what === 'post' && !isOverdue(post.text) && post.payload.includes(key) ? [{ index, post }] : [],
  );
}
