import type { FunctionName } from '../../core/contracts/function-table';
import { LONGEST_SECONDS, type AppSettings } from '../app-settings';

/** What a function is given, apart from environment and grants. */
export interface FunctionSpec {
  readonly description: string;
  readonly memoryMb: number;
  /** The Lambda's time-out; the state's is longer. */
  readonly timeoutSeconds: number;
}

/** A third of a vCPU: enough for JSON and S3, and starts twice as fast as 256 MB, where loading the SDK is what takes long. */
const SMALL_MB = 512;
/** The planner reads thousands of small objects at a time: with a whole vCPU it is not the client's parsing that takes long. */
const PLANNER_MB = 1769;
/** Two sweeps at a time do no harm, but they would do the same work twice. */
const SWEEP_SECONDS = 480;

/**
 * Every function. Time-outs leave room for the SDK's own attempts: one S3 call takes at most 3 × 30 s.
 */
export function functionSpecs(settings: AppSettings): Readonly<Record<FunctionName, FunctionSpec>> {
  const small = { memoryMb: SMALL_MB };
  const engine = { memoryMb: settings.engineMemoryMb, timeoutSeconds: LONGEST_SECONDS };
  return {
    'claim-partition': {
      ...small,
      timeoutSeconds: 120,
      description: 'Decides whether a run may work on its partition, and claims it by compare-and-swap',
    },
    'check-dependencies': {
      ...small,
      // A query takes at most 30 s to connect and 60 s to answer, after its secret's 3 × 13 s; all dependencies are asked at once.
      timeoutSeconds: 150,
      description: 'Asks what the dataset needs whether it is there, and a database for the settings',
    },
    'load-partition': {
      ...small,
      // 1,000 keys a page at some 100 ms: 300 s list over a million objects.
      timeoutSeconds: 300,
      description: 'Lists the source of a partition and plans its batches',
    },
    'validate-batch': {
      ...engine,
      description: 'Checks every record of a batch; writes accepted records as Parquet, the others to quarantine',
    },
    'process-batch': {
      ...engine,
      description: "Applies the dataset's transform to the accepted records of a batch, in its output format",
    },
    'check-partition': {
      ...engine,
      description: 'Checks the partition as a whole: duplicates across batches, tolerance, that all records add up',
    },
    'publish-partition': {
      ...small,
      // Makes sure of up to 500 files (each with record and quarantine) before its swap.
      timeoutSeconds: 300,
      description: 'Makes the output official by one compare-and-swap',
    },
    'record-run': {
      ...small,
      // Reads up to 25,000 events of history and 500 batch records, then posts to Slack.
      timeoutSeconds: 300,
      description: 'Seals the run, writes its manifest and tells Slack',
    },
    'execution-ended': {
      ...small,
      // Does what RecordRun does.
      timeoutSeconds: 300,
      description: 'Records the endings that nothing inside the state machine can: time-out, abort, runtime error',
    },
    'plan-backfill': {
      memoryMb: PLANNER_MB,
      // 35 days of 40 hourly datasets are 33,600 reads: at 64 at a time and 30 ms each 16 s. The rest is for throttling.
      timeoutSeconds: 600,
      description: 'Finds the partitions that are missing, each with its reason, and plans their runs',
    },
    'summarize-backfill': {
      ...small,
      // Reads at most 10,000 partition records.
      timeoutSeconds: 300,
      description:
        'Reads the ledger again when the runs of a backfill are over: what was recovered, what is still missing',
    },
    sweep: {
      ...small,
      // Ends before the next one begins, 10 minutes later; what it does not get done the next one does.
      timeoutSeconds: SWEEP_SECONDS,
      description: 'Finds what has no ending, was never started or not delivered, and makes up for it',
    },
  };
}
