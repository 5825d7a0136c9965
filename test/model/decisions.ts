import { endingOf, type ReasonCode } from '../../core/contracts/run/endings';
import {
  EMPTY_RECORD,
  NO_RECORDS,
  type EndingRef,
  type PartitionRecord,
  type Publication,
} from '../../core/contracts/run/partition-record';
import { decideClaim, decidePublish, decideSeal } from '../../core/domain/partition/protocol';
import { CODES, RUNS, type Code } from './vocabulary';

/**
 * The decisions that the model checks: the real functions of `core/domain/partition/protocol.ts`. They are pure, so what they say of a record
 * is computed once and looked up ever after; records are numbered by their content, which is what an ETag stands for.
 */
export interface Rules {
  readonly claim: typeof decideClaim;
  readonly publish: typeof decidePublish;
  readonly seal: typeof decideSeal;
}
export const REAL_RULES: Rules = { claim: decideClaim, publish: decidePublish, seal: decideSeal };

/** What a record says of the two runs. */
export interface Facts {
  readonly fence: number;
  /** Runs by index, -1 for none. */
  readonly holder: number;
  readonly publisher: number;
  /** Bit per run. */
  readonly superseded: number;
}

export type ClaimAnswer =
  | { readonly kind: 'held'; readonly fence: number }
  | { readonly kind: 'take'; readonly fence: number; readonly next: number }
  | { readonly kind: 'refuse'; readonly code: Code }
  | { readonly kind: 'ask'; readonly holder: number }
  | { readonly kind: 'over' };
export type PublishAnswer =
  { readonly kind: 'published' } | { readonly kind: 'lost' } | { readonly kind: 'swap'; readonly next: number };
export interface SealAnswer {
  readonly stands: Code;
  /** 0: nothing to swap. */
  readonly next: number;
}

const CLAIMED_AT = new Date('2026-01-20T06:15:00Z');
const refOf = (code: ReasonCode): EndingRef => ({ status: endingOf(code).status, code });
const codeOf = (ending: EndingRef): Code => CODES.indexOf(ending.code as (typeof CODES)[number]);
const indexOfRun = (runId: string | undefined): number => RUNS.indexOf(runId as 'A' | 'B');

/** Whether an ending means that something is published. */
export function isPublishedCode(code: Code): boolean {
  const reason = CODES[code];
  return reason !== undefined && ['PUBLISHED', 'PARTIAL', 'NO_DATA'].includes(endingOf(reason).status);
}

/** As `recordEnding` does: an ending that points to another run does not become the partition's. */
const speaksForPartition = (reason: ReasonCode): boolean =>
  !['ALREADY_RUNNING', 'ALREADY_PUBLISHED', 'PUBLISHED_BY_ANOTHER_RUN'].includes(reason);

export class Decisions {
  /** Number 0 means "none"; 1 is the record of a partition that no run has touched, which S3 does not have. */
  private readonly numbers = new Map<string, number>();
  private readonly records: PartitionRecord[] = [];
  private readonly known: (Facts | undefined)[] = [];
  private readonly claims = new Map<number, ClaimAnswer>();
  private readonly publications = new Map<number, PublishAnswer>();
  private readonly seals = new Map<number, SealAnswer>();
  readonly empty = this.numberOf(EMPTY_RECORD);

  constructor(
    private readonly rules: Rules,
    private readonly reprocess: readonly boolean[],
    /** Minute at which each run ended, for `last.at`. */
    private readonly endedAt: readonly number[],
  ) {}

  get distinct(): number {
    return this.records.length;
  }

  facts(record: number): Facts {
    return (this.known[record] ??= this.readFacts(this.records[record - 1]!));
  }

  /** `runs`: what is known of the holder's execution. */
  claim(record: number, run: number, runs: boolean | undefined): ClaimAnswer {
    const key = (record * 2 + run) * 3 + (runs === undefined ? 0 : runs ? 1 : 2);
    return memo(this.claims, key, () => {
      const me = { runId: RUNS[run]!, executionArn: `arn:${RUNS[run]}`, reprocess: this.reprocess[run]! };
      const decision = this.rules.claim(this.records[record - 1]!, me, CLAIMED_AT, runs);
      if (decision.kind === 'take') return { ...decision, next: this.numberOf(decision.next) };
      if (decision.kind === 'refuse') return { kind: 'refuse', code: CODES.indexOf(decision.code) };
      if (decision.kind === 'ask') return { kind: 'ask', holder: indexOfRun(decision.holder.runId) };
      return decision;
    });
  }

  publish(record: number, run: number, fence: number): PublishAnswer {
    return memo(this.publications, (record * 2 + run) * 256 + fence, () => {
      const decision = this.rules.publish(this.records[record - 1]!, fence, publicationOf(run));
      if (decision.kind === 'swap') return { kind: 'swap', next: this.numberOf(decision.next) };
      if (decision.kind === 'void') throw new Error('no record of the model was ever recovered');
      return { kind: decision.kind };
    });
  }

  seal(record: number, run: number, code: Code): SealAnswer {
    return memo(this.seals, (record * 2 + run) * 16 + code, () => {
      const reason = CODES[code];
      if (reason === undefined) throw new Error('the model seals without an ending');
      const { stands, next } = this.rules.seal(this.records[record - 1]!, {
        runId: RUNS[run]!,
        ending: refOf(reason),
        at: new Date(CLAIMED_AT.getTime() + this.endedAt[run]! * 60_000),
        speaksForPartition: speaksForPartition(reason),
      });
      return { stands: codeOf(stands), next: next === undefined ? 0 : this.numberOf(next) };
    });
  }

  /** The ending of a run as the partition's last says it; undefined where another run's is there, or none. */
  lastCode(record: number, run: number): Code | undefined {
    const { last } = this.records[record - 1]!;
    return last !== null && indexOfRun(last.runId) === run ? codeOf(last.ending) : undefined;
  }

  private numberOf(record: PartitionRecord): number {
    const text = JSON.stringify(record);
    const number = this.numbers.get(text) ?? this.records.push(record);
    this.numbers.set(text, number);
    if (number > 0xffff) throw new Error('more records than a cell can number');
    return number;
  }

  private readFacts(record: PartitionRecord): Facts {
    return {
      fence: record.fence,
      holder: indexOfRun(record.holder?.runId),
      publisher: indexOfRun(record.publication?.runId),
      superseded: record.superseded.reduce((bits, run) => bits | (1 << indexOfRun(run.runId)), 0),
    };
  }
}

function memo<T>(table: Map<number, T>, key: number, compute: () => T): T {
  let value = table.get(key);
  if (value === undefined) table.set(key, (value = compute()));
  return value;
}

function publicationOf(run: number): Publication {
  const runId = RUNS[run]!;
  return {
    runId,
    executionArn: `arn:${runId}`,
    ending: refOf('COMPLETE'),
    publishedAt: CLAIMED_AT.toISOString(),
    definitionHash: 'd',
    codeVersion: 'c',
    files: [],
    quarantineFiles: [],
    records: NO_RECORDS,
    source: {
      kind: 'primary',
      bucket: 'b',
      prefix: 'p',
      objects: 1,
      bytes: 1,
      newestAgeSeconds: 0,
      complete: true,
      listingHash: 'h',
    },
    upstreams: [],
    planKey: `plans/${runId}`,
    failedBatches: [],
  };
}
