import { join } from 'node:path';
import type { S3Client } from '@aws-sdk/client-s3';
import type { z } from 'zod';
import { claimPartition } from '../../lambdas/claim-partition/claim-partition';
import { identitySchema } from '../../core/contracts/run/identity';
import { channelsStateSchema, rollCallSchema } from '../../core/contracts/sweep/roll-call';
import { incidentsStateSchema } from '../../core/contracts/sweep/sweep-state';
import { troublesSchema } from '../../core/contracts/run/troubles';
import { unlistedSchema } from '../../core/contracts/sweep/unlisted';
import type { PlanBackfillOutput } from '../../core/contracts/backfill/backfill';
import type { ClaimOutput } from '../../core/contracts/run/steps';
import { executionEnded } from '../../lambdas/execution-ended/execution-ended';
import { planBackfill } from '../../lambdas/plan-backfill/plan-backfill';
import { recordRun } from '../../lambdas/record-run/record-run';
import { render } from '../../core/runtime/notifiers/slack/render';
import { publish } from '../../core/runtime/ledger/partition-record';
import { Store } from '../../core/runtime/store/store';
import { summarizeBackfill } from '../../lambdas/summarize-backfill/summarize-backfill';
import type { RecordingContext } from '../../core/runtime/recording/record-ending';
import type { SweepDependencies } from '../../lambdas/sweep/sweep-context';
import { sweep } from '../../lambdas/sweep/sweep';
import { parseDataset } from '../../core/contracts/dataset/dataset';
import { SCHEMAS } from './schemas';

/** The logic of a release, without clients: what is the same in all of them, as far as a week in memory needs it. */
interface Code {
  readonly claimPartition: (context: object, input: object) => Promise<ClaimOutput>;
  readonly executionEnded: (context: object, event: object) => Promise<object>;
  readonly planBackfill: (context: object, input: object) => Promise<PlanBackfillOutput>;
  readonly recordRun: (context: object, input: object) => Promise<{ readonly succeeded: boolean }>;
  readonly summarizeBackfill: (context: object, input: object) => Promise<{ readonly summaryKey: string }>;
  readonly sweep: (context: object) => Promise<object>;
  readonly publish: (ledger: object, of: object, fence: number, publication: object) => Promise<void>;
  readonly Store: new (s3: S3Client, bucket: string) => object;
  readonly parseDataset: (input: unknown) => object;
  /** Of the documents in the ledger, by the kind of their key. */
  readonly SCHEMAS: Readonly<Record<string, z.ZodType>>;
  /** The kind of a key, and of a backfill's the file as well; undefined where the release does not know it. */
  readonly kindOfKey: (key: string) => string | undefined;
}

/** What takes messages, in a release's own words. */
type Slack = (post: { readonly channel: string; readonly text: string; readonly blocks: string }) => boolean;

export interface Release {
  readonly name: string;
  readonly code: Code;
  /** How the release posts. */
  readonly slack: (slack: Slack, token: string) => object;
  /** What its schedules give beside dataset, time and trigger. */
  readonly scheduled: (definition: { readonly cadence: string; readonly availableMinutes: number }) => object;
}

/** Documents that the release before did not have. */
const ADDED: Readonly<Record<string, z.ZodType>> = {
  identity: identitySchema,
  unlisted: unlistedSchema,
  rollCall: rollCallSchema,
  troubles: troublesSchema,
  'sweep channels': channelsStateSchema,
  'sweep failing': incidentsStateSchema,
};

/** What a sweep tells beside Slack. Of this type, so that the compiler asks for what is added. */
const nets: Omit<SweepDependencies, keyof RecordingContext | 'lake' | 'executions'> = {
  escalate: async () => undefined,
  onOutbox: () => undefined,
  onChannels: () => undefined,
};

/** The code as it stands here: the release after the last one that is kept. */
export const current: Release = {
  name: 'release-2',
  // Its own functions know more of their contexts than all releases have in common.
  code: {
    claimPartition,
    executionEnded,
    planBackfill,
    recordRun,
    summarizeBackfill,
    sweep: (context: SweepDependencies) => sweep({ ...context, ...nets }),
    publish,
    Store,
    parseDataset,
    ...SCHEMAS,
    SCHEMAS: { ...SCHEMAS.SCHEMAS, ...ADDED },
  } as unknown as Code,
  slack: (slack, token) => ({
    token,
    notifier: {
      render,
      post: async (channel: string, { text, blocks }: { text: string; blocks?: unknown }) =>
        slack({ channel, text, blocks: JSON.stringify(blocks ?? '') })
          ? { is: 'taken' }
          : { is: 'unknown', reason: 'HTTP 503', mayHaveTaken: false },
    },
  }),
  scheduled: ({ cadence, availableMinutes }) => ({ cadence, availableMinutes }),
};

const FIXTURES = join(__dirname, '..', 'fixtures', 'ledger');

/** Releases whose ledgers and code are kept. */
export const folderOf = (name: string): string => join(FIXTURES, name);

/** The first release, at commit 0becf0d: a bundle of its logic (`freeze.ts`). */
export const first: Release = {
  name: 'release-1',
  get code() {
    // oxlint-disable-next-line typescript/no-require-imports
    return require(join(folderOf('release-1'), 'release.cjs')) as Code;
  },
  slack: (slack) => ({
    slack: {
      post: async (channel: string, { text, blocks }: { text: string; blocks?: unknown }) =>
        slack({ channel, text, blocks: JSON.stringify(blocks ?? '') })
          ? { outcome: 'delivered' }
          : { outcome: 'passing', reason: 'HTTP 503', retryAfterSeconds: undefined },
    },
  }),
  scheduled: () => ({}),
};

export const releases: Readonly<Record<string, Release>> = { [current.name]: current, [first.name]: first };
