/** What is never data among the keys of a source: pure. `docs/datasets.md` says it for users. */

/** How Hadoop's older S3 file systems mark a folder. */
const FOLDER_MARKER = '_$folder$';

/**
 * What a listed key is by its name: a `folder` (what consoles and Hadoop leave for one), `hidden` (a folder below the prefix, or the name
 * itself, begins with `_` or `.`: what is being written, checksums, logs), or a `file`. Folders that the prefix itself names are not
 * asked; a name that the prefix cuts in two is judged as a whole. A folder `_x=…` is a Hive partition and counts.
 */
export function kindOfKey(key: string, prefix: string): 'folder' | 'hidden' | 'file' {
  if (key.endsWith('/') || key.endsWith(FOLDER_MARKER)) return 'folder';
  const folders = below(key, prefix);
  const name = folders.pop() ?? '';
  const isHidden = /^[_.]/.test(name) || folders.some((folder) => /^(?:\.|_(?!.*=))/s.test(folder));
  return isHidden ? 'hidden' : 'file';
}

/** Folders and name of a key below the last folder that the prefix names. */
function below(key: string, prefix: string): string[] {
  return key.slice(folderOf(prefix).length).split('/');
}

/** The folder in which a key or prefix ends: the text up to its last slash. */
export function folderOf(prefix: string): string {
  return prefix.slice(0, prefix.lastIndexOf('/') + 1);
}

/** The folders that a key or prefix lies in, the nearest first; the bucket itself, `''`, is the last. */
export function foldersAbove(prefix: string): string[] {
  const above: string[] = [];
  for (let folder = prefix; folder !== '';) {
    folder = folderOf(folder.slice(0, -1));
    above.push(folder);
  }
  return above;
}

/** Folders in which table formats keep what says which files are valid. */
const TABLE_FOLDERS = new Map([
  ['_delta_log', 'Delta Lake'],
  ['.hoodie', 'Apache Hudi'],
]);
const ICEBERG = { folder: 'metadata', suffix: '.metadata.json', format: 'Apache Iceberg' } as const;

/** A table of a table format, and the key that says so. */
export interface Table {
  readonly format: string;
  readonly key: string;
}

/** The table that a key below a prefix is part of, at any depth; undefined where it tells of none. */
export function tableOf(key: string, prefix: string): Table | undefined {
  const folders = below(key, prefix);
  const name = folders.pop() ?? '';
  for (const folder of folders) {
    const format = TABLE_FOLDERS.get(folder);
    if (format !== undefined) return { format, key };
  }
  return folders.at(-1) === ICEBERG.folder && name.endsWith(ICEBERG.suffix)
    ? { format: ICEBERG.format, key }
    : undefined;
}

/** The folders in which a table at `folder` would keep its own. */
export function tableFoldersIn(folder: string): string[] {
  return [...TABLE_FOLDERS.keys(), ICEBERG.folder].map((name) => `${folder}${name}/`);
}
