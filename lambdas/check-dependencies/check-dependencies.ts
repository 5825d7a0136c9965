import type { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import type { Dataset } from '../../core/contracts/dataset/dataset';
import { declaredSettings, type Dependency } from '../../core/contracts/dataset/dependency';
import {
  DependencyEmpty,
  DependencyFault,
  DependencyUnavailable,
  type RollcallError,
} from '../../core/contracts/errors';
import { keys } from '../../core/contracts/keys';
import {
  runSettingsSchema,
  settingsHash,
  type RunSettings,
  type SettingValue,
} from '../../core/contracts/run/run-settings';
import type { CheckDependenciesOutput, Run } from '../../core/contracts/run/steps';
import { classify } from '../../core/runtime/aws/classify';
import { definitionOfRun } from '../../core/runtime/step/definition';
import { computeOnce } from '../../core/runtime/store/once';
import { findSettings } from '../../core/runtime/step/read-settings';
import type { StepContext } from '../../core/runtime/step/step';
import type { Asking } from './asking';
import { checkHttp } from './check-http';
import { checkPostgres } from './postgres';
import { checkS3 } from './check-s3';
import { checkSecret, SecretReader } from './check-secret';

/** What this step needs of its context. */
export type CheckContext = Pick<
  StepContext<'check-dependencies'>,
  'env' | 'datasets' | 's3' | 'ledger' | 'logger' | 'remainingMs'
> & { readonly secrets: SecretsManagerClient };

/** Left over for writing the settings, or for throwing, when a dependency takes all the time that there is. */
const RESERVE_MS = 10_000;

/**
 * Asks every dependency that the dataset declares, all at the same time. The settings that a database answers are written beside the
 * plan, once: a repetition of the step, and every later one, works with the same.
 * @throws DependencyFault, DependencyEmpty, DependencyUnavailable naming every dependency that is not as declared; DefinitionChanged
 */
export async function checkDependencies(
  context: CheckContext,
  { run }: { readonly run: Run },
): Promise<CheckDependenciesOutput> {
  const dataset = definitionOfRun(context, run);
  const names = dataset.dependencies.map(({ name }) => name);
  const hasSettings = declaredSettings(dataset).length > 0;
  // Written only when all have answered.
  const kept = hasSettings ? await findSettings(context.ledger, run) : undefined;
  if (kept !== undefined) return { dependencies: names, settings: refOf(kept) };

  const answers = await askAll(context, dataset, run);
  if (!hasSettings) return { dependencies: names, settings: null };
  return { dependencies: names, settings: refOf(await keep(context, run, answers)) };
}

const refOf = ({ dataset, partition, runId, hash }: RunSettings) => ({
  key: keys.settings(dataset, partition, runId),
  hash,
});

async function askAll(context: CheckContext, dataset: Dataset, run: Run): Promise<SettingValue[]> {
  const { logger, s3 } = context;
  const asking: Asking = {
    dataset,
    partition: run.partition,
    s3,
    secrets: new SecretReader(context.secrets),
    withinMs: Math.max(1, context.remainingMs() - RESERVE_MS),
  };
  const outcomes = await Promise.allSettled(
    dataset.dependencies.map(async (dependency) => {
      const started = performance.now();
      const settings = await ask(dependency, asking);
      const { name, kind } = dependency;
      logger.info('dependency answered', { name, kind, milliseconds: Math.round(performance.now() - started) });
      return settings;
    }),
  );
  const errors = outcomes.flatMap((one) => (one.status === 'rejected' ? [classify(one.reason)] : []));
  if (errors.length > 0) throw together(errors);
  return outcomes.flatMap((one) => (one.status === 'fulfilled' ? one.value : []));
}

/** One dependency; the settings that it answers, mostly none. */
async function ask(dependency: Dependency, asking: Asking): Promise<readonly SettingValue[]> {
  switch (dependency.kind) {
    case 's3':
      await checkS3(dependency, asking);
      return [];
    case 'http':
      await checkHttp(dependency, asking);
      return [];
    case 'secret':
      await checkSecret(dependency, asking);
      return [];
    case 'postgres':
      return checkPostgres(dependency, asking);
  }
}

/** One error that names all: a final one first, for while it stands no repetition helps. */
function together(errors: readonly RollcallError[]): RollcallError {
  const classes = [DependencyFault, DependencyEmpty, DependencyUnavailable];
  const foreign = errors.find((error) => !classes.some((Class) => error instanceof Class));
  if (foreign !== undefined) return foreign;
  const Worst = classes.find((Class) => errors.some((error) => error instanceof Class)) ?? DependencyUnavailable;
  const sorted = errors.toSorted((a, b) => Number(b instanceof Worst) - Number(a instanceof Worst));
  return new Worst(sorted.map(({ message }) => message).join('; '), {
    details: { dependencies: sorted.map(({ details }) => details['dependency']) },
  });
}

async function keep(context: CheckContext, run: Run, answers: readonly SettingValue[]): Promise<RunSettings> {
  const settings = answers.toSorted((a, b) => (a.name < b.name ? -1 : 1));
  const { dataset, partition, runId } = run;
  const file: RunSettings = {
    schemaVersion: 1,
    dataset,
    partition,
    runId,
    hash: settingsHash(settings),
    settings,
  };
  const key = keys.settings(dataset, partition, runId);
  // Another invocation of this step may have been faster: what is there counts.
  return computeOnce(context.ledger, key, file, runSettingsSchema);
}
