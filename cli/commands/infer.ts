import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { basename, dirname, resolve } from 'node:path';
import { isNativeError } from 'node:util/types';
import type { Command } from 'commander';
import { DATASET_NAME } from '../../core/contracts/dataset/dataset-name';
import { createS3Client } from '../../core/runtime/aws/s3';
import { definitionOf } from '../../core/domain/infer/draft';
import { writeDataset } from '../../core/domain/infer/write';
import { UsageError, usageStatus } from '../backfill/usage-error';
import { infer, type InferDeps } from '../infer/infer';
import { asJson } from '../infer/as-json';
import { Unreadable } from '../infer/unreadable';
import { complain, say, sayJson } from '../print';

export interface InferOptions {
  readonly out?: string;
  readonly force?: boolean;
  readonly json?: boolean;
}

/** Status 0: a definition was written; 1: nothing can be read from the files; 2: wrong usage. */
export async function inferCommand(given: readonly string[], options: InferOptions, deps: InferDeps): Promise<number> {
  const { out } = options;
  if (out !== undefined && options.force !== true && existsSync(out))
    throw new UsageError(`--out: ${out} is there already; give --force to write over it`);
  let inferred: Awaited<ReturnType<typeof infer>>;
  try {
    inferred = await infer(given, { ...deps, name: nameIn(out) });
  } catch (error) {
    if (!(error instanceof Unreadable)) throw error;
    complain(`rollcall infer: ${error.message}`);
    return 1;
  }
  for (const note of inferred.notes) complain(`rollcall infer: ${note}`);
  const text = writeDataset(inferred.draft);
  if (out !== undefined) write(out, text);
  if (options.json === true) sayJson(asJson(inferred, definitionOf(inferred.draft.entries)));
  else if (out === undefined) say(text.trimEnd());
  return 0;
}

/** `datasets/orders/dataset.ts` is the definition of `orders`. */
function nameIn(out: string | undefined): string | undefined {
  const folder = out === undefined ? '' : basename(dirname(resolve(out)));
  return basename(out ?? '') === 'dataset.ts' && DATASET_NAME.test(folder) ? folder : undefined;
}

function write(out: string, text: string): void {
  try {
    mkdirSync(dirname(resolve(out)), { recursive: true });
    writeFileSync(out, text);
  } catch (error) {
    if (!isNativeError(error) || !('code' in error)) throw error;
    throw new UsageError(`--out: ${out} cannot be written (${String(error.code)})`);
  }
}

/** `rollcall infer <file or S3 URI…>` */
export function addInfer(program: Command): void {
  program
    .command('infer')
    .description('look at files and write the definition of the dataset that reads them')
    .argument(
      '<files...>',
      'files, folders, or S3 URIs of objects or prefixes; several that are alike are looked at together',
    )
    .option(
      '--out <file>',
      'write the definition to this file, such as datasets/orders/dataset.ts; default: to standard output',
    )
    .option('--force', 'write over a file that is there')
    .option('--json', 'the definition, what was seen for each of its words, and the files, as JSON')
    .addHelpText(
      'after',
      '\nLooks at the first 10 MB of each file and at samples of the rest. What was seen stands in comments; a guess that is not sure is a\ncomment only. Exit status: 0 written, 1 the files cannot be read, 2 wrong usage. docs/infer.md',
    )
    .action(async (files: string[], options: InferOptions) => {
      const deps = { s3: () => createS3Client({ requests: 0 }), today: new Date().toISOString().slice(0, 10) };
      process.exitCode = await usageStatus(() => inferCommand(files, options, deps));
    });
}
