import { readdir, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { cut } from '../../contracts/batch/bounds';
import { MOST_OF_FAILED_OBJECT, type FailedObject } from '../../contracts/batch/failed-objects';
import type { SourceObject } from '../../contracts/batch/plan';
import { RollcallError } from '../../contracts/errors';
import { redact } from '../../contracts/secrets/redact';
import { isOfObject } from '../../domain/batch/telling-of-failed-objects';

/** Whether an error is about one object alone. All others are the batch's: temporary ones, memory, a changed object, its size. */
export function isObjectFault(error: unknown): error is RollcallError {
  return error instanceof RollcallError && isOfObject(error.name);
}

/** An object that could not be read. */
export interface Unread {
  readonly object: SourceObject;
  /** It names the object. */
  readonly error: RollcallError;
  /** What its first bytes are. */
  readonly found: string;
}

/** The objects of a batch that are set aside, since they cannot be read. */
export class SetAside {
  private readonly faults = new Map<SourceObject, Unread>();

  /** @param objects of the batch, in their order */
  constructor(private readonly objects: readonly SourceObject[]) {}

  /** @param path of what was landed of it: removed, with the files beside it */
  async add(unread: Unread, path: string): Promise<void> {
    this.faults.set(unread.object, unread);
    const name = basename(path);
    for (const file of await readdir(dirname(path)))
      if (file === name || file.startsWith(`${name}.`)) await rm(join(dirname(path), file), { recursive: true });
  }

  has(object: SourceObject): boolean {
    return this.faults.has(object);
  }

  /** In the order of the objects, whatever the order in which they were found. */
  all(): Unread[] {
    return this.objects.flatMap((object) => this.faults.get(object) ?? []);
  }
}

/** An object that could not be read, as batch records and manifests name it. */
export function asFailedObject({ object, error, found }: Unread): FailedObject {
  const name = `s3://${object.bucket}/${object.key}: `;
  const message = error.message.startsWith(name) ? error.message.slice(name.length) : error.message;
  return {
    key: object.key,
    code: error.code,
    message: cut(message, MOST_OF_FAILED_OBJECT.message),
    found: cut(redact(found), MOST_OF_FAILED_OBJECT.found),
  };
}
