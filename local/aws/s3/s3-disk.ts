import { mkdir, readdir, readFile, rename, rm, rmdir, stat, utimes, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { S3Store } from './s3-store';

/** Names each dumped object's file and keeps what a file can't: ETag, time and headers. */
const INDEX = 'index.json';

interface Entry {
  readonly key: string;
  readonly file: string;
  readonly etag: string;
  readonly lastModified: string;
  readonly headers: Readonly<Record<string, string>>;
}

type Index = Record<string, readonly Entry[]>;

/**
 * Writes every bucket to `<folder>/<bucket>/<key>`, as files to open. Only what has changed since the last time is written, and the index
 * before anything is removed: a command that is stopped halfway leaves all that there was.
 */
export async function dumpBuckets(store: S3Store, folder: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  const before = (await readIndex(folder)) ?? {};
  const index: Index = Object.fromEntries(store.buckets().map((bucket) => [bucket, entriesOf(store, bucket)]));
  const kept = new Set(allFiles(index));
  const left = allFiles(before).filter((file) => !kept.has(file));
  const folders = new Set([...kept].flatMap(parents));
  // A file where a folder has to be, or the other way round.
  const inTheWay = new Set(
    left.filter((file) => folders.has(file) || parents(file).some((parent) => kept.has(parent))),
  );
  for (const file of inTheWay) await remove(folder, file);
  for (const [bucket, entries] of Object.entries(index)) {
    await mkdir(path.join(folder, bucket), { recursive: true });
    const written = new Map((before[bucket] ?? []).map((entry) => [entry.key, entry]));
    for (const entry of entries)
      if (!isSame(written.get(entry.key), entry)) await writeObject(store, bucket, entry, path.join(folder, bucket));
  }
  const next = path.join(folder, `${INDEX}.next`);
  await writeFile(next, JSON.stringify(index, undefined, 1));
  await rename(next, path.join(folder, INDEX));
  for (const file of left) if (!inTheWay.has(file)) await remove(folder, file);
  for (const bucket of Object.keys(before))
    if (index[bucket] === undefined) await removeEmpty(path.join(folder, bucket));
}

function entriesOf(store: S3Store, bucket: string): Entry[] {
  const keys = store.keys(bucket);
  const directories = new Set(keys.flatMap((key) => parents(fileOf(key))));
  return keys.map((key) => {
    const { etag, lastModified, headers } = store.get(bucket, key);
    const file = fileOf(key) + (directories.has(fileOf(key)) ? '%object' : '');
    return { key, file, etag, lastModified: new Date(lastModified).toISOString(), headers };
  });
}

async function writeObject(store: S3Store, bucket: string, { key, file }: Entry, folder: string): Promise<void> {
  const { body, lastModified } = store.get(bucket, key);
  const target = path.join(folder, file);
  await mkdir(path.dirname(target), { recursive: true });
  await writeFile(target, body);
  await utimes(target, lastModified / 1000, lastModified / 1000);
}

/** Whether an object is the one that was written: its ETag and time say so. */
function isSame(before: Entry | undefined, now: Entry): boolean {
  return before?.file === now.file && before.etag === now.etag && before.lastModified === now.lastModified;
}

/** Paths below the folder of all buckets. */
function allFiles(index: Index): string[] {
  return Object.entries(index).flatMap(([bucket, entries]) => entries.map(({ file }) => `${bucket}/${file}`));
}

/** Removes a file, and the folders that are empty without it. */
async function remove(folder: string, file: string): Promise<void> {
  await rm(path.join(folder, file), { force: true });
  // Not the bucket's own, the first.
  for (const parent of parents(file).toReversed().slice(0, -1))
    if (!(await removeEmpty(path.join(folder, parent)))) return;
}

/** Removes a folder unless there is something in it. */
async function removeEmpty(folder: string): Promise<boolean> {
  try {
    await rmdir(folder);
    return true;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOTEMPTY' || code === 'EEXIST' || code === 'ENOENT') return false;
    throw error;
  }
}

async function readIndex(folder: string): Promise<Index | undefined> {
  try {
    return JSON.parse(await readFile(path.join(folder, INDEX), 'utf8')) as Index;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

/** Puts back what `dumpBuckets` wrote, with ETags and times kept. False where there is nothing. */
export async function loadBuckets(store: S3Store, folder: string): Promise<boolean> {
  const index = await readIndex(folder);
  if (index === undefined) return false;
  for (const [bucket, entries] of Object.entries(index)) {
    store.createBucket(bucket);
    for (const { key, file, etag, lastModified, headers } of entries) {
      const body = await readFile(path.join(folder, bucket, file));
      store.put(bucket, key, body, headers, {}, { etag, lastModified: new Date(lastModified).getTime() });
    }
  }
  return true;
}

/** Puts a folder's files into a bucket under a prefix, each with its own time unless told otherwise. Links are followed. */
export async function loadFolder(
  store: S3Store,
  bucket: string,
  folder: string,
  options: { readonly prefix?: string; readonly lastModified?: (own: Date) => Date } = {},
): Promise<string[]> {
  const keys: string[] = [];
  for (const name of await readdir(folder, { recursive: true })) {
    const file = path.join(folder, name);
    const found = await stat(file);
    if (!found.isFile()) continue;
    const key = (options.prefix ?? '') + name.split(path.sep).join('/');
    const modified = (options.lastModified?.(found.mtime) ?? found.mtime).getTime();
    store.put(bucket, key, await readFile(file), {}, {}, { lastModified: Math.floor(modified / 1000) * 1000 });
    keys.push(key);
  }
  return keys.sort();
}

/** A key as a path inside the bucket's folder: no part can leave it or upset a file system. */
function fileOf(key: string): string {
  return key
    .split('/')
    .map((part) =>
      part === '' || part === '.' || part === '..' ? part.replaceAll('.', '%2E') || '%' : encodePart(part),
    )
    .join('/');
}

function encodePart(part: string): string {
  return part.replace(/[^\w.=+@,~ -]/gu, (char) => encodeURIComponent(char).replaceAll('*', '%2A'));
}

/** The folders of a file, the outermost first. */
function parents(file: string): string[] {
  const parts = file.split('/');
  return parts.slice(1).map((_, index) => parts.slice(0, index + 1).join('/'));
}
