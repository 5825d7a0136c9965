import type { S3Client } from '@aws-sdk/client-s3';
import type { Dataset } from '../../core/contracts/dataset/dataset';
import type { Dependency } from '../../core/contracts/dataset/dependency';
import { DependencyEmpty, DependencyFault, DependencyUnavailable } from '../../core/contracts/errors';
import { partitionStart } from '../../core/contracts/partition';
import { sourcePrefix } from '../../core/domain/partition/calendar';
import { redact } from '../../core/contracts/secrets/redact';
import { kindOfFault, tellForeign } from '../../core/runtime/aws/classify';
import type { SecretReader } from './check-secret';

/** What asking a dependency works with. */
export interface Asking {
  readonly dataset: Pick<Dataset, 'name' | 'source'>;
  readonly partition: string;
  readonly s3: S3Client;
  readonly secrets: SecretReader;
  /** The time that the invocation has left for it. */
  readonly withinMs: number;
}

type Named = Pick<Dependency, 'kind' | 'name'>;

/*
 * The errors of a dependency: each begins with its kind and name, and has no cause. Causes are logged whole, and what a driver or a
 * server says may hold what a secret holds.
 */

/** It may answer later. */
export const unavailable = (of: Named, what: string) => new DependencyUnavailable(told(of, what), named(of));
/** It won't be otherwise until something is changed. */
export const fault = (of: Named, what: string) => new DependencyFault(told(of, what), named(of));
/** It answered with nothing. */
export const empty = (of: Named, what: string) => new DependencyEmpty(told(of, what), named(of));

const MAX_TOLD = 300;
const told = ({ kind, name }: Named, what: string) => {
  const line = redact(what.split('\n', 1)[0] ?? '');
  return `${kind} ${name}: ${line.length > MAX_TOLD ? `${line.slice(0, MAX_TOLD)}…` : line}`;
};
const named = ({ name }: Named) => ({ details: { dependency: name } });

/** What an error means that the network or the system made: passing by the one classification, or a fault. */
export function ofNetwork(
  of: Named,
  error: unknown,
  hide = (text: string) => text,
): DependencyUnavailable | DependencyFault {
  const what = hide(tellForeign(error));
  return kindOfFault(error).startsWith('passing') ? unavailable(of, what) : fault(of, what);
}

/**
 * Bounds a work that may hang: when the time is over, its signal is aborted and the dependency is unavailable, whatever the work does.
 */
export async function within<T>(of: Named, ms: number, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const controller = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  const over = new Promise<never>((_done, reject) => {
    timer = setTimeout(() => {
      reject(unavailable(of, `no answer within ${Math.round(ms / 100) / 10} s`));
      controller.abort();
    }, ms);
  });
  try {
    return await Promise.race([work(controller.signal), over]);
  } finally {
    clearTimeout(timer);
  }
}

/** Placeholders filled in for the partition, in the time zone of the source. */
export function fillIn(layout: string, { dataset, partition }: Pick<Asking, 'dataset' | 'partition'>): string {
  return sourcePrefix({ prefix: layout, timeZone: dataset.source.timeZone }, partition);
}

/** When the partition begins, ISO 8601. */
export const startOf = (partition: string) => partitionStart(partition).toISOString();
