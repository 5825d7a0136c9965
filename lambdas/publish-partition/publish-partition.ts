import type { z } from 'zod';
import { accountsForRead, type Output } from '../../core/contracts/batch/batch';
import { MOST_NAMED_OBJECTS, namingFewer } from '../../core/contracts/batch/failed-objects';
import { InternalError, RecordsUnaccounted } from '../../core/contracts/errors';
import { keys } from '../../core/contracts/keys';
import type { Publication } from '../../core/contracts/run/partition-record';
import { planSchema } from '../../core/contracts/batch/plan';
import {
  checkResultSchema,
  type CheckResult,
  type publishInputSchema,
  type PublishOutput,
  type Run,
} from '../../core/contracts/run/steps';
import { definitionOfRun } from '../../core/runtime/step/definition';
import { lakeProblem } from '../../core/runtime/aws/files';
import { inParallel } from '../../core/runtime/aws/parallel';
import { publish } from '../../core/runtime/ledger/partition-record';
import type { StepContext } from '../../core/runtime/step/step';
import type { Store } from '../../core/runtime/store/store';

export type PublishContext = Pick<StepContext<'publish-partition'>, 'env' | 'datasets' | 'ledger' | 'now'> & {
  readonly lake: Store;
};

/** HEADs at a time: 1,000 files take some 2 seconds, far below what S3 allows per prefix. */
const HEADS_AT_A_TIME = 16;

/**
 * Makes a checked partition official: makes sure that nothing was deployed in between and that every file is in the lake, then swaps.
 * @throws DefinitionChanged when the definition or the code is not the one that the plan was made with
 * @throws InternalError when the check, the plan or a file is missing or not what it should be (bytes, CRC-32)
 * @throws RecordsUnaccounted when the counts of the check do not add up to the records in the files
 * @throws PublishedByAnotherRun when the run does not hold the partition any more
 */
export async function publishPartition(
  context: PublishContext,
  { run, check: pointer }: z.output<typeof publishInputSchema>,
): Promise<PublishOutput> {
  const { ledger, lake } = context;
  definitionOfRun(context, run);
  const check = await readCheck(ledger, run);
  if (check.ending?.code !== pointer.ending.code) {
    throw new InternalError(
      `the check says ${check.ending?.code ?? 'not to publish'}, the input ${pointer.ending.code}`,
    );
  }
  const plan = (await ledger.getJson(check.planKey, planSchema))?.value;
  if (plan === undefined) throw new InternalError(`${check.planKey}: there is no plan`);
  definitionOfRun(context, plan);
  assertAddsUp(check);
  await assertInLake(lake, [...check.files, ...check.quarantineFiles]);

  const { failedObjects } = check;
  await publish(ledger, run, run.fence, {
    runId: run.runId,
    executionArn: run.executionArn,
    ending: check.ending,
    publishedAt: context.now().toISOString(),
    definitionHash: run.definitionHash,
    codeVersion: run.codeVersion,
    files: check.files,
    quarantineFiles: check.quarantineFiles,
    records: check.records,
    source: plan.source,
    upstreams: plan.upstreams,
    planKey: check.planKey,
    failedBatches: check.failedBatches,
    ...(failedObjects === undefined
      ? {}
      : { failedObjects: namingFewer(failedObjects, MOST_NAMED_OBJECTS.publication) }),
    ...publishedQuality(check),
  });
  return { ending: check.ending, files: check.files.length, published: check.records.published };
}

/** What later partitions are compared with. */
function publishedQuality({ rules, quality }: CheckResult): Pick<Publication, 'rules' | 'figures'> {
  const known = (quality?.figures ?? []).flatMap(({ name, value }) => (value === null ? [] : [[name, value] as const]));
  return {
    rules: rules.map(({ name, broken }) => ({ name, broken })),
    figures: Object.fromEntries(known),
  };
}

async function readCheck(ledger: Store, run: Run): Promise<CheckResult> {
  const key = keys.check(run.dataset, run.partition, run.runId);
  const check = (await ledger.getJson(key, checkResultSchema))?.value;
  if (check === undefined) throw new InternalError(`${key}: there is no check result`);
  if (check.runId !== run.runId) throw new InternalError(`${key}: is of run ${check.runId}`);
  return check;
}

/** The last look before the commit: what is made official is what was counted. */
function assertAddsUp({ records, files }: CheckResult): void {
  const inFiles = files.reduce((sum, file) => sum + file.records, 0);
  const adds =
    accountsForRead(records) &&
    records.published === records.accepted - records.dropped + records.added &&
    records.published === inFiles;
  if (!adds) {
    throw new RecordsUnaccounted(`the counts do not add up: ${JSON.stringify(records)}, ${inFiles} records in files`);
  }
}

async function assertInLake(lake: Store, files: readonly Output[]): Promise<void> {
  await inParallel(files, HEADS_AT_A_TIME, async ({ key, ...expected }) => {
    const problem = lakeProblem(await lake.head(key), expected);
    if (problem !== null) throw new InternalError(`${key} ${problem}`);
  });
}
