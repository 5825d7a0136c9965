import { isPublishedCode, type Decisions, type Facts } from './decisions';
import type { Parameters } from './parameters';
import { baseOf, Cell, CODES, Execution, Flag, Of, Pc, postsOf, RUNS, type State } from './vocabulary';

/** What must hold in every reachable state and on every step, in words. Each violation begins with one of these. */
export const INVARIANTS = {
  oneManifest: 'a run has at most one manifest, and it never changes',
  agreement: 'a manifest says published exactly if its run’s publication stands or stood',
  holder: 'the publication changes only by a holder with the current fence',
  sealed: 'once sealed, a run never publishes',
  once: 'no run publishes twice',
  stays: 'a partition once published is published for ever, and a replaced publication is kept in superseded',
  asked: 'only a run that was told to reprocess replaces a publication',
  fence: 'the fence never falls, and rises whenever the holder changes',
  alive: 'no run takes the partition from an execution that runs',
  noLostUpdate: 'no update is lost: what is swapped was made from what stands',
  ownRefusal: 'no run is refused because of itself',
  toldTruth: 'nothing is posted before its manifest stands',
  toldOnce: 'nothing is posted again once its receipt stands, except by a poster that looked before',
  noOverlap: 'no recorder posts after another has posted since it looked for the receipt',
  complete:
    'from every state, if every Lambda dies and one sweep gets to finish: no closed execution holds the partition, each run has a manifest and a receipt, was posted at least once, and nothing is left in the outbox',
} as const;
export type Invariant = keyof typeof INVARIANTS;

/** Takes what is broken, and by what. */
export type Report = (invariant: Invariant, how: string) => void;

/** Who writes the partition record. */
export interface Writer {
  readonly run: number;
  readonly pc: Pc;
  /** The record that it has read. */
  readonly read: number;
}

/** What a write of the partition record breaks. `before` is the state in which it is made, `record` what is written. */
export function checkRecordWrite(
  decisions: Decisions,
  parameters: Parameters,
  before: State,
  record: number,
  { run, pc, read }: Writer,
  report: Report,
): void {
  const name = RUNS[run]!;
  const [old, now] = [decisions.facts(before[Cell.Record]!), decisions.facts(record)];
  if (read !== before[Cell.Record]!) report('noLostUpdate', `${name} wrote over what it had not read`);
  if (now.fence < old.fence) report('fence', `from ${old.fence} to ${now.fence}`);
  if (now.holder !== old.holder && now.fence === old.fence) report('fence', `it stayed ${now.fence}`);
  if (old.publisher >= 0 && now.publisher < 0) report('stays', 'there is none any more');
  if ((old.superseded & ~now.superseded) !== 0) report('stays', 'superseded lost a run');
  if (now.holder !== old.holder && now.holder >= 0 && old.holder >= 0) {
    const execution = before[baseOf(old.holder) + Of.Execution];
    if (execution === Execution.Running) report('alive', `${name} took it from ${RUNS[old.holder]!}`);
  }
  if (pc === Pc.PublishPut) checkPublication(parameters, before, run, old, now, report);
  else if (now.publisher !== old.publisher) report('holder', `${name} changed it without publishing`);
}

function checkPublication(
  { reprocess }: Parameters,
  before: State,
  run: number,
  old: Facts,
  now: Facts,
  report: Report,
): void {
  const name = RUNS[run]!;
  const [flags, fence] = [before[baseOf(run) + Of.Flags]!, before[baseOf(run) + Of.Fence]!];
  if ((flags & Flag.Published) !== 0) report('once', name);
  if ((flags & Flag.Sealed) !== 0) report('sealed', `${name} did`);
  if (old.holder !== run) report('holder', `${name} published, which does not hold the partition`);
  if (old.fence !== fence) report('holder', `${name} published under fence ${fence}, it is ${old.fence}`);
  if (old.publisher < 0) return;
  if (!reprocess[run]!) report('asked', `${name} did`);
  if ((now.superseded & (1 << old.publisher)) === 0)
    report('stays', `${RUNS[old.publisher]!} was replaced and forgotten`);
}

/** What a run's manifest and publication, each as it stands, break together. */
export function checkAgreement(state: State, run: number, report: Report): void {
  const manifest = state[baseOf(run) + Of.Manifest]!;
  if (manifest === 0) return;
  const published = (state[baseOf(run) + Of.Flags]! & Flag.Published) !== 0;
  if (isPublishedCode(manifest) === published) return;
  const stands = published ? 'its publication stands or stood' : 'it never published';
  report('agreement', `the manifest of ${RUNS[run]!} says ${CODES[manifest]}, and ${stands}`);
}

/** What a post breaks. `looked`: how many posts there were, plus 1, when the poster found no receipt; 0 when it did not look. */
export function checkPost(state: State, run: number, looked: number, report: Report): void {
  const base = baseOf(run);
  const flags = state[base + Of.Flags]!;
  if (state[base + Of.Manifest] === 0) report('toldTruth', RUNS[run]!);
  if (looked === 0 && (flags & Flag.Receipt) !== 0) report('toldOnce', `${RUNS[run]!} was`);
  if (looked > 0 && postsOf(flags) >= looked) report('noOverlap', `${RUNS[run]!} was`);
}

/** What is missing after everything died and a sweep went through. */
export function checkComplete(decisions: Decisions, state: State, report: Report): void {
  const { holder } = decisions.facts(state[Cell.Record]!);
  if (holder >= 0) report('complete', `${RUNS[holder]!} holds the partition for ever`);
  for (const [run, name] of RUNS.entries()) {
    const base = baseOf(run);
    const flags = state[base + Of.Flags]!;
    if (state[base + Of.Manifest] === 0) report('complete', `${name} has no manifest`);
    if (postsOf(flags) === 0) report('complete', `no message says how ${name} ended`);
    if ((flags & Flag.Receipt) === 0) report('complete', `the message of ${name} has no receipt`);
    if ((flags & Flag.Pointer) !== 0) report('complete', `the message of ${name} stays in the outbox`);
  }
}
