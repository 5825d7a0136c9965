import { readdirSync, statSync, type Dirent } from 'node:fs';
import { join } from 'node:path';
import type { S3Client } from '@aws-sdk/client-s3';
import type { Dataset } from '../../core/contracts/dataset/dataset';
import { SourceIsTable } from '../../core/contracts/errors';
import { sourceRoots } from '../../core/domain/partition/calendar';
import { folderOf, tableFoldersIn, tableOf } from '../../core/domain/source/never-data';
import { SourcePages } from '../../core/runtime/step/source-pages';
import { isTable, SourceSurroundings } from '../../core/runtime/step/source-surroundings';

/**
 * The table format that says which of the files around are valid, looked for where a run looks: beside the first placeholder.
 * @param roots what stands on this machine before the keys
 */
export function tableOnThisMachine({ source }: Dataset, roots: readonly string[]): SourceIsTable | null {
  for (const folder of sourceRoots(source).map(folderOf))
    for (const root of roots)
      for (const own of tableFoldersIn(folder))
        for (const { name } of entriesOf(join(root, own))) {
          const table = tableOf(`${own}${name}`, folder);
          if (table !== undefined) return isTable(source.bucket, folder, table);
        }
  return null;
}

function entriesOf(folder: string): Dirent[] {
  return statSync(folder, { throwIfNoEntry: false })?.isDirectory() === true
    ? readdirSync(folder, { withFileTypes: true })
    : [];
}

/** The same in S3. */
export async function tableInS3({ source }: Dataset, s3: S3Client): Promise<SourceIsTable | null> {
  try {
    await new SourceSurroundings(new SourcePages(s3, 'source.account')).refuseTables(source);
    return null;
  } catch (error) {
    if (error instanceof SourceIsTable) return error;
    throw error;
  }
}
