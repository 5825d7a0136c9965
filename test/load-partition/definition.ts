import { defineDataset, definitionHash, type Dataset, type DatasetInput } from '../../core/contracts/dataset/dataset';
import type { SourceObject } from '../../core/contracts/batch/plan';
import type { Run } from '../../core/contracts/run/steps';

export const PARTITION = '2026-01-20T05';
/** The partition's prefix in the source. */
export const PREFIX = 'flights/2026/01/20/05/';
/** 15 minutes after its end: when its run starts. */
export const START = '2026-01-20T06:15:00.000Z';
/** 120 minutes after its end. */
export const DEADLINE = '2026-01-20T08:00:00.000Z';

type Part = Partial<Omit<DatasetInput, 'source'>> & { readonly source?: Partial<DatasetInput['source']> };

/** An hourly CSV delivery in which an empty partition is a fault; `part` says what a test changes about it. */
export function flights({ source, ...part }: Part = {}): Dataset {
  return defineDataset({
    name: 'flights',
    owner: 'tests',
    cadence: 'hourly',
    calendar: { firstPartition: '2026-01-01T00' },
    empty: 'fault',
    columns: { id: { type: 'string' } },
    ...part,
    source: { bucket: 'vendor', prefix: 'flights/{yyyy}/{MM}/{dd}/{HH}/', suffix: '.csv', format: 'csv', ...source },
  });
}

export function runOf(dataset: Dataset, part: Partial<Run> = {}): Run {
  return {
    dataset: dataset.name,
    partition: PARTITION,
    runId: 'run-1',
    executionArn: 'arn:aws:states:eu-west-1:123456789012:execution:PartitionRun:run-1',
    startedAt: START,
    trigger: 'schedule',
    reprocess: false,
    replay: false,
    fence: 1,
    definitionHash: definitionHash(dataset),
    codeVersion: 'code-1',
    needsProcessing: false,
    hasDependencies: false,
    mayWait: true,
    ...part,
  };
}

/** A listed object. */
export function listed(key: string, size = 100, lastModified = '2026-01-20T05:30:00.000Z'): SourceObject {
  return { bucket: 'vendor', key, etag: `"${key}-${size}"`, size, lastModified };
}
