import type { Execution } from '../../local/aws/states/local-executions';
import { isTry, tryCodes, untried } from './again';
import { allowedCodes, isPublished } from './allowed';
import { RENAMED } from './deployments';
import { INNOCENT, NEXT_RUN, ONE_MESSAGE_SLACKS, type Case } from './case';
import type { Seen, SeenManifest } from './observe';
import type { Outcome } from './run-case';
import { situationOf, type SetAside } from './situations';
import type { Traced } from './trace';

/** What is wrong with a case, by the words of the summary line. */
export interface Violation {
  readonly of: 'missing' | 'wrong' | 'contradicting' | 'told';
  readonly says: string;
}

export interface Verdict {
  readonly violations: readonly Violation[];
  readonly exactlyOne: boolean;
  readonly told: boolean;
  /** Posts over one per ending, each with a cause. */
  readonly repeated: number;
  /** Strikes that did not happen, because of several recorders at the same time another one had done that work. */
  readonly outrun: number;
}

const MINUTE_MS = 60_000;
/** What strikes here may find the run published, or recorded as well. */
const LATE: ReadonlySet<string> = new Set(['PublishPartition', 'RecordRun', 'RunOutcome?', 'RunSucceeded']);

/** Judges a case by what it left and by nothing that the product decided. */
export function judge(outcome: Outcome): Verdict {
  const violations: Violation[] = [];
  const add = (of: Violation['of'], says: string) => void violations.push({ of, says });
  const { seen, one, trace } = outcome;

  const exactlyOne = manifestsOf(outcome, add);
  for (const execution of seen.executions) timely(outcome, execution, add);
  for (const manifest of seen.manifests) {
    endingOf(outcome, manifest, add);
    publicationOf(outcome, manifest, add);
  }
  published(outcome, add);
  leftovers(outcome, add);
  for (const [of, { fence, holder }] of seen.records) {
    // What another release wrote must not be touched; whatever else is unreadable is healed. Either way a person hears of it.
    if (typeof fence !== 'number' && !seen.called.some((subject) => /unreadable/.test(subject)))
      add('wrong', `the record of ${of} is unreadable, and no person was called`);
    if ((holder ?? null) !== null) add('wrong', `${of} is held at the end by ${JSON.stringify(holder)}`);
  }
  for (const [of, record] of seen.records) {
    const left = untried(of, record, one);
    if (left !== undefined) add('missing', left);
  }
  // What Slack takes in no form stays, and a person was called for it.
  const mayStay =
    ONE_MESSAGE_SLACKS.some((mood) => mood === one.slack) && seen.called.some((of) => /undelivered/.test(of));
  if (seen.outbox.length > 0 && !mayStay) add('wrong', `still in the outbox: ${seen.outbox.join(', ')}`);
  let outrun = 0;
  for (const missed of outcome.missed) {
    // Which of them comes first is the machine's business; whichever it is, all that is said here must hold.
    if (one.route === 'together' && missed.endsWith(' request')) outrun += 1;
    // A run that gave up while S3 was away does not come to every state.
    else if (one.ledger !== 'away' && one.ledger !== 'gone') add('wrong', `never struck: ${missed}`);
  }

  let repeated = 0;
  let told = seen.manifests.length > 0;
  for (const manifest of seen.manifests) {
    const posts = postsAbout(trace.happenings, manifest);
    if (posts.length === 0) {
      told = false;
      add('wrong', `no message about ${manifest.runId} ${manifest.code}`);
    }
    if (posts.length > MOST_POSTS) add('told', `${manifest.runId} was told ${posts.length} times`);
    if (isInnocent(manifest.runId)) promptly(manifest, posts, seen, add);
    const repeats = repeatsOf(trace.happenings, manifest.runId, posts);
    repeated += repeats.lawful;
    for (let count = 0; count < repeats.without; count += 1)
      add('told', `${manifest.runId} was told again without cause`);
    for (const { post } of posts) {
      if (!post.text.includes(manifest.status) && !isSummary(post.text))
        add('wrong', `the message does not say ${manifest.status}: ${post.text}`);
    }
  }
  return { violations, exactlyOne, told, repeated, outrun };
}

type Add = (of: Violation['of'], says: string) => void;

/** A message that Slack has nothing against does not wait for one that it has. */
function promptly({ runId, executionArn }: SeenManifest, posts: readonly Post[], seen: Seen, add: Add): void {
  const ended = seen.executions.find(({ arn }) => arn === executionArn)?.stopDate;
  const first = posts[0]?.post.at;
  if (ended !== undefined && first !== undefined && first - ended > PROMPT_MS)
    add('wrong', `${runId} was told only ${Math.round((first - ended) / MINUTE_MS)} minutes after its end`);
}

/** One manifest per execution, and none of an execution that does not exist. */
function manifestsOf({ seen, one }: Outcome, add: Add): boolean {
  let good = true;
  const bad = (of: Violation['of'], says: string) => {
    good = false;
    add(of, says);
  };
  for (const { arn, name, status } of seen.executions) {
    const own = seen.manifests.filter((manifest) => manifest.executionArn === arn);
    if (status === 'RUNNING') bad('missing', `${name} still runs`);
    else if (own.length === 0) bad('missing', `${name} ${status} has no manifest`);
    else if (own.length > 1)
      bad('wrong', `${name} has ${own.length} manifests: ${own.map(({ key }) => key).join(', ')}`);
  }
  const others = seen.manifests.filter(({ executionArn }) => !seen.executions.some(({ arn }) => arn === executionArn));
  const never = others.filter(({ code }) => code === 'NEVER_STARTED');
  if (others.length > never.length)
    bad('wrong', `manifests of no execution: ${others.map(({ key }) => key).join(', ')}`);
  if (never.length > 0 && one.neverStarted === undefined) bad('wrong', 'NEVER_STARTED, although it was started');
  if (seen.executions.length === 0 && never.length !== 1)
    bad('missing', 'neither started nor on record as never started');
  return good;
}

/** On record in time: 2 minutes after the end where the event came, 15 where it did not; counted from when S3 was back. */
function timely({ seen, one, backAt }: Outcome, { arn, name, stopDate }: Execution, add: Add): void {
  const manifest = seen.manifests.find(({ executionArn }) => executionArn === arn);
  if (manifest === undefined || stopDate === undefined) return;
  const late = lateness(one, { backAt, stopDate, writtenAt: manifest.writtenAt });
  if (late !== undefined) add('missing', `${name} is on record only ${late.toFixed(1)} minutes after its end`);
}

/** Minutes after which an ending came on record, where those are too many. */
export function lateness(
  one: Pick<Case, 'injections' | 'route'>,
  { backAt, stopDate, writtenAt }: { backAt: number | undefined; stopDate: number; writtenAt: number },
): number | undefined {
  const from = Math.max(stopDate, backAt ?? 0);
  // ExecutionEnded that hangs takes its 5 minutes before Lambda tries again: then the sweep is what guarantees.
  const hangs = one.injections.some(
    ({ at, ...rest }) => at === 'ExecutionEnded' && 'act' in rest && rest.act === 'hang',
  );
  const arrives = one.route !== 'lost' && one.route !== 'late' && backAt === undefined && !hangs;
  const minutes = (writtenAt - from) / MINUTE_MS;
  // A sweep that is struck leaves it to the next one.
  const struck = one.injections.some(({ at }) => at === 'Sweep') ? 10 : 0;
  return minutes > (arrives ? 2 : 15) + struck ? minutes : undefined;
}

/** Status and code are what the injection allows, and what the execution says. */
function endingOf(outcome: Outcome, { executionArn, runId, dataset, status, code }: SeenManifest, add: Add): void {
  const { one, seen } = outcome;
  const execution = seen.executions.find(({ arn }) => arn === executionArn);
  const allowed = codesFor(outcome, runId, dataset);
  if (!allowed.has(code)) add('wrong', `${runId} is ${status} ${code}, allowed: ${[...allowed].join(', ')}`);
  if (execution === undefined) return;
  const succeeds = ['PUBLISHED', 'PARTIAL', 'NO_DATA', 'SKIPPED'].includes(status);
  if (execution.status === 'SUCCEEDED' && !succeeds) add('wrong', `${runId} SUCCEEDED, its manifest says ${status}`);
  // A process that dies in or after recording, or is cut off after publishing, is published all the same.
  const late = one.injections.some(({ at }) => LATE.has(at)) || one.ledger !== 'fine';
  if (execution.status !== 'SUCCEEDED' && succeeds && !late)
    add('wrong', `${runId} ${execution.status}, its manifest says ${status}`);
}

/** What a run may end with: the one under test, the one after it, one beside it, or one that a new name of the dataset brought about. */
function codesFor(outcome: Outcome, runId: string, dataset: string | null): ReadonlySet<string> {
  const { one } = outcome;
  if (isInnocent(runId)) return PUBLISHED_ALREADY;
  if (dataset?.endsWith(RENAMED) === true) return new Set([situationOf(one.situation).code]);
  if (runId === NEXT_RUN) return successorCodes(outcome);
  return isTry(runId) ? tryCodes(allowedCodes(one), situationOf(one.situation).code) : allowedCodes(one);
}

const isInnocent = (runId: string): boolean => runId.startsWith(INNOCENT);
const PUBLISHED_ALREADY: ReadonlySet<string> = new Set(['ALREADY_PUBLISHED']);
/** Slack has taken a message so often where it took all of them and never answered: three posts, and a notice that it may have arrived. */
const MOST_POSTS = 4;
/** An innocent message goes out with its ending, or with the next sweep. */
const PROMPT_MS = 12 * MINUTE_MS;

/** The run that comes after a cut-off one: it publishes, or the first one did, or the first one was still there. */
function successorCodes({ one }: Outcome): ReadonlySet<string> {
  return new Set([situationOf(one.situation).code, 'ALREADY_PUBLISHED', 'ALREADY_RUNNING']);
}

interface File {
  readonly key: string;
  readonly records: number;
}
interface Publication {
  readonly runId: string;
  readonly ending: { readonly status: string; readonly code: string };
  readonly files: readonly File[];
  readonly quarantineFiles: readonly File[];
}

/** What is published of the partition that a manifest is about, and what was before. */
function publicationsOf({ seen }: Outcome, { dataset, partition }: Pick<SeenManifest, 'dataset' | 'partition'>) {
  const record = seen.records.get(`${dataset}/${partition}`);
  const current = (record?.['publication'] ?? undefined) as Publication | undefined;
  return { current, superseded: (record?.['superseded'] ?? []) as readonly Publication[] };
}

/**
 * A manifest says that its run published if and only if the record says so; then its files are there, and hold the records that the
 * source has, each as it is, and what was set aside is in quarantine, each as it came.
 */
function publicationOf(outcome: Outcome, manifest: SeenManifest, add: Add): void {
  const { seen, one } = outcome;
  const { runId, code, outputs, quarantine, records } = manifest;
  const { current, superseded } = publicationsOf(outcome, manifest);
  const own = [current, ...superseded].find((publication) => publication?.runId === runId) ?? undefined;
  if (isPublished(code) && own === undefined)
    return add('contradicting', `${runId} says ${code}, and published nothing`);
  if (!isPublished(code) && own !== undefined)
    return add('contradicting', `${runId} says ${code}, and its publication stands`);
  if (own === undefined) return undefined;
  if (own.ending.code !== code) add('contradicting', `${runId} says ${code}, its publication ${own.ending.code}`);
  const expected = situationOf(one.situation);
  if (current?.runId === runId) {
    for (const file of outputs) holds(seen.files, file, add);
    for (const file of quarantine) holds(seen.quarantine, file, add);
    const rows = outputs.flatMap(({ key }) => seen.files.get(key) ?? []);
    if (rows.length !== records['published'])
      add('contradicting', `${runId} says ${records['published']} published, the files hold ${rows.length}`);
    const difference = code === expected.code ? differenceOf(rows, expected.rows) : undefined;
    if (difference !== undefined) add('contradicting', `${runId} is published, and ${difference}`);
    const aside = quarantine.flatMap(({ key }) => seen.quarantine.get(key) ?? []).map(inWords);
    const lost = code === expected.code ? differenceOf(aside, expected.setAside.map(inWords)) : undefined;
    if (lost !== undefined) add('contradicting', `${runId} is published, and of what it set aside ${lost}`);
  }
  if (code !== expected.code) return undefined;
  for (const [name, count] of Object.entries(expected.records))
    if (records[name] !== count) add('wrong', `${runId}: ${name} is ${records[name]}, expected ${count}`);
  return undefined;
}

const inWords = ({ raw, broken }: SetAside): string => `${broken}: ${raw}`;

/** A file that a manifest names is there, with as many records as it says. */
function holds(files: ReadonlyMap<string, readonly unknown[]>, { key, records }: File, add: Add): void {
  const found = files.get(key);
  if (found === undefined) add('contradicting', `${key} is not there`);
  else if (found.length !== records)
    add('contradicting', `${key} is to hold ${records} records, it holds ${found.length}`);
}

/** How two lists of records differ, whatever their order; undefined where they do not. */
export function differenceOf(found: readonly string[], expected: readonly string[]): string | undefined {
  const counts = new Map<string, number>();
  for (const row of expected) counts.set(row, (counts.get(row) ?? 0) + 1);
  for (const row of found) counts.set(row, (counts.get(row) ?? 0) - 1);
  const first = [...counts].find(([, count]) => count !== 0);
  if (first === undefined) return undefined;
  const [row, count] = first;
  return count > 0 ? `${row} is missing` : `${row} is there ${-count} times too often`;
}

/** Every publication of a run here has a manifest that says so. */
function published(outcome: Outcome, add: Add): void {
  const { seen } = outcome;
  for (const [of, record] of seen.records) {
    const current = record['publication'] as Publication | null | undefined;
    for (const { name } of seen.executions) {
      if (current?.runId !== name) continue;
      const manifest = seen.manifests.find(({ runId }) => runId === name);
      if (manifest !== undefined && !isPublished(manifest.code))
        add('contradicting', `${name} is published as ${of}, its manifest says ${manifest.code}`);
    }
  }
}

/** Long after, the lake has what is published with its records, and nothing that nothing refers to. */
function leftovers({ seen, one }: Outcome, add: Add): void {
  if (seen.leftLater === undefined) return;
  const { dataset } = situationOf(one.situation);
  // The sweep does not look at the files of a dataset that is not deployed any more.
  const isDeployed = !one.injections.some(
    (injection) => injection.kind === 'deploy' && (injection.change === 'removal' || injection.change === 'rename'),
  );
  const current = [...seen.records]
    .filter(([of]) => of.startsWith(`${dataset}/`))
    .flatMap(([, record]) => (record['publication'] ?? []) as Publication | readonly []);
  const files = current.flatMap(({ files: data, quarantineFiles }) => [...data, ...quarantineFiles]);
  for (const { key } of files) if (!seen.leftLater.includes(key)) add('contradicting', `${key} was removed later`);
  const referred = new Set(files.map(({ key }) => fingerprintIn(key)));
  const orphans = seen.leftLater.filter((key) => !referred.has(fingerprintIn(key)));
  if (isDeployed && orphans.length > 0) add('wrong', `still in the lake, and not referred to: ${orphans.join(', ')}`);
}

const fingerprintIn = (key: string): string | undefined => /[0-9a-f]{32}/.exec(key)?.[0];

export interface Post {
  readonly index: number;
  readonly post: Extract<Traced, { what: 'post' }>;
}

/** Posts that name the run: by its manifest or its execution, or by its partition and its ending in a summary or a notice. */
function postsAbout(
  happenings: readonly Traced[],
  { key, executionArn, dataset, partition, status, code }: SeenManifest,
): Post[] {
  const named = `${dataset} ${partition} ${status} ${code}`;
  const isAbout = ({ text, payload }: Post['post']) =>
    payload.includes(key) || (executionArn !== '' && payload.includes(executionArn)) || text.includes(named);
  return happenings.flatMap((post, index) =>
    post.what === 'post' && !isOverdue(post.text) && isAbout(post) ? [{ index, post }] : [],
  );
}

/** Posts over one, by whether they have a cause; `id` is that of the run or of the backfill. */
export function repeatsOf(
  happenings: readonly Traced[],
  id: string,
  posts: readonly Pick<Post, 'index'>[],
): { readonly lawful: number; readonly without: number } {
  const lawful = posts.filter(({ index }, place) => {
    const before = posts[place - 1];
    return before !== undefined && hasCause(happenings, id, before.index, index);
  }).length;
  return { lawful, without: Math.max(posts.length - 1, 0) - lawful };
}

/** That a run still goes past its deadline is news of its own, and no ending. */
export const isOverdue = (text: string) => text.includes(' OVERDUE:');
const isSummary = (text: string) => /\b\d+ (runs|endings|hours|partitions)\b/.test(text);

/** Whether a key, or a request that names one, is about the receipt of a run's message. */
const receiptOf = (runId: string) => (key: string) => /receipts\//.test(key) && key.endsWith(`~${runId}.json`);

/**
 * A post may be repeated only where Slack may have taken the one before and no receipt could be written: its answer was lost, or what should
 * have written the receipt.
 */
function hasCause(happenings: readonly Traced[], runId: string, from: number, to: number): boolean {
  const between = happenings.slice(from, to);
  const first = between[0];
  const isReceipt = receiptOf(runId);
  if (between.some((one) => one.what === 'receipt' && isReceipt(one.key))) return false;
  const unanswered = first?.what === 'post' && !first.answered;
  return unanswered || between.some((one) => one.what === 'strike' && /PutObject/.test(one.on) && isReceipt(one.on));
}
