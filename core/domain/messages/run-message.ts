import { endingOf, statuses } from '../../contracts/run/endings';
import { detailOf, type Manifest, type StepSummary } from '../../contracts/run/manifest';
import { cadenceOf, periodNoun } from '../../contracts/partition';
import { inWords } from '../backfill/backfill-outcome';
import { cut } from '../../contracts/batch/bounds';
import { sentences, toDo, unended } from '../text/lists';
import { count, number } from '../text/numbers';
import { duration } from '../text/times';
import { literal, type Body, type Fact } from './message';
import { consoleUrl, figures, manifestKeyOf, smallPrint } from './message-details';
import { brokenRules, expectations, failedBatches, failedObjects, wrongInput } from './message-lists';
import { overText, repeatOf, rowOf, triedAgain } from './repeat-text';
import { RUN_SIGNS } from './severity';

/**
 * The message about a run: a pure function of its manifest. The first line alone tells the story (dataset, partition, ending, counts,
 * what to do); below it is what one wants to know next.
 */
export function runMessage(manifest: Manifest): Body {
  if (manifest.telling?.how === 'line') return oneLineOf(manifest);
  return {
    sign: RUN_SIGNS[manifest.status][0],
    headline: headline(manifest),
    story: sentences(tale(manifest), overText(manifest)),
    sections: [
      ...why(manifest),
      ...wrongInput(manifest.problems),
      ...failedObjects(manifest),
      ...failedBatches(manifest),
      ...brokenRules(manifest.rules),
      // Never beside problems of the input, with which nothing is read: so the whole stays short.
      ...expectations(manifest.quality),
      ...figures(manifest),
    ],
    facts: smallPrint(manifest),
  };
}

/** One line, for an ending that only repeats what a message said already: the whole story is in that message, and in the manifest. */
function oneLineOf(manifest: Manifest): Body {
  const url = consoleUrl(manifest.executionArn);
  return {
    sign: RUN_SIGNS[manifest.status][0],
    headline: headline(manifest),
    story: sentences(`${repeatOf(manifest, unended(story(manifest)))}.`, overText(manifest)),
    more: url === undefined ? literal(manifestKeyOf(manifest), 300) : { label: 'Execution', url },
    sections: [],
    facts: [],
  };
}

/** `flights 2001-01-01T05 (hour) FAILED in LoadPartition after 2 retries`. */
function headline(manifest: Manifest): string {
  return `${subjectOf(manifest)} ${manifest.status}${where(manifest)}${retriesOf(manifest)}`;
}

/** What happened, whether it has been so for a while, and what to do about it; where nothing has to be done yet, when it is tried again. */
function tale(manifest: Manifest): string {
  const { hint, person } = endingOf(manifest.reason.code);
  const row = rowOf(manifest);
  const told = row === '' ? story(manifest) : `${unended(story(manifest))} (${row}).`;
  if (manifest.retry !== undefined) return `${unended(told)}, ${triedAgain(manifest.retry, manifest.times.ended)}.`;
  switch (person) {
    case 'acts':
      return `${told}${toDo(hint)}`;
    case 'need not act':
      return hint === '' ? told : `${told} ${hint}`;
    case 'leaves it to another run':
      return told;
  }
}

/** `flights 2001-01-01T05 (hour)`, or what is known instead. */
function subjectOf({ dataset, partition, runId }: Manifest): string {
  if (dataset === null) return `run ${runId}`;
  if (partition === null) return `${dataset} (no partition)`;
  return `${dataset} ${partition} (${periodNoun(cadenceOf(partition) ?? 'hourly', 1)})`;
}

function where({ reason, status }: Manifest): string {
  if (reason.state === undefined || status === 'SKIPPED') return '';
  return status === 'TIMED_OUT' || status === 'ABORTED' ? ` during ${reason.state}` : ` in ${reason.state}`;
}

/** ` after 1 failed run and 2 retries`: of this run's steps, and before it the runs that the sweep has tried again after. */
function retriesOf({ steps, reason, again }: Manifest): string {
  const retried = steps.filter((step) => retries(step) > 0 && step.name !== 'RecordRun');
  const runs = again === undefined ? [] : [count(again, 'failed run')];
  const texts = retried.map((step) => {
    const times = count(retries(step), 'retry', 'retries');
    return step.name === reason.state && retried.length === 1 ? times : `${times} of ${step.name}`;
  });
  const all = [...runs, ...texts];
  return all.length === 0 ? '' : ` after ${all.join(' and ')}`;
}

const retries = (step: StepSummary) => step.attempts - step.entered;

function story(manifest: Manifest): string {
  const { records, reason, status, failedBatches, failedObjects: unread } = manifest;
  const objects = unread === undefined ? '' : `${number(unread.failed)} of ${count(unread.of, 'object')}`;
  const fallback = originOf(manifest);
  switch (status) {
    case 'PUBLISHED':
      return `${publishedCount(manifest)}${aside(manifest)}${fallback}${warned(manifest)}`;
    case 'PARTIAL': {
      const failed = failedBatches.length === 0 ? '' : `, ${count(failedBatches.length, 'batch', 'batches')} failed`;
      const rejected = records.quarantined === 0 ? '' : `, ${number(records.quarantined)} rejected`;
      const unreadObjects = objects === '' ? '' : `, ${objects} set aside`;
      return `${publishedCount(manifest)} published${rejected}${failed}${unreadObjects}${aside(manifest)}${fallback}${warned(manifest)}.`;
    }
    case 'NO_DATA':
      return `${unended(endingOf(reason.code).sentence)}${fallback}${warned(manifest)}.`;
    case 'SKIPPED':
    case 'TIMED_OUT':
    case 'ABORTED':
    case 'NEVER_STARTED':
      return endingOf(reason.code).sentence;
    case 'FAILED': {
      const { sentence } = endingOf(reason.code);
      const of = `${number(records.quarantined)} of ${count(records.read, 'record')} broke a rule`;
      const told = unread?.objects[0]?.code === reason.code ? objects : records.quarantined === 0 ? '' : of;
      return `${unended(sentence)}${told === '' ? '' : ` (${told})`}${fallback}.`;
    }
  }
}

/** `, from the fallback s3://…, 3 h old, because the primary is missing (source prefix not found)`; nothing for the primary. */
function originOf({ source }: Manifest): string {
  if (source?.kind !== 'fallback') return '';
  const age = source.newestAgeSeconds === null ? '' : `, ${duration(source.newestAgeSeconds)} old`;
  const because =
    source.insteadOf === undefined
      ? ''
      : `, because the primary is ${source.insteadOf.lack}${source.insteadOf.lack === 'empty' ? '' : ` (${inWords(source.insteadOf.code)})`}`;
  return `, from the fallback ${cut(`s3://${source.bucket}/${source.prefix}`, 300)}${age}${because}`;
}

/** `690 records`, or `1,485 of 1,500 records` where some are missing. */
function publishedCount({ records }: Manifest): string {
  return records.published < records.read
    ? `${number(records.published)} of ${count(records.read, 'record')}`
    : count(records.published, 'record');
}

/** What became of the records that are neither published nor rejected. */
function aside({ records }: Manifest): string {
  const { deleted = 0 } = records;
  const parts = [
    records.duplicates === 0 ? '' : `, ${count(records.duplicates, 'duplicate')} left out`,
    deleted === 0 ? '' : `, ${number(deleted)} deleted`,
    records.dropped === 0 ? '' : `, ${number(records.dropped)} dropped by the transform`,
    records.added === 0 ? '' : `, ${number(records.added)} added by the transform`,
  ];
  return parts.join('');
}

/** The first warning, and how many more there are. */
function warned({ quality }: Manifest): string {
  const [first, ...more] = quality?.warnings ?? [];
  if (first === undefined) return '';
  return `, with ${count(more.length + 1, 'warning')} (${cut(first, 200)}${more.length === 0 ? '' : ', …'})`;
}

function why(manifest: Manifest): Body['sections'] {
  const { reason, status, problems, failedBatches } = manifest;
  const { hint, person } = endingOf(reason.code);
  const particulars = detailOf(reason);
  // The lists of problems and of failed batches say the same, better.
  const isListed =
    problems.length > 0 || failedBatches.some(({ message }) => message !== '' && particulars.includes(message));
  const text = isListed ? '' : withoutObjects(manifest, particulars);
  // Where the status says it all already, the code says nothing more.
  const code = statuses[status].publishes || reason.code === status ? [] : [literal(reason.code)];
  const because = [...code, ...(code.length > 0 && text !== '' ? [' · '] : []), ...(text === '' ? [] : [text])];
  const facts: Fact[] = [
    ...(because.length === 0 ? [] : [{ name: 'Why', text: because, room: 1100 }]),
    // A hint that the first line does not need is still worth a line here.
    ...(person === 'leaves it to another run' && hint !== '' ? [{ text: [hint] }] : []),
  ];
  return facts.length === 0 ? [] : [{ kind: 'facts', facts, room: 1400 }];
}

/** Particulars as far as the list of objects does not say the same: `2 of 13 objects cannot be read, at most 1 may be`. */
function withoutObjects({ failedObjects: unread }: Manifest, particulars: string): string {
  const [first] = unread?.objects ?? [];
  const at = first === undefined ? -1 : particulars.indexOf(`: ${first.key}: `);
  return at === -1 ? particulars : particulars.slice(0, at);
}
