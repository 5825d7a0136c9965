import { cut, MOST_DETAIL, MOST_PROBLEMS } from '../../core/contracts/batch/bounds';
import { definitionHash, needsProcessing } from '../../core/contracts/dataset/dataset';
import type { ReasonCode } from '../../core/contracts/run/endings';
import { partitionEnd } from '../../core/contracts/partition';
import { runInputSchema, type ClaimOutput, type ExecutionRef } from '../../core/contracts/run/steps';
import { deadlineOf, whyNotExpected } from '../../core/domain/partition/calendar';
import { servesWithoutPrimary } from '../../core/domain/source/judge-fallback';
import type { Holder } from '../../core/domain/partition/protocol';
import { fits, ignoredFields, misfitOf, parseRunInput, type InputProblem } from '../../core/domain/partition/run-input';
import { needsOf } from '../../core/domain/source/judge-upstreams';
import { enterCircuit } from '../../core/runtime/ledger/circuit-record';
import { identify, slotOf } from '../../core/runtime/ledger/identify';
import { claim } from '../../core/runtime/ledger/partition-record';
import type { StepContext } from '../../core/runtime/step/step';
import { areUpstreamsPublished } from '../../core/runtime/ledger/read-upstreams';
import { describeShown } from '../../core/contracts/problems';

export type ClaimContext = Pick<StepContext<'claim-partition'>, 'env' | 'datasets' | 'ledger' | 'now'> & {
  readonly logger: Pick<StepContext<'claim-partition'>['logger'], 'warn' | 'error'>;
  /** Whether the execution that holds a partition, or tries a dependency, still runs. */
  readonly isRunning: (holder: Holder) => Promise<boolean>;
  /** Whether an execution was redriven. */
  readonly isRedriven: (executionArn: string) => Promise<boolean>;
};

/**
 * Understands what the execution was started with and takes the partition, or says why not. Never throws for anything in the input;
 * a retry of the same execution gets its own claim back.
 */
export async function claimPartition(
  context: ClaimContext,
  { input: raw, execution }: { input?: unknown; execution: ExecutionRef },
): Promise<ClaimOutput> {
  const { input, problems } = parseRunInput(raw);
  // First of all: from here on every recorder knows whose ending it is, whatever becomes of this run and of the definitions.
  const identity = await identify(context, { ...execution, input: raw });
  const { dataset, partition } = identity;
  const ignored = ignoredFields(raw, runInputSchema);
  if (ignored !== '') context.logger.warn(ignored, { dataset, partition });
  const definition = context.datasets.get(dataset ?? '');
  const refuse = (code: ReasonCode, detail: string, of: InputProblem[] = []): ClaimOutput => ({
    claimed: false,
    dataset,
    partition,
    code,
    detail: cut(detail, MOST_DETAIL),
    problems: of.slice(0, MOST_PROBLEMS),
  });
  const invalid = (of: InputProblem[]) => refuse('INVALID_INPUT', describe(of), of);
  if (input === undefined) return invalid(problems);
  if (definition === undefined) {
    const known = [...context.datasets.keys()].sort().join(', ') || 'none';
    return refuse('UNKNOWN_DATASET', `The input names ${JSON.stringify(input.dataset)}; deployed: ${known}.`);
  }
  if (!fits(definition, partition)) return invalid([misfitOf(definition, input, partition)]);
  const now = context.now();
  const notExpected = whyNotExpected(definition, partition);
  if (notExpected !== undefined) return refuse('NOT_EXPECTED', `${input.dataset} ${partition}: ${notExpected}.`);
  if (partitionEnd(partition) > now) {
    return refuse('PARTITION_NOT_OVER', `It is over at ${partitionEnd(partition).toISOString()}.`);
  }

  const { runId } = await slotOf(context.ledger, identity, false);
  const me = {
    runId,
    executionArn: execution.arn,
    reprocess: input.reprocess || input.replay,
  };
  const claimant = { ...me, publications: input.publications };
  const result = await claim(context.ledger, { dataset: definition.name, partition }, claimant, {
    now,
    isRunning: context.isRunning,
    isRedriven: () => context.isRedriven(execution.arn),
    enter: async () => {
      // A probe that waits for an upstream, perhaps one behind the same circuit, would keep it open all that time.
      const mayProbe = () => areUpstreamsPublished(context.ledger, needsOf(context.datasets, definition, partition));
      const entrant = { ...me, dataset: definition.name, partition };
      const entry = await enterCircuit({ ...context, now, mayProbe }, definition, entrant);
      if (entry.entered || !servesWithoutPrimary(definition, me)) return entry;
      // Nor must a run that waits hold the partition when the circuit closes and its backfill comes.
      return (await mayProbe()) ? { entered: true, primaryRefused: entry.detail } : entry;
    },
  });
  if (!result.claimed) return refuse(result.code, result.detail);
  return {
    claimed: true,
    run: {
      dataset: definition.name,
      partition,
      ...me,
      startedAt: new Date(execution.startTime).toISOString(),
      trigger: input.trigger,
      fence: result.fence,
      definitionHash: definitionHash(definition),
      codeVersion: context.env.CODE_VERSION,
      replay: input.replay,
      needsProcessing: needsProcessing(definition),
      hasDependencies: definition.dependencies.length > 0,
      mayWait: input.trigger !== 'backfill' && now < deadlineOf(definition, partition),
      ...(result.circuit === undefined ? {} : { circuit: result.circuit }),
      ...(result.primaryRefused === undefined ? {} : { primaryRefused: cut(result.primaryRefused, MOST_DETAIL) }),
    },
  };
}

function describe(problems: readonly InputProblem[]): string {
  return `${problems.map(describeShown).join('; ')}.`;
}
