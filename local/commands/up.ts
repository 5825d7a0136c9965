import { once } from 'node:events';
import { narrate, type Say } from '../narrator';
import { DATA_DIR, DATASETS_DIR, openSession } from '../session';
import { sweepEveryTenMinutes } from '../sweeps';
import { folderOf, fromHere } from './paths';

/** Fixed, so that what was exported once works again. */
const PORTS = { s3: 4801, aws: 4800 };

export interface UpOptions {
  /** A folder of definitions in place of the project's own. */
  readonly datasets?: string;
  /** Where everything is left, in place of `.local/`. */
  readonly data?: string;
}

/**
 * `npm run local -- up`: the app stays up on loopback until Ctrl-C, for any S3 or Step Functions client. Goes on from what is in
 * `.local/`, and leaves it there.
 */
export async function up(say: Say, { datasets, data }: UpOptions): Promise<number> {
  const dataDir = data === undefined ? DATA_DIR : fromHere(data);
  const session = await openSession({
    fresh: false,
    notBefore: new Date('2001-01-02T04:00:00Z'),
    dataDir,
    datasetsDir: datasets === undefined ? DATASETS_DIR : folderOf('--datasets', datasets),
    ports: PORTS,
    say,
  });
  const { world } = session;
  try {
    narrate(world, { say, states: false, wholeMessages: true });
    const endSweeps = sweepEveryTenMinutes(world);
    const machine = world.sfn.machine('PartitionRun').arn;
    const environment = {
      ...world.environment,
      // What `rollcall` asks for.
      ROLLCALL_LEDGER_BUCKET: world.bucket('Ledger'),
      ROLLCALL_LAKE_BUCKET: world.bucket('Lake'),
      ROLLCALL_PARTITION_RUN_ARN: machine,
      ROLLCALL_BACKFILL_ARN: world.sfn.machine('Backfill').arn,
      ROLLCALL_CLOCK_OFFSET_MS: String(world.clock.now() - Date.now()),
    };
    say(`Up, on 127.0.0.1 only. The clock is at ${world.clock.date().toISOString()}. In another terminal:`);
    say('');
    for (const [name, value] of Object.entries(environment)) say(`export ${name}=${value}`);
    say('');
    say('and for example:');
    say(
      `aws stepfunctions start-execution --state-machine-arn ${machine} --input '{"dataset":"flights","partition":"2001-01-01T16"}'`,
    );
    say('aws stepfunctions stop-execution --execution-arn <ARN that the command before printed>');
    say(`npx rollcall backfill plan flights --start 2001-01-01 --end 2001-01-01`);
    say(`npx rollcall backfill start flights --start 2001-01-01T00 --end 2001-01-01T06`);
    say(`npx rollcall quarantine show flights 2001-01-01T07`);
    say('npx rollcall circuit show');
    say(`aws s3 ls --recursive s3://${world.bucket('Ledger')}/runs/`);
    say('');
    say('The sweep comes every ten minutes, and starts the runs of hours that are due and have not been started.');
    say(`Ctrl-C ends it; the buckets' content is then in ${dataDir}/buckets.`);
    const stay = setInterval(() => undefined, 60_000);
    await Promise.race([once(process, 'SIGINT'), once(process, 'SIGTERM')]);
    clearInterval(stay);
    endSweeps();
    say('Stopping …');
    return 0;
  } finally {
    await session.close();
  }
}
