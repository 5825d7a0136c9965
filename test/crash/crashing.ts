import type { Execution } from '../../local/aws/states/local-executions';
import type { S3Fault, S3Request } from '../../local/aws/s3/local-s3';
import { backfill, deliver, passDeadlines, RANGE, SIX_HOURS, type BackfillEnd } from '../workflow/backfills';
import type { Workflow } from '../workflow/workflow';

/** What dies at the k-th request. */
export type Death =
  /** The process that made it, and every execution is aborted at the same moment: what is left over goes on by itself to its end. */
  | 'everything'
  /** The process only: the state machines see a Lambda that died. */
  | 'the process';

/** What is to be the same however often a backfill died before it was done; run ids and times aside. */
export interface Outcome {
  readonly publications: readonly unknown[];
  readonly files: readonly string[];
}

/** Empty buckets, six hours of source, none of them ever started, all past their deadline. */
export async function begin(workflow: Workflow): Promise<void> {
  await workflow.reset();
  // 2 to 7 records, of which the last hour has one that is rejected.
  for (const [i, hour] of SIX_HOURS.entries()) deliver(workflow, hour, i === 5 ? 12 : i + 2, i === 5 ? 1 : 0);
  await passDeadlines(workflow);
}

/** Counts the S3 requests of a backfill that is not disturbed. */
export async function undisturbed(
  workflow: Workflow,
): Promise<{ requests: number; outcome: Outcome; end: BackfillEnd }> {
  await begin(workflow);
  let requests = 0;
  workflow.world.s3.before = () => {
    requests += 1;
    return undefined;
  };
  const end = await backfill(workflow, RANGE);
  workflow.world.s3.before = undefined;
  return { requests, outcome: outcomeOf(workflow), end };
}

/** Starts a backfill, lets it die at its k-th request (before it, or after it took effect), and waits until nothing moves any more. */
export function crash(workflow: Workflow, k: number, death: Death, after: boolean): Promise<void> {
  return dieAt(workflow, { k, death, after }, () => workflow.world.sfn.start('Backfill', RANGE, `dies-at-${k}`));
}

/** Starts something and lets it die at its k-th S3 request; `watch` is called before every request, also those of what is left over. */
export async function dieAt(
  { world }: Workflow,
  { k, death, after }: { readonly k: number; readonly death: Death; readonly after: boolean },
  start: () => Execution,
  watch: (request: S3Request) => void = () => undefined,
): Promise<void> {
  let requests = 0;
  world.s3.before = (request): S3Fault | undefined => {
    watch(request);
    requests += 1;
    if (requests !== k) return undefined;
    if (death === 'everything') for (const { arn } of world.sfn.list(undefined, 'RUNNING')) world.sfn.stop(arn);
    return { do: 'kill', after };
  };
  await start().done;
  await world.settle();
  world.s3.before = undefined;
}

export function outcomeOf(workflow: Workflow): Outcome {
  const publications = SIX_HOURS.map((hour) => {
    const record = workflow.record('readings', hour);
    if (record === undefined || record.publication === null) return { hour, publication: null };
    const { ending, files, quarantineFiles, records, source, failedBatches, definitionHash } = record.publication;
    const { newestAgeSeconds: _age, ...listed } = source;
    const publication = { ending, files, quarantineFiles, records, source: listed, failedBatches, definitionHash };
    // Published once, and no run holds it.
    return { hour, publication, superseded: record.superseded.length, holder: record.holder };
  });
  return { publications, files: [...workflow.keys('Lake')].sort() };
}
