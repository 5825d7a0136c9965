import type { DatasetInput } from '../../lambdas/contracts/dataset';
import type { ReasonCode } from '../../lambdas/contracts/endings';
import { keys } from '../../lambdas/contracts/keys';
import { manifestSchema, type Manifest } from '../../lambdas/contracts/manifest';
import { HOUR_MS } from '../../lambdas/contracts/partition';
import { shiftPartition } from '../../lambdas/domain/calendar';
import { recordRun } from '../../lambdas/record-run/record-run';
import { RecordingWorld } from '../helpers/recording';
import { dataset, execution, PARTITION, publication, record, registry, run } from '../helpers/runs';

/** Errors that end with a code. */
const ERROR = { SCHEMA_MISMATCH: 'SchemaMismatch', SOURCE_EMPTY: 'SourceEmpty' } as const;
type Step = keyof typeof ERROR | 'COMPLETE';

/** A dataset, hour by hour: each is recorded a quarter of an hour after it is over. */
class Hours {
  readonly world = new RecordingWorld();
  private hour = 0;

  constructor(overrides: Partial<DatasetInput> = {}) {
    this.world.datasets = registry(dataset(overrides));
  }

  partition(hour = this.hour): string {
    return shiftPartition(PARTITION, hour);
  }

  async next(step: Step, input: object = {}): Promise<void> {
    await this.record(step, this.partition(), input);
    this.hour += 1;
    this.world.now = new Date(this.world.now.getTime() + HOUR_MS);
  }

  async record(step: Step, partition: string, input: object = {}): Promise<void> {
    const name = `run-${partition}-${this.world.manifestKeys().length}`;
    const ref = {
      ...execution(name, { dataset: 'flights', partition, trigger: 'schedule', ...input }),
      startTime: this.world.now.toISOString(),
    };
    if (step === 'COMPLETE') {
      const published = record({ publication: publication(name) });
      this.world.s3.put('ledger', keys.partition('flights', partition), published);
      const state = { run: run({ runId: name, partition }), publish: { Payload: {} } };
      await recordRun(this.world.recorder(), { execution: ref, state });
    } else {
      const failed = { ValidateBatch: { Error: ERROR[step], Cause: '' } };
      await recordRun(this.world.recorder(), { execution: ref, state: { failed } });
    }
  }

  manifests(): Manifest[] {
    return this.world.manifestKeys().map((key) => manifestSchema.parse(this.world.s3.json('ledger', key)));
  }

  codes(): ReasonCode[] {
    return this.manifests().map(({ reason }) => reason.code);
  }
}

const how = (hours: Hours) => hours.manifests().map(({ telling }) => telling?.how);

it('prints', async () => {
  const hours = new Hours();
  for (let i = 0; i < 60; i += 1) await hours.next('SCHEMA_MISMATCH');
  await hours.next('COMPLETE');
  console.log(hours.world.posts.map(({ text }) => text).filter((_t, i) => i < 4 || (i>22 && i<27)|| i > 57).join('\n'));
  console.log(how(hours).join(' '));
  const calm = new Hours({ notify: { when: 'changes' } });
  for (let i = 0; i < 60; i += 1) await calm.next('SCHEMA_MISMATCH');
  await calm.next('COMPLETE');
  await calm.next('COMPLETE');
  console.log(calm.world.posts.map(({ text }) => text).join('\n'));
  console.log(JSON.stringify(calm.world.s3.json('ledger', 'troubles/flights.json')).length);
});
