import type { S3Client } from '@aws-sdk/client-s3';
import { findBinary } from '../../core/domain/detect/binary/binary-finding';
import type { Finding } from '../../core/domain/detect/finding';
import { findInText } from '../../core/domain/detect/text-finding';
import { draftOf, type Draft, type LookedAt } from '../../core/domain/infer/draft';
import { localKey } from '../../core/domain/infer/guess-layout';
import { folderOf, kindOfKey, tableOf } from '../../core/domain/source/never-data';
import type { PeekedFile } from '../../core/engine/peek/file';
import type { SampleLimits } from '../../core/engine/peek/sample-bytes';
import { localFile, MOST_FILES, pathsAt } from './local-files';
import { look, nothingIn, type Looked } from './look';
import { keysAt, s3File, s3Place } from './s3-files';
import { Unreadable } from './unreadable';

/** A file to be looked at, before it is opened. */
interface Place {
  readonly name: string;
  readonly key: string;
  readonly bucket: string | null;
  open(): Promise<PeekedFile>;
}

export interface InferDeps {
  /** Made when an S3 URI is given. */
  readonly s3: () => S3Client;
  /** Today's date, for what has none. */
  readonly today: string;
  /** Name of the dataset; default: by the files. */
  readonly name?: string | undefined;
  readonly limits?: SampleLimits;
}

export interface Inferred {
  readonly draft: Draft;
  readonly finding: Finding;
  readonly files: readonly LookedAt[];
  readonly notes: readonly string[];
}

/**
 * Looks at files and drafts the definition that reads them.
 * @param given paths, folders and S3 URIs
 * @throws Unreadable
 */
export async function infer(given: readonly string[], deps: InferDeps): Promise<Inferred> {
  const notes: string[] = [];
  const places = chosen((await Promise.all(given.map((one) => placesAt(one, deps)))).flat(), given, notes);
  const buckets = new Set(places.map(({ bucket }) => bucket));
  if (buckets.size > 1)
    throw new Unreadable(
      `the files are of ${[...buckets].map((one) => one ?? 'this machine').join(' and ')}: give those of one bucket, or of this machine`,
    );
  const files: (Place & { readonly looked: Looked; readonly size: number })[] = [];
  for (const place of places) {
    const file = await place.open();
    files.push({ ...place, size: file.size, looked: await look(file, deps.limits) });
  }
  const { found, finding } = together(files, notes);
  const lookedAt = found.map(({ name, key, size, looked }) => ({
    name,
    key,
    size,
    seen: looked.kind === 'nothing' ? 0 : looked.seen,
    whole: looked.kind === 'text' ? !looked.sample.cut : true,
  }));
  const first = found.find(({ looked }) => looked.kind === 'text')?.looked;
  const draft = draftOf({
    files: lookedAt,
    bucket: places[0]?.bucket ?? null,
    compression: first?.kind === 'text' ? first.compression : 'none',
    encoding: first?.kind === 'text' ? encodingOf(found.map(({ looked }) => looked)) : null,
    finding,
    notes,
    name: deps.name,
    empty: files.filter(({ size }) => size === 0).length,
    today: deps.today,
  });
  return { draft, finding, files: lookedAt, notes };
}

async function placesAt(given: string, { s3 }: InferDeps): Promise<Place[]> {
  const place = s3Place(given);
  if (place === null) {
    if (/^[a-z][a-z0-9+.-]+:\/\//i.test(given))
      throw new Unreadable(
        `${given}: only files of this machine and S3 URIs (s3://bucket/key) are read; download it first`,
      );
    return pathsAt(given).map((path) => ({
      name: path,
      key: localKey(path),
      bucket: null,
      open: async () => localFile(path),
    }));
  }
  if (place.bucket === '')
    throw new Unreadable(`${given}: expected an S3 URI like s3://bucket/orders/2026/01/20/a.csv`);
  const client = s3();
  const keys = await keysAt(client, place);
  return keys.map((key) => ({
    name: `s3://${place.bucket}/${key}`,
    key,
    bucket: place.bucket,
    open: () => s3File(client, { ...place, key }),
  }));
}

/** Without what is never data, unless nothing else was given; and of many the first, the last and some between. */
function chosen(places: readonly Place[], given: readonly string[], notes: string[]): Place[] {
  const root = commonFolder(places.map(({ name }) => name));
  const table = places.map(({ name }) => tableOf(name, root)).find((one) => one !== undefined);
  if (table !== undefined)
    notes.push(`a table of ${table.format} (${table.key}): its files may be superseded, and a run refuses its prefix`);
  const data = places.filter(({ name }) => kindOfKey(name, root) === 'file');
  const hidden = places.length - data.length;
  if (hidden > 0 && data.length > 0)
    notes.push(`${hidden} of ${places.length} files are never data by their names (such as _SUCCESS): not looked at`);
  const all = data.length > 0 ? data : [...places];
  if (all.length === 0) throw new Unreadable(`${given.join(', ')}: there is no file`);
  if (all.length <= MOST_FILES) return all;
  notes.push(`${MOST_FILES} of ${all.length} files were looked at`);
  return Array.from(
    { length: MOST_FILES },
    (_, i) => all[Math.round((i * (all.length - 1)) / (MOST_FILES - 1))],
  ).filter((one) => one !== undefined);
}

function commonFolder(names: readonly string[]): string {
  const folders = names.map(folderOf);
  let common = folders[0] ?? '';
  while (common !== '' && !folders.every((folder) => folder.startsWith(common))) common = folderOf(common.slice(0, -1));
  return common;
}

type Found = Place & { readonly looked: Looked; readonly size: number };

/** Brings together what is of one kind: that of most files. Others are named. */
function together(files: readonly Found[], notes: string[]): { found: Found[]; finding: Finding } {
  const kinds = new Map<string, Found[]>();
  for (const file of files) {
    const { looked } = file;
    if (looked.kind === 'nothing') {
      notes.push(`${file.name}: ${looked.why}`);
      continue;
    }
    const kind = looked.kind === 'text' ? `text, compression ${looked.compression}` : looked.format;
    kinds.set(kind, [...(kinds.get(kind) ?? []), file]);
  }
  const [most, ...others] = [...kinds].sort(([, a], [, b]) => b.length - a.length);
  if (most === undefined) throw nothingIn(notes.filter((note) => files.some(({ name }) => note.startsWith(name))));
  for (const [kind, of] of others)
    notes.push(
      `${of[0]?.name ?? ''} is of another kind (${kind}) than most (${most[0]}): one definition reads one kind`,
    );
  const found = most[1];
  const texts = found.flatMap(({ looked }) => (looked.kind === 'text' ? [looked] : []));
  notes.push(...texts.flatMap((text) => text.notes));
  if (texts.length > 0) {
    const finding = findInText(texts.map(({ sample }) => sample));
    if (finding.columns.length === 0) throw new Unreadable(`${found[0]?.name ?? ''}: ${noColumns(finding)}`);
    return { found, finding };
  }
  const binary = found.flatMap(({ looked }) => (looked.kind === 'binary' ? [looked] : []));
  return {
    found,
    finding: findBinary(
      binary[0]?.format ?? 'parquet',
      binary.map(({ file }) => file),
    ),
  };
}

function noColumns({ format, saw, notes }: Finding): string {
  if (format === 'json' || format === 'jsonl')
    return `it is ${saw}, but no object is in it, so that there are no columns${notes.length === 0 ? '' : `; ${notes.join('; ')}`}`;
  return 'there is nothing in it but blank lines';
}

/** One encoding for all: that of a file that is more than ASCII. */
function encodingOf(all: readonly Looked[]): (Looked & { kind: 'text' })['encoding'] | null {
  const encodings = all.flatMap((one) => (one.kind === 'text' ? [one.encoding] : []));
  return encodings.find(({ name }) => name !== 'utf-8') ?? encodings.find(({ sure }) => !sure) ?? encodings[0] ?? null;
}
