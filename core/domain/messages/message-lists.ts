import { statuses } from '../../contracts/run/endings';
import type { Manifest } from '../../contracts/run/manifest';
import { isOfObject } from '../batch/telling-of-failed-objects';
import type { InputProblem } from '../partition/run-input';
import type { CheckedRule, Quality } from '../../contracts/run/quality';
import { cut } from '../../contracts/batch/bounds';
import { count, number } from '../text/numbers';
import { list, literal, type Line, type Section } from './message';

/** The lists in a message: a few of each, and how many more there are. The manifest has them all. */

const MAX_RULES = 8;
const MAX_SAMPLES = 2;
const MAX_BATCHES = 6;
const MAX_FAILED_OBJECTS = 6;
/** Failed batches and the objects that they failed of share theirs. */
const ROOM_OF_FAILED = 2400;
const ROOM_OF_OBJECTS = 1400;
const MAX_OBJECTS = 2;
const MAX_PROBLEMS = 10;
const MAX_EXPECTATIONS = 6;

export function brokenRules(rules: readonly CheckedRule[]): Section[] {
  const worstFirst = [...rules].sort((a, b) => b.broken - a.broken);
  return list('Rules broken', worstFirst, { most: MAX_RULES, room: 2400 }, (rule) => {
    const samples = rule.samples.slice(0, MAX_SAMPLES).flatMap(({ object, line, value }, i): Line => {
      const place = line === null ? fileName(object) : `${fileName(object)} line ${number(line)}`;
      return [i === 0 ? ', e.g. ' : ', ', literal(value, 60), ` in ${cut(place, 120)}`];
    });
    const severity =
      rule.otherwise === undefined || rule.otherwise === 'reject' ? '' : ` (${SEVERITY[rule.otherwise]})`;
    const said =
      rule.sentence === undefined ? ` by ${count(rule.broken, 'record')}` : `${severity}: ${cut(rule.sentence, 300)}`;
    return [literal(rule.name), said, ...samples];
  });
}

const SEVERITY = { warn: 'published all the same', fail: 'none may break it' } as const;

/** Expectations that were not met or could not be judged; those for which the partition was refused stand in the reason. */
export function expectations(quality: Quality | undefined): Section[] {
  const told = (quality?.expectations ?? []).filter(
    ({ outcome, otherwise }) => outcome === 'unknown' || (outcome === 'broken' && otherwise === 'warn'),
  );
  return list('Expectations', told, { most: MAX_EXPECTATIONS, room: 1800 }, ({ outcome, sentence }) => {
    return [`${outcome === 'broken' ? 'not met' : 'not judged'}: ${cut(sentence, 300)}`];
  });
}

/** Objects that could not be read, whether the others were published or not. */
export function failedObjects({ failedObjects: found, status }: Manifest): Section[] {
  if (found === undefined) return [];
  const { failed, of, objects } = found;
  const what = statuses[status].publishes ? 'Objects set aside' : 'Objects that cannot be read';
  const named = objects.length < failed ? `, of which the manifest names ${number(objects.length)}` : '';
  const title = `${what} (${number(failed)} of ${number(of)}${named})`;
  const lines = objects.slice(0, MAX_FAILED_OBJECTS).map(({ key, code, message, found: bytes }): Line => {
    // What is wrong says what it is, where that is not as declared.
    const is = bytes === '' || message.includes(bytes) ? '' : ` (${bytes})`;
    return [literal(key, 200), `: ${code}: ${cut(message, 240)}${is}`];
  });
  return [{ kind: 'list', title, items: lines, more: objects.length - lines.length, room: ROOM_OF_OBJECTS }];
}

/**
 * Batches that failed. Of a partition that is not published without them, those that failed of an object are told by their objects.
 */
export function failedBatches({ failedBatches: all, failedObjects: found, status }: Manifest): Section[] {
  const unread = new Set(statuses[status].publishes ? [] : found?.objects.map(({ key }) => key));
  const batches = all.filter(({ objects: [first = ''], error }) => !(unread.has(first) && isOfObject(error)));
  const room = ROOM_OF_FAILED - (found === undefined ? 0 : ROOM_OF_OBJECTS);
  return list('Failed batches', batches, { most: MAX_BATCHES, room }, (batch) => {
    const { index, state, error, message, objects } = batch;
    const named = objects.slice(0, MAX_OBJECTS).flatMap((key, i): Line => [i === 0 ? ' ' : ', ', literal(key, 200)]);
    const more = objects.length > MAX_OBJECTS ? ` and ${count(objects.length - MAX_OBJECTS, 'more object')}` : '';
    const said = message === '' ? '' : `: ${cut(message, 240)}`;
    return [`batch ${index}`, ...named, `${more}: ${error} in ${state}${said}`];
  });
}

export function wrongInput(problems: readonly InputProblem[]): Section[] {
  return list('Wrong in the input', problems, { most: MAX_PROBLEMS, room: 1800 }, ({ field, value, expected }) => {
    return [literal(field), ': got ', literal(value), `, expected ${cut(expected, 200)}`];
  });
}

/** The last part of a key: the prefix is in the source already. */
function fileName(key: string): string {
  return key.slice(key.lastIndexOf('/') + 1);
}
