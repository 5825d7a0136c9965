import type { ReasonCode } from '../../core/contracts/run/endings';
import type { State } from './state-space';
export type { State };

/**
 * How a state of the model is laid out. A state is a vector of small numbers:
 *
 *   [partition record · faults left · extra recorder (program counter, record read, code, run and runs done) · run A … · run B …]
 *
 * and of a run:
 *
 *   [execution · task and retries left · fence of its claim · outcome · manifest · flags · current Lambda · three orphans]
 *
 * A Lambda is three cells: program counter, number of the partition record that it has read, code of the ending that it has sealed; with
 * that, whether it holds the lease of the message (`HOLDS`).
 */

/** Codes of endings that can occur in the model; 0 is none. One stands for all of its kind: the protocol treats them alike. */
export const CODES = [
  undefined,
  'COMPLETE',
  'INTERNAL_ERROR',
  'STOPPED_BY_OPERATOR',
  'ALREADY_RUNNING',
  'ALREADY_PUBLISHED',
  'PUBLISHED_BY_ANOTHER_RUN',
] as const satisfies readonly (ReasonCode | undefined)[];
export type Code = number;
export const FAILED: Code = CODES.indexOf('INTERNAL_ERROR');
export const STOPPED: Code = CODES.indexOf('STOPPED_BY_OPERATOR');
export const REPLACED: Code = CODES.indexOf('PUBLISHED_BY_ANOTHER_RUN');

/** Where a Lambda is: the name of the request that it makes next. */
export const STEPS = [
  'nothing',
  'Claim: GET record',
  'Claim: DescribeExecution',
  'Claim: PUT record',
  'Publish: GET record',
  'Publish: PUT record',
  'Record: GET manifest',
  'Record: GET record (to seal)',
  'Record: PUT record (seal)',
  'Record: GET record (no seal)',
  'Record: PUT pointer',
  'Record: PUT manifest',
  'Record: HEAD receipt',
  'Record: POST to Slack',
  'Record: PUT receipt',
  'Record: DELETE pointer',
  'Complete: GET record (to seal)',
  'Complete: PUT record (seal)',
  'Complete: HEAD receipt',
  'Complete: PUT pointer',
  'Record: GET pointer',
  'Record: PUT pointer (lease)',
  'Deliver: GET pointer',
  'Deliver: GET manifest',
] as const;
export const Pc = {
  Idle: 0,
  ClaimGet: 1,
  ClaimAsk: 2,
  ClaimPut: 3,
  PublishGet: 4,
  PublishPut: 5,
  LookForManifest: 6,
  SealGet: 7,
  SealPut: 8,
  Peek: 9,
  Outbox: 10,
  WriteManifest: 11,
  LookForReceipt: 12,
  Post: 13,
  WriteReceipt: 14,
  RemovePointer: 15,
  ResealGet: 16,
  ResealPut: 17,
  LookForDelivery: 18,
  OutboxAgain: 19,
  ReadPointer: 20,
  TakeLease: 21,
  DeliverPointer: 22,
  DeliverManifest: 23,
} as const;
export type Pc = (typeof Pc)[keyof typeof Pc];

/** The acts of recording, in the order that a recorder performs them. `peek` reads the record without sealing: only removals use it. */
export type Act = 'peek' | 'seal' | 'outbox' | 'manifest' | 'look' | 'post' | 'receipt' | 'remove';
/** As `docs/design.md` §4 has it, and `runtime/recording/record-ending.ts` with `runtime/delivery/`. The lease rides on `outbox`. */
export const ORDER: readonly Act[] = ['seal', 'outbox', 'manifest', 'look', 'post', 'receipt', 'remove'];
export const FIRST_STEP: Readonly<Record<Act, Pc>> = {
  peek: Pc.Peek,
  seal: Pc.SealGet,
  outbox: Pc.Outbox,
  manifest: Pc.WriteManifest,
  look: Pc.LookForReceipt,
  post: Pc.Post,
  receipt: Pc.WriteReceipt,
  remove: Pc.RemovePointer,
};

/** Cells of a state. */
export const Cell = {
  Record: 0,
  Faults: 1,
  Extra: 2,
  /** Low bits: the run that the extra recorder is at, plus 1; above them: those that it has done. */
  ExtraRun: 5,
  Runs: 6,
} as const;
/** Cells of a run, from its base. */
export const Of = {
  Execution: 0,
  Task: 1,
  Fence: 2,
  Outcome: 3,
  Manifest: 4,
  Flags: 5,
  Current: 6,
  Orphans: 9,
  Size: 18,
} as const;
export const ORPHANS = 3;
export const LAMBDA_CELLS = 3;
export const WIDTH = Cell.Runs + 2 * Of.Size;
export const RUNS = ['A', 'B'] as const;
export const baseOf = (run: number): number => Cell.Runs + run * Of.Size;

export const Execution = {
  Running: 0,
  /** SUCCEEDED or FAILED: the machine came to an end state. */
  Closed: 1,
  /** ABORTED or TIMED_OUT from outside: whatever Lambda was running runs on. */
  Cut: 2,
} as const;
export type Execution = (typeof Execution)[keyof typeof Execution];
export const Task = {
  Claim: 0,
  Publish: 1,
  Record: 2,
} as const;
export type Task = (typeof Task)[keyof typeof Task];
export const TASKS = ['ClaimPartition', 'PublishPartition', 'RecordRun'] as const;

/** What is in the buckets about a run beside record and manifest, and what the checker remembers. */
export const Flag = {
  Pointer: 1,
  Receipt: 2,
  /** A recorder has sealed the run as not published. */
  Sealed: 4,
  /** The run's publication stands, or stood. */
  Published: 8,
  Redriven: 16,
  /** Posts that Slack took, up to 3. */
  OnePost: 32,
  Posts: 96,
  /** A recorder holds the message's lease. */
  Lease: 128,
} as const;
/** Beside the code in a Lambda's third cell: it holds the lease of its run's message, as far as it knows. */
export const HOLDS = 8;
export const codeIn = (cell: number): number => cell & (HOLDS - 1);
export const postsOf = (flags: number): number => (flags & Flag.Posts) / Flag.OnePost;
