import type { DatasetInput } from 'rollcall';
import { plannedFiring } from './firing';

/** The bucket of the data's provider: the test makes it, the app only reads it. */
export const SOURCE_BUCKET = 'rollcall-test-source';

/** An hourly delivery of flights as gzipped CSV that is due at the next minute or two, starting with the hour the test looks at. */
export function datasetOfFlights(name: string): DatasetInput {
  const { availableMinutes, partition } = plannedFiring();
  return {
    name,
    owner: 'test:deploy',
    cadence: 'hourly',
    calendar: { firstPartition: partition },
    source: {
      bucket: SOURCE_BUCKET,
      prefix: `${name}/{yyyy}/{MM}/{dd}/{HH}/`,
      suffix: '.csv.gz',
      format: 'csv',
      compression: 'gzip',
    },
    availableMinutes,
    deadlineMinutes: 120,
    empty: 'fault',
    columns: {
      date: { type: 'timestamp' },
      delay: { type: 'integer', nullable: true },
      distance: { type: 'integer', min: 1 },
      origin: { type: 'string', pattern: '[A-Z]{3}' },
      destination: { type: 'string', pattern: '[A-Z]{3}' },
    },
  };
}
