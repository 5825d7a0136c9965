import { checkAgreement, checkPost } from './invariants';
import { goto, LAST_STEP, type Lambda, type StepSink } from './lambda-step';
import { baseOf, CODES, Flag, Of, Pc, RUNS, STEPS, type Act, type State } from './vocabulary';

/** How a recorder goes about it: the order of its acts, and what a removal may have changed. */
export interface Recording {
  /** The first request after each act; idle after the last. */
  readonly after: ReadonlyMap<Act, Pc>;
  readonly first: Pc;
  /** Where telling begins. */
  readonly telling: Pc;
  readonly seals: boolean;
  readonly manifestOnce: boolean;
  /** The ending that a run would be sealed with. */
  readonly standing: (state: State, lambda: Pick<Lambda, 'run' | 'at'>) => number;
}

/** The requests of a recorder beside those to the partition record. */
export function recordStep(state: State, { run, at }: Lambda, pc: Pc, sink: StepSink, recording: Recording): void {
  const { after } = recording;
  const next = sink.fork();
  const base = baseOf(run);
  const flags = base + Of.Flags;
  const has = (flag: number): boolean => (state[flags]! & flag) !== 0;
  const then = (to: Pc, answer: string, read = 0): void => {
    goto(next, at, to, read);
    sink.to(next, to === Pc.Idle ? { kind: 'recorded' } : undefined, `${STEPS[pc]}${answer}`);
  };
  switch (pc) {
    case Pc.LookForManifest:
      if (state[base + Of.Manifest] === 0) return then(recording.first, ' → none');
      return then(recording.seals ? Pc.ResealGet : Pc.LookForDelivery, ' → stands');
    case Pc.Peek:
      next[at + 2] = recording.standing(state, { run, at });
      return then(after.get('peek')!, ` → ${CODES[next[at + 2]!]}`);
    case Pc.Owe:
      next[flags]! |= Flag.Pointer;
      return then(after.get('owe')!, '');
    case Pc.WriteManifest: {
      const stands = state[base + Of.Manifest]! !== 0;
      if (stands && !recording.manifestOnce) sink.report('oneManifest', `that of ${RUNS[run]} was replaced`);
      if (!stands) next[base + Of.Manifest] = state[at + 2]!;
      next[at + 2] = 0;
      checkAgreement(next, run, sink.report);
      return then(after.get('manifest')!, stands ? ' → stands already' : ` ${CODES[state[at + 2]!]}`);
    }
    case Pc.LookForReceipt:
      if (has(Flag.Receipt)) return then(Pc.RemovePointer, ' → there', LAST_STEP);
      return then(after.get('look')!, ' → none', (state[flags]! & Flag.Posts) / Flag.OnePost + 1);
    case Pc.Post:
      checkPost(state, run, state[at + 1]!, sink.report);
      if ((state[flags]! & Flag.Posts) !== Flag.Posts) next[flags]! += Flag.OnePost;
      return then(after.get('post')!, '');
    case Pc.WriteReceipt:
      next[flags]! |= Flag.Receipt;
      return then(after.get('receipt')!, '', state[at + 1]);
    case Pc.RemovePointer:
      next[flags]! &= ~Flag.Pointer;
      return then(state[at + 1] === LAST_STEP ? Pc.Idle : after.get('remove')!, '');
    case Pc.LookForDelivery:
      return has(Flag.Receipt) ? then(recording.telling, ' → there') : then(Pc.OweAgain, ' → none');
    case Pc.OweAgain:
      next[flags]! |= Flag.Pointer;
      return then(recording.telling, '');
    default:
      throw new Error(`no recorder is at ${STEPS[pc]}`);
  }
}
