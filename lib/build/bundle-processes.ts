import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { buildSync } from 'esbuild';
import { InvalidDataset, type Dataset } from '../../core/contracts/dataset/dataset';
import { describeProblem } from '../../core/contracts/problems';
import { USER_CODE } from './definition-imports';

/** The transform in TypeScript beside a dataset's declaration. */
export const PROCESS_FILE = 'process.ts';

/**
 * Fills in the hash of a dataset's `process.ts` and of all that it imports: a batch that was processed by other code is processed anew.
 * @throws InvalidDataset when the file is missing, does not compile, or is there and not declared
 */
export function withCodeHash(dataset: Dataset, folder: string): Dataset {
  const file = join(folder, PROCESS_FILE);
  const { transform } = dataset;
  if (transform?.code === undefined) {
    if (!existsSync(file)) return dataset;
    throw new InvalidDataset(`${file}: is there, expected transform.code: '${PROCESS_FILE}' to declare it`);
  }
  if (!existsSync(file))
    throw new InvalidDataset(
      describeProblem({
        field: `${join(folder, 'dataset.ts')}: transform.code`,
        value: PROCESS_FILE,
        expected: 'a file of that name beside dataset.ts',
      }),
    );
  return { ...dataset, transform: { ...transform, codeHash: hashOfCode(file, folder) } };
}

function hashOfCode(file: string, folder: string): string {
  try {
    const { outputFiles } = buildSync({
      absWorkingDir: folder,
      entryPoints: [file],
      write: false as const,
      ...USER_CODE,
      // Names, comments and the place of the checkout are no change of what it does.
      minify: true,
      logLevel: 'silent',
    });
    const content = outputFiles[0]?.contents ?? new Uint8Array();
    return createHash('sha256').update(content).digest('hex').slice(0, 16);
  } catch (error) {
    const { errors = [] } = error as { errors?: { text: string }[] };
    const texts = errors.map(({ text }) => text).join('; ') || String(error);
    throw new InvalidDataset(`${file}: does not compile: ${texts}`, { cause: error });
  }
}

/**
 * Bundles the transforms of some datasets into one file, which ProcessBatch loads when it starts.
 * @param folder absolute path of the datasets
 */
export function bundleProcesses(datasets: readonly Dataset[], folder: string, outfile: string): void {
  buildSync({
    stdin: {
      contents: processesModule(datasets, folder),
      resolveDir: folder,
      loader: 'ts',
      sourcefile: 'processes.ts',
    },
    outfile,
    ...USER_CODE,
    sourcemap: 'linked',
    sourcesContent: false,
    logLevel: 'warning',
  });
}

function processesModule(datasets: readonly Dataset[], folder: string): string {
  const names = datasets.filter(({ transform }) => transform?.code !== undefined).map(({ name }) => name);
  const imports = names.map(
    (name, i) => `import process${i} from ${JSON.stringify(join(folder, name, PROCESS_FILE))};`,
  );
  const entries = names.map((name, i) => `${JSON.stringify(name)}: process${i}`);
  return [...imports, `export const processes = { ${entries.join(', ')} };`, ''].join('\n');
}
