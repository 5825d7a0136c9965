import type { z } from 'zod';
import { schemaOf } from '../../core/contracts/documents';
import { parseKey } from '../../core/contracts/keys';
import type { Incident } from '../../core/contracts/sweep/sweep-state';
import type { Finding } from '../../core/domain/sweep/incident-transitions';
import { lookAtRecord, type PartitionRef } from '../../core/runtime/ledger/partition-record';
import type { Unreadable } from '../../core/runtime/store/reading';
import { recoverRecord } from '../../core/runtime/ledger/recover-record';
import type { PartitionRecord } from '../../core/contracts/run/partition-record';
import type { Reading, Stored } from '../../core/runtime/store/store';
import type { SweepContext } from './sweep-context';

/**
 * What a sweep does about objects that it can't read (docs/decisions/unreadable-state.md): what is only a memory is rebuilt, a partition
 * record is recovered, and what only a person can tell is left and named. Each is an incident: announced once, and once more when the
 * object can be read again. None of it is a failure of the sweep, for nothing but its own subject is worse off.
 */

/** Notes an object that can't be read, for {@link unreadableFindings}. `more`: what was done about it. */
export function noteUnreadable(context: SweepContext, { key, why }: Unreadable, healed: boolean, more: string): void {
  const { dataset, owner } = whose(context, key);
  const summary = `${why}. ${more}`;
  context.unreadable.set(key, {
    kind: 'unreadable',
    subject: key,
    dataset,
    owner,
    severity: healed ? 'warning' : 'critical',
    summary,
    active: true,
  });
  context.logger[healed ? 'warn' : 'error']('sweep: an object could not be read', { key, healed, summary });
}

const LEFT = 'Nothing here can tell what it said, so it is left as it is: docs/runbook.md, “object unreadable”.';

/** Notes an object that only a person can do something about. */
export function nameUnreadable(context: SweepContext, unreadable: Unreadable): void {
  noteUnreadable(context, unreadable, false, LEFT);
}

/** The record of a partition; one that is unreadable is recovered first. Undefined: it can't be, and is named. */
export async function readOrRecover(
  context: SweepContext,
  of: PartitionRef,
): Promise<Exclude<Reading<PartitionRecord>, Unreadable> | undefined> {
  const { ledger, at } = context;
  const reading = await lookAtRecord(ledger, of);
  if (reading.kind !== 'unreadable') return reading;
  const recovery = await recoverRecord(ledger, of, reading, at);
  switch (recovery.kind) {
    case 'recovered':
      noteUnreadable(context, reading, true, recovery.how);
      break;
    case 'left':
      noteUnreadable(context, reading, false, `${recovery.why} ${LEFT}`);
      return undefined;
    case 'beaten':
  }
  const again = await lookAtRecord(ledger, of);
  if (again.kind !== 'unreadable') return again;
  nameUnreadable(context, again);
  return undefined;
}

/** What the sweep remembers in one object. */
export interface Memory<T> {
  /** Undefined where nothing is remembered. */
  readonly value: T | undefined;
  /** Whether what is there can't be read, and so has to be written whatever is remembered next. */
  readonly isLost: boolean;
  /** Writes what is remembered from now on; undefined where another sweep was faster. */
  readonly keep: (next: T, maps?: readonly string[]) => Promise<Stored<T> | undefined>;
}

/**
 * What the sweep remembers under a key. A memory that can't be read is what it was before: an old one only costs work. Where there is none
 * either, it begins anew.
 */
export async function recall<S extends z.ZodType>(
  context: SweepContext,
  key: string,
  schema: S,
): Promise<Memory<z.output<S>>> {
  type T = z.output<S>;
  const { ledger } = context;
  const reading = await ledger.read(key, schema);
  switch (reading.kind) {
    case 'found':
      return {
        value: reading.value,
        isLost: false,
        keep: (next: T, maps) => ledger.swapJson(key, reading, next, maps),
      };
    case 'absent':
      return { value: undefined, isLost: false, keep: (next: T) => keepNew(context, key, next, { absent: true }) };
    case 'unreadable': {
      const { etag } = reading;
      const earlier = await ledger.newestReadable(key, schema, true);
      const before = earlier.kind === 'found' ? earlier : undefined;
      const from = before === undefined ? 'begins anew' : `is that of ${before.lastModified.toISOString()} again`;
      noteUnreadable(context, reading, true, `What the sweep remembers there ${from}.`);
      return {
        value: before?.value,
        isLost: true,
        keep: (next: T, maps) =>
          before === undefined
            ? keepNew(context, key, next, { etag })
            : ledger.swapJson(key, { ...before, etag }, next, maps),
      };
    }
  }
}

async function keepNew<T>(
  { ledger }: SweepContext,
  key: string,
  next: T,
  condition: { readonly absent: true } | { readonly etag: string },
): Promise<Stored<T> | undefined> {
  const written = await ledger.putJson(key, next, condition);
  return written && { value: next, etag: written.etag, json: next };
}

/**
 * What was unreadable in this sweep, and of what was before whether it still is: some objects are looked at by few sweeps, and an incident
 * is over only when its object can be read.
 */
export async function unreadableFindings(context: SweepContext, known: readonly Incident[]): Promise<Finding[]> {
  const findings: Finding[] = [...context.unreadable.values()];
  for (const incident of known) {
    const { kind, subject } = incident;
    if (kind !== 'unreadable' || subject === undefined || context.unreadable.has(subject)) continue;
    const schema = schemaOf(subject);
    const reading = schema === undefined ? undefined : await context.ledger.read(subject, schema);
    const active = reading?.kind === 'unreadable';
    const { dataset, owner, severity } = incident;
    const summary = active ? incident.summary : `s3://${context.ledger.bucket}/${subject} can be read again.`;
    findings.push({ kind, subject, dataset, owner, severity, summary, active });
  }
  return findings;
}

function whose({ datasets }: SweepContext, key: string): { readonly dataset: string; readonly owner: string } {
  const parsed = parseKey(key);
  const dataset = parsed !== undefined && 'dataset' in parsed ? parsed.dataset : 'rollcall';
  return { dataset, owner: datasets.get(dataset)?.owner ?? 'unknown' };
}
