import { checkAgreement, checkPost } from './invariants';
import type { Parameters } from './parameters';
import { goto, LAST_STEP, type Lambda, type StepSink } from './lambda-step';
import { baseOf, Cell, codeIn, CODES, Flag, HOLDS, Of, Pc, RUNS, STEPS, type Act, type State } from './vocabulary';

/** How a recorder goes about it: the order of its acts, and what a removal may have changed. */
export interface Recording {
  /** The first request after each act; idle after the last. */
  readonly after: ReadonlyMap<Act, Pc>;
  readonly first: Pc;
  /** Where telling begins. */
  readonly telling: Pc;
  readonly seals: boolean;
  readonly manifestOnce: boolean;
  readonly lease: Parameters['lease'];
  /** The ending that a run would be sealed with. */
  readonly recorded: (state: State, lambda: Pick<Lambda, 'run' | 'at'>) => number;
}

/** What only the holder of a message does. */
const TELLING: ReadonlySet<Pc> = new Set([Pc.LookForReceipt, Pc.Post, Pc.WriteReceipt, Pc.RemovePointer]);

/** The requests of a recorder beside those to the partition record. */
export function recordStep(state: State, { run, at }: Lambda, pc: Pc, sink: StepSink, recording: Recording): void {
  const { after } = recording;
  const next = sink.fork();
  const base = baseOf(run);
  const flags = base + Of.Flags;
  const has = (flag: number): boolean => (state[flags]! & flag) !== 0;
  const holds = (of: State): boolean => recording.lease === 'none' || (of[at + 2]! & HOLDS) !== 0;
  const then = (to: Pc, answer: string, read = 0): void => {
    goto(next, at, to, read);
    sink.to(next, to === Pc.Idle ? { kind: 'recorded' } : undefined, `${STEPS[pc]}${answer}`);
  };
  /** Before the manifest a Lambda goes on in any case; after it only who holds the message tells it. */
  const onward = (answer: string, to: Pc): void => then(TELLING.has(to) && !holds(next) ? Pc.Idle : to, answer);
  const entered = (answer: string): void =>
    onward(answer, codeIn(state[at + 2]!) === 0 ? recording.telling : after.get('outbox')!);
  switch (pc) {
    case Pc.LookForManifest:
      if (state[base + Of.Manifest] === 0) return then(recording.first, ' → none');
      return then(recording.seals ? Pc.ResealGet : Pc.LookForDelivery, ' → stands');
    case Pc.Peek:
      next[at + 2] = recording.recorded(state, { run, at });
      return then(after.get('peek')!, ` → ${CODES[next[at + 2]!]}`);
    case Pc.Outbox:
    case Pc.OutboxAgain:
      if (has(Flag.Pointer)) return recording.lease === 'none' ? entered(' → there') : then(Pc.ReadPointer, ' → there');
      next[flags]! |= Flag.Pointer | Flag.Lease;
      next[at + 2]! |= HOLDS;
      if (state[Cell.Faults]! > 0 && recording.lease !== 'none') {
        const lost = next.slice();
        lost[Cell.Faults]! -= 1;
        goto(lost, at, Pc.ReadPointer, 0);
        sink.to(lost, undefined, `${STEPS[pc]} → done, and the response is lost`);
      }
      return entered('');
    case Pc.ReadPointer:
      if (!has(Flag.Pointer)) return entered(' → told and removed');
      if (has(Flag.Lease)) return entered(holds(state) ? ' → mine after all' : ' → another holds it');
      return then(Pc.TakeLease, ' → none holds it');
    case Pc.TakeLease:
      if (!has(Flag.Pointer) || has(Flag.Lease)) return entered(' → refused');
      next[flags]! |= Flag.Lease;
      next[at + 2]! |= HOLDS;
      return entered(' → done');
    case Pc.WriteManifest: {
      const stands = state[base + Of.Manifest]! !== 0;
      const code = codeIn(state[at + 2]!);
      if (stands && !recording.manifestOnce) sink.report('oneManifest', `that of ${RUNS[run]} was replaced`);
      if (!stands) next[base + Of.Manifest] = code;
      next[at + 2]! &= HOLDS;
      checkAgreement(next, run, sink.report);
      return onward(stands ? ' → stands already' : ` ${CODES[code]}`, after.get('manifest')!);
    }
    case Pc.LookForReceipt:
      if (has(Flag.Receipt)) return then(Pc.RemovePointer, ' → there', LAST_STEP);
      return then(after.get('look')!, ' → none', (state[flags]! & Flag.Posts) / Flag.OnePost + 1);
    case Pc.Post:
      // It looks at the clock before it posts.
      if (!holds(state)) return then(Pc.Idle, ' → not made, the lease is over');
      checkPost(state, run, state[at + 1]!, sink.report);
      if ((state[flags]! & Flag.Posts) !== Flag.Posts) next[flags]! += Flag.OnePost;
      return then(after.get('post')!, '');
    case Pc.WriteReceipt:
      next[flags]! |= Flag.Receipt;
      return then(after.get('receipt')!, '', state[at + 1]);
    case Pc.RemovePointer:
      next[flags]! &= ~(Flag.Pointer | Flag.Lease);
      return then(state[at + 1] === LAST_STEP ? Pc.Idle : after.get('remove')!, '');
    case Pc.LookForDelivery:
      return has(Flag.Receipt) ? then(Pc.RemovePointer, ' → there', LAST_STEP) : then(Pc.OutboxAgain, ' → none');
    case Pc.DeliverPointer:
      return then(Pc.DeliverManifest, '');
    case Pc.DeliverManifest:
      return then(Pc.TakeLease, '');
    default:
      throw new Error(`no recorder is at ${STEPS[pc]}`);
  }
}
