import { existsSync, readdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { InvalidDataset, type Dataset } from '../../core/contracts/dataset/dataset';
import type { ProcessFunction } from '../../core/contracts/dataset/process';
import { describeProblem, describeShown } from '../../core/contracts/problems';
import { checkSql } from '../../core/engine/sql/check-sql';
import { withWorkDir } from '../../core/runtime/aws/files';
import { PROCESS_FILE } from '../../lib/build/bundle-processes';
import { loadDataset } from '../../lib/datasets';
import { UsageError } from '../backfill/usage-error';

/** A definition as a synthesis would take it, and its transform in TypeScript, where it has one. */
export interface Definition {
  readonly dataset: Dataset;
  readonly process: ProcessFunction | undefined;
}

/** More than any planning needs. */
const CHECK_LIMITS = { memoryMb: 512, spillMb: 64, timeoutMs: 60_000 };

/**
 * Loads one definition of a folder, and checks it as a synthesis does. Others in the folder play no part.
 * @throws UsageError for one that is not there, or wrong
 */
export async function loadDefinition(folder: string, name: string): Promise<Definition> {
  const datasets = resolve(folder);
  if (!existsSync(datasets))
    throw new UsageError(describeShown({ field: '--datasets', value: folder, expected: 'an existing folder' }));
  const own = join(datasets, name);
  if (!existsSync(join(own, 'dataset.ts')))
    throw new UsageError(
      describeProblem({
        field: 'dataset',
        value: name,
        expected: `${declaredIn(datasets)} (${folder}/<name>/dataset.ts)`,
      }),
    );
  try {
    const dataset = loadDataset(join(own, 'dataset.ts'), name);
    await withWorkDir((workDir) => checkSql([dataset], workDir, CHECK_LIMITS));
    return { dataset, process: dataset.transform?.code === undefined ? undefined : processIn(join(own, PROCESS_FILE)) };
  } catch (error) {
    if (error instanceof InvalidDataset) throw new UsageError(error.message);
    throw error;
  }
}

function declaredIn(folder: string): string {
  const names = readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && existsSync(join(folder, entry.name, 'dataset.ts')))
    .map((entry) => entry.name);
  return names.length === 0 ? 'the name of a dataset' : `one of ${names.sort().join(', ')}`;
}

/** A file of the user's, known only now. */
function processIn(file: string): ProcessFunction {
  const module = require(file) as { default?: ProcessFunction };
  if (typeof module.default === 'function') return module.default;
  throw new UsageError(
    describeProblem({ field: `${file}: default export`, value: module.default, expected: 'defineProcess(…)' }),
  );
}
