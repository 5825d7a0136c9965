import { backfillEndingOf } from '../../contracts/backfill/backfill-endings';
import type { BackfillManifest } from '../../contracts/backfill/backfill-manifest';
import { keys } from '../../contracts/keys';
import { toDo, unended } from '../text/lists';
import { count } from '../text/numbers';
import { between } from '../text/times';
import { list, literal, onRecord, said, type Body, type Line } from './message';
import { consoleUrl } from './message-details';
import { wrongInput } from './message-lists';
import { BACKFILL_SIGNS } from './severity';

/** The message about a backfill: a pure function of its manifest. All of its runs are in it, by name. */
export function backfillMessage(manifest: BackfillManifest): Body {
  const missing = Object.values(manifest.stillMissing).flat();
  return {
    sign: BACKFILL_SIGNS[manifest.status][0],
    headline: headline(manifest),
    story: tale(manifest),
    sections: [
      ...wrongInput(manifest.problems),
      ...list('Still missing', missing, { most: MAX_LISTED, room: 2800 }, ({ dataset, partition, reason }) => {
        return [`${dataset} ${partition}: ${reason}`];
      }),
      ...list('Recovered', manifest.recovered, { most: MAX_LISTED, room: 2800 }, ({ dataset, partition, records }) => {
        return [`${dataset} ${partition}: ${count(records, 'record')}`];
      }),
      ...list('Source not listed', manifest.notCompared, { most: 5, room: 1200 }, ({ dataset, partitions, error }) => {
        return [`${dataset} (${count(partitions, 'partition')}): `, literal(error, 180)];
      }),
    ],
    facts: smallPrint(manifest),
  };
}

const MAX_LISTED = 20;

const STARTED_BY: Readonly<Record<BackfillManifest['trigger'], string>> = {
  schedule: 'started by its schedule',
  manual: 'started by hand',
  sweep: 'started by the sweep',
};

/** `Backfill of flights STILL_MISSING`, `Scheduled backfill NOTHING_MISSING`. */
function headline({ trigger, input, status }: BackfillManifest): string {
  if (input?.recovery !== undefined) {
    const { dependency, since, until } = input.recovery;
    return `Circuit ${dependency} CLOSED after ${between(since, until)}, backfill of what it kept back ${status}`;
  }
  const which = trigger === 'schedule' ? 'Scheduled backfill' : 'Backfill';
  return `${which}${input?.dataset === undefined ? '' : ` of ${input.dataset}`} ${status}`;
}

/** What was done, and what is left to do. */
function tale({ message, status }: BackfillManifest): string {
  const { hint } = backfillEndingOf(status);
  return hint === '' ? unended(message) : `${unended(message)}.${toDo(hint)}`;
}

function smallPrint(manifest: BackfillManifest): Line[] {
  const { times, executionArn, backfillId, hoursExpected, hoursPlanned, totalRecords, trigger, minimal } = manifest;
  const url = consoleUrl(executionArn);
  return [
    ...said(
      `${count(hoursExpected, 'partition')} looked at, ${count(hoursPlanned, 'partition')} missing, ${count(totalRecords, 'record')} recovered`,
      STARTED_BY[trigger],
      `took ${between(times.started, times.ended)}`,
      url === undefined ? '' : { label: 'Execution in the console', url },
    ),
    onRecord('manifest', keys.backfill(backfillId, 'manifest')),
    ...said(minimal ? 'recorded without particulars, because recording itself failed' : ''),
  ];
}
