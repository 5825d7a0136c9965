import { existsSync, readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { circuitProblems } from '../core/contracts/dataset/circuit-options';
import { InvalidDataset, parseDataset, type Dataset } from '../core/contracts/dataset/dataset';
import { upstreamProblems } from '../core/domain/source/upstream-checks';
import { withCodeHash } from './build/bundle-processes';
import { describeProblem, describeShown, renderValue } from '../core/contracts/problems';

/**
 * The datasets declared in a folder: the default export of each `<folder>/<name>/dataset.ts`, in the order of their names. The name of
 * the folder must be the name of the dataset, so no two can have the same.
 * @throws InvalidDataset for a wrong definition, or one that does not fit the others (upstreams), naming file, field, value and what was
 *   expected
 */
export function loadDatasets(folder: string): Dataset[] {
  if (!existsSync(folder))
    throw new InvalidDataset(describeShown({ field: 'datasetsDir', value: folder, expected: 'an existing folder' }));
  const datasets = readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && existsSync(join(folder, entry.name, 'dataset.ts')))
    .map((entry) => entry.name)
    .sort()
    .map((name) => loadDataset(join(folder, name, 'dataset.ts'), name));
  const problems = [...upstreamProblems(datasets), ...circuitProblems(datasets)].map(
    ([name, problem]) => `${join(folder, name, 'dataset.ts')}: dataset ${name}: ${problem}`,
  );
  if (problems.length > 0) throw new InvalidDataset(problems.join('\n'));
  return datasets;
}

/**
 * The dataset that a file declares; what it says of others (upstreams) is not looked at.
 * @throws InvalidDataset
 */
export function loadDataset(file: string, folderName: string): Dataset {
  let module: { default?: unknown };
  try {
    // Files of the user, known only now; tsx (or jest) compiles them, and finds `rollcall` for them (`build/definition-imports.ts`).
    module = require(file) as { default?: unknown };
  } catch (error) {
    if (error instanceof Error && error.name === 'InvalidDataset')
      throw new InvalidDataset(`${file}: ${error.message}`, { cause: error });
    throw error;
  }
  if (module.default === undefined)
    throw new InvalidDataset(
      describeProblem({ field: `${file}: default export`, value: undefined, expected: 'defineDataset({ … })' }),
    );
  // Parsed again, for a dataset.ts need not call defineDataset.
  let dataset: Dataset;
  try {
    dataset = parseDataset(module.default);
  } catch (error) {
    throw new InvalidDataset(`${file}: ${error instanceof Error ? error.message : String(error)}`, { cause: error });
  }
  if (dataset.name !== folderName) {
    throw new InvalidDataset(
      describeProblem({
        field: `${file}: name`,
        value: dataset.name,
        expected: `the name of its folder, ${renderValue(folderName)}`,
      }),
    );
  }
  return withCodeHash(dataset, dirname(file));
}
