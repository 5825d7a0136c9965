import { definitionHash, type Dataset } from '../../contracts/dataset/dataset';
import { DefinitionChanged } from '../../contracts/errors';
import type { Run } from '../../contracts/run/steps';
import type { Registry } from './dataset-registry';

/**
 * The definition that a run began with: every step asks for it here, so that no run is half old and half new.
 * @throws DefinitionChanged when the code or the dataset's definition was deployed anew since the partition was claimed
 */
export function definitionOfRun(
  { datasets, env }: { readonly datasets: Registry; readonly env: { readonly CODE_VERSION: string } },
  run: Pick<Run, 'dataset' | 'definitionHash' | 'codeVersion'>,
): Dataset {
  const dataset = datasets.get(run.dataset);
  if (dataset === undefined) throw new DefinitionChanged(`dataset ${run.dataset} is not deployed any more`);
  const now = definitionHash(dataset);
  if (now !== run.definitionHash)
    throw new DefinitionChanged(`the definition of ${run.dataset} is ${now}, the run began with ${run.definitionHash}`);
  if (env.CODE_VERSION !== run.codeVersion)
    throw new DefinitionChanged(`the code is ${env.CODE_VERSION}, the run began with ${run.codeVersion}`);
  return dataset;
}
