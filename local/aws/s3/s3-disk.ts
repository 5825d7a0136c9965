import { mkdir, readdir, readFile, rm, stat, utimes, writeFile } from 'node:fs/promises';
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

/** Writes every bucket to `<folder>/<bucket>/<key>`, as files to open; what was there before is replaced. */
export async function dumpBuckets(store: S3Store, folder: string): Promise<void> {
  const index: Index = {};
  await mkdir(folder, { recursive: true });
  for (const bucket of store.buckets()) {
    await rm(path.join(folder, bucket), { recursive: true, force: true });
    await mkdir(path.join(folder, bucket), { recursive: true });
    const entries: Entry[] = [];
    const directories = new Set(store.keys(bucket).flatMap(parents));
    for (const key of store.keys(bucket)) {
      const object = store.get(bucket, key);
      const file = fileOf(key) + (directories.has(fileOf(key)) ? '%object' : '');
      const target = path.join(folder, bucket, file);
      await mkdir(path.dirname(target), { recursive: true });
      await writeFile(target, object.body);
      await utimes(target, object.lastModified / 1000, object.lastModified / 1000);
      entries.push({
        key,
        file,
        etag: object.etag,
        lastModified: new Date(object.lastModified).toISOString(),
        headers: object.headers,
      });
    }
    index[bucket] = entries;
  }
  await writeFile(path.join(folder, INDEX), JSON.stringify(index, undefined, 1));
}

/** Puts back what `dumpBuckets` wrote, with ETags and times kept. False where there is nothing. */
export async function loadBuckets(store: S3Store, folder: string): Promise<boolean> {
  let index: Index;
  try {
    index = JSON.parse(await readFile(path.join(folder, INDEX), 'utf8')) as Index;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false;
    throw error;
  }
  for (const [bucket, entries] of Object.entries(index)) {
    store.createBucket(bucket);
    for (const { key, file, etag, lastModified, headers } of entries) {
      const body = await readFile(path.join(folder, bucket, file));
      store.put(bucket, key, body, headers, {}, { etag, lastModified: new Date(lastModified).getTime() });
    }
  }
  return true;
}

/** Puts a folder's files into a bucket under a prefix, each with its own time unless told otherwise. */
export async function loadFolder(
  store: S3Store,
  bucket: string,
  folder: string,
  options: { readonly prefix?: string; readonly lastModified?: (key: string) => Date } = {},
): Promise<string[]> {
  const keys: string[] = [];
  const files = await readdir(folder, { recursive: true, withFileTypes: true });
  for (const entry of files.filter((each) => each.isFile())) {
    const file = path.join(entry.parentPath, entry.name);
    const key = (options.prefix ?? '') + path.relative(folder, file).split(path.sep).join('/');
    const modified = options.lastModified?.(key).getTime() ?? (await stat(file)).mtimeMs;
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

function parents(key: string): string[] {
  const parts = fileOf(key).split('/');
  return parts.slice(1).map((_, index) => parts.slice(0, index + 1).join('/'));
}
