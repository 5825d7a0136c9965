import type { Source } from '../../contracts/dataset/source';
import { SourceAccessDenied, SourceIsTable } from '../../contracts/errors';
import { sourcePrefixes, sourceRoots } from '../../domain/partition/calendar';
import { folderOf, foldersAbove, kindOfKey, tableFoldersIn, tableOf, type Table } from '../../domain/source/never-data';
import type { SourcePages } from './source-pages';

/** Pages of a folder that are looked through for what says that it is a table: 10,000 names. */
const MOST_PAGES = 10;
/** Folders that are looked into for the nearest one that exists. */
const MOST_FOLDERS = 12;

/** What lies around the partitions of a source: whether they are part of a table, and what is near where nothing lies. */
export class SourceSurroundings {
  private readonly seen = new Map<string, Promise<Table | undefined>>();

  constructor(private readonly pages: SourcePages) {}

  /**
   * Looks for a table where the first placeholder of each layout stands; once for each folder, three requests.
   * @throws SourceIsTable; what listing throws
   */
  async refuseTables(source: Source): Promise<void> {
    for (const root of sourceRoots(source)) {
      const folder = folderOf(root);
      const known = this.seen.get(folder) ?? this.tableIn(source, folder);
      this.seen.set(folder, known);
      const table = await known;
      if (table !== undefined) throw isTable(source.bucket, folder, table);
    }
  }

  private async tableIn(source: Source, folder: string): Promise<Table | undefined> {
    const found = await Promise.all(
      tableFoldersIn(folder).map(async (prefix) => this.whereAllowed(() => this.tableBelow(source, folder, prefix))),
    );
    return found.find((table) => table !== undefined);
  }

  private async tableBelow(source: Source, folder: string, prefix: string): Promise<Table | undefined> {
    let token: string | undefined;
    for (let pages = 0; pages < MOST_PAGES; pages += 1) {
      const { objects, folders, next } = await this.pages.page(source, prefix, { flat: true }, token);
      for (const key of [...objects.map((object) => object.key), ...folders]) {
        const table = tableOf(key, folder);
        if (table !== undefined) return table;
      }
      if (next === undefined) break;
      token = next;
    }
    return undefined;
  }

  /**
   * Something that does exist, near to where a partition's objects should be: in the folders above it, from the nearest on, a key; above
   * the root, where only names may be seen, what the folder has in it. Undefined where there is nothing, or nothing that may be seen.
   */
  async nearest(source: Source, partition: string): Promise<string | undefined> {
    const [prefix = ''] = sourcePrefixes(source, partition);
    const [root = ''] = sourceRoots(source);
    for (const folder of placesAbove(prefix, root)) {
      const flat = !folder.startsWith(root);
      const { objects, folders } = (await this.whereAllowed(() => this.pages.page(source, folder, { flat }))) ?? EMPTY;
      const key = objects.map((object) => object.key).find((one) => kindOfKey(one, folder) === 'file') ?? folders[0];
      if (key !== undefined) return key;
    }
    return undefined;
  }

  /** A look that is no part of the run's own work: where it may not be done, it is not. */
  private async whereAllowed<T>(look: () => Promise<T>): Promise<T | undefined> {
    try {
      return await look();
    } catch (error) {
      if (error instanceof SourceAccessDenied) return undefined;
      throw error;
    }
  }
}

const EMPTY = { objects: [], folders: [] };

/** The folders that a prefix lies in, the nearest first; the root, which may be half a name, among them. */
function placesAbove(prefix: string, root: string): string[] {
  const places = new Set([...foldersAbove(prefix), root]);
  return [...places].toSorted((a, b) => b.length - a.length).slice(0, MOST_FOLDERS);
}

/** That a source cannot be read as files, because a table format says which of them are valid. */
export function isTable(bucket: string, prefix: string, { format, key }: Table): SourceIsTable {
  return new SourceIsTable(
    `s3://${bucket}/${prefix} is a table of ${format}, as s3://${bucket}/${key} says; files of a table format may be superseded or deleted, so they are not read as they lie there`,
    { details: { bucket, prefix, object: key, format } },
  );
}
