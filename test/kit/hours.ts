import type { Dataset } from '../../core/contracts/dataset/dataset';
import { keys } from '../../core/contracts/keys';
import { manifestSchema, type Manifest } from '../../core/contracts/run/manifest';
import { MINUTE_MS, partitionEnd } from '../../core/contracts/partition';
import { shiftPartition } from '../../core/domain/partition/calendar';
import { recordRun } from '../../lambdas/record-run/record-run';
import type { Call } from './memory-s3';
import type { Mortal } from './mortal';
import { checkResult, ending, execution, holder, plan, publication, record, run } from './runs';
import { MemoryWorld } from './memory-world';

/** How a run ends: an error of ValidateBatch, or what is published. */
const ERRORS = {
  SCHEMA_MISMATCH: 'SchemaMismatch',
  SOURCE_CORRUPT: 'SourceCorrupt',
  INTERNAL_ERROR: 'SomethingElse',
} as const;
export type Step = keyof typeof ERRORS | 'COMPLETE' | 'WITHIN_TOLERANCE';

/** Ledger, Slack and pager, hour by hour: runs end a quarter of an hour after their hour is over, and sweeps come every ten minutes. */
export class Hours extends MemoryWorld {
  private runs = 0;
  /** What becomes of a recorder's call to the ledger instead of being answered. */
  fault: ((call: Call) => Error | undefined) | undefined;

  constructor(
    datasets: readonly Dataset[],
    /** The hour whose run ends next. */
    public hour = '2026-01-20T05',
  ) {
    super();
    this.datasets = new Map(datasets.map((one) => [one.name, one]));
    this.setClock(15);
  }

  /** So many minutes after the end of the hour. */
  setClock(minutes: number): void {
    this.now = new Date(partitionEnd(this.hour).getTime() + minutes * MINUTE_MS);
    this.s3.now = this.now;
  }

  /** An hour passes: the run of each dataset ends as it is told, or there is none. */
  async next(steps: Readonly<Record<string, Step | undefined>>, sweeps = 1): Promise<void> {
    this.setClock(15);
    for (const [dataset, step] of Object.entries(steps)) if (step !== undefined) await this.end(dataset, step);
    for (let i = 0; i < sweeps; i += 1) {
      this.minutesLater(10);
      await this.sweep();
    }
    this.hour = shiftPartition(this.hour, 1);
    this.setClock(15);
  }

  /** The run of a partition ends. Gives its name, with which it can be recorded again. */
  async end(
    dataset: string,
    step: Step,
    how: { partition?: string; input?: object; name?: string; mortal?: Mortal } = {},
  ): Promise<string> {
    const { partition = this.hour, name = `run-${(this.runs += 1)}` } = how;
    const input = { dataset, partition, trigger: 'schedule', ...how.input };
    const ref = {
      ...execution(name, input),
      startTime: new Date(Math.max(this.now.getTime(), partitionEnd(partition).getTime())).toISOString(),
    };
    const state = isPublication(step)
      ? this.publish(dataset, partition, name, step)
      : { failed: { ValidateBatch: { Error: ERRORS[step], Cause: '' } } };
    await recordRun(this.recorder(how.mortal, this.fault), { execution: ref, state });
    return name;
  }

  private publish(dataset: string, partition: string, runId: string, step: 'COMPLETE' | 'WITHIN_TOLERANCE'): object {
    const records =
      step === 'COMPLETE'
        ? { read: 690, accepted: 690, quarantined: 0, duplicates: 0, dropped: 0, added: 0, published: 690 }
        : { read: 690, accepted: 680, quarantined: 10, duplicates: 0, dropped: 0, added: 0, published: 680 };
    const official = publication(runId, { ending: ending(step), records });
    const before = this.s3.json('ledger', keys.partition(dataset, partition)) as object | undefined;
    this.s3.put('ledger', keys.partition(dataset, partition), {
      ...record(),
      ...before,
      // It lets go of the partition when its ending is sealed.
      holder: holder(runId),
      publication: official,
    });
    const rules = [{ name: 'delay', broken: 10, samples: [] }];
    this.s3.put('ledger', keys.plan(dataset, partition, runId, 1), plan({ dataset, partition, runId }));
    this.s3.put(
      'ledger',
      keys.check(dataset, partition, runId),
      checkResult({ runId, ending: ending(step), records, ...(step === 'COMPLETE' ? {} : { rules }) }),
    );
    return { run: run({ dataset, partition, runId }), publish: { Payload: {} } };
  }

  manifestsOf(dataset: string): Manifest[] {
    return this.s3.keys('ledger', `runs/${dataset}/`).map((key) => manifestSchema.parse(this.s3.json('ledger', key)));
  }

  /** What Slack took about a dataset's hours. */
  textsOf(dataset: string): string[] {
    return this.posts.map(({ text }) => text).filter((text) => new RegExp(`^\\S+ ${dataset} \\d`).test(text));
  }
}

function isPublication(step: Step): step is 'COMPLETE' | 'WITHIN_TOLERANCE' {
  return step === 'COMPLETE' || step === 'WITHIN_TOLERANCE';
}
