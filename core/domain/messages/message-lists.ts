import type { FailedBatch } from '../../contracts/batch/batch';
import type { CheckedRule, Quality } from '../../contracts/run/quality';
import { code, count, escapeText, number, section, shorten, type Block } from './slack-text';

/** The lists in a message: a few of each, and how many more there are. The manifest has them all. */

const MAX_RULES = 8;
const MAX_SAMPLES = 2;
const MAX_BATCHES = 6;
const MAX_OBJECTS = 2;
const MAX_PROBLEMS = 10;
const MAX_EXPECTATIONS = 6;

export function rulesBlock(rules: readonly CheckedRule[]): Block | undefined {
  if (rules.length === 0) return undefined;
  const worstFirst = [...rules].sort((a, b) => b.broken - a.broken);
  return listBlock('Rules broken', worstFirst, MAX_RULES, 2400, (rule) => {
    const samples = rule.samples.slice(0, MAX_SAMPLES).map(({ object, line, value }) => {
      const place = line === null ? fileName(object) : `${fileName(object)} line ${number(line)}`;
      return `${code(value, 60)} in ${escapeText(shorten(place, 120))}`;
    });
    const examples = samples.length === 0 ? '' : `, e.g. ${samples.join(', ')}`;
    const severity =
      rule.otherwise === undefined || rule.otherwise === 'reject' ? '' : ` (${SEVERITY[rule.otherwise]})`;
    const said =
      rule.sentence === undefined
        ? ` by ${count(rule.broken, 'record')}`
        : `${severity}: ${escapeText(shorten(rule.sentence, 300))}`;
    return `${code(rule.name)}${said}${examples}`;
  });
}

const SEVERITY = { warn: 'published all the same', fail: 'none may break it' } as const;

/** Expectations that were not met or could not be judged; those for which the partition was refused stand in the reason. */
export function expectationsBlock(quality: Quality | undefined): Block | undefined {
  const told = (quality?.expectations ?? []).filter(
    ({ outcome, otherwise }) => outcome === 'unknown' || (outcome === 'broken' && otherwise === 'warn'),
  );
  return listBlock('Expectations', told, MAX_EXPECTATIONS, 1800, ({ outcome, sentence }) => {
    return `${outcome === 'broken' ? 'not met' : 'not judged'}: ${escapeText(shorten(sentence, 300))}`;
  });
}

export function batchesBlock(batches: readonly FailedBatch[]): Block | undefined {
  return listBlock('Failed batches', batches, MAX_BATCHES, 2400, ({ index, state, error, message, objects }) => {
    const named = objects.slice(0, MAX_OBJECTS).map((key) => code(key, 200));
    const more = objects.length > MAX_OBJECTS ? ` and ${count(objects.length - MAX_OBJECTS, 'more object')}` : '';
    const of = named.length === 0 ? '' : ` ${named.join(', ')}${more}`;
    const said = message === '' ? '' : `: ${escapeText(shorten(message, 240))}`;
    return `batch ${index}${of}: ${escapeText(error)} in ${escapeText(state)}${said}`;
  });
}

export function problemsBlock(
  problems: readonly { readonly field: string; readonly value: string; readonly expected: string }[],
): Block | undefined {
  return listBlock('Wrong in the input', problems, MAX_PROBLEMS, 1800, ({ field, value, expected }) => {
    return `${code(field)}: got ${code(value)}, expected ${escapeText(shorten(expected, 200))}`;
  });
}

/** A few of `items`, and how many more there are. */
export function listBlock<T>(
  title: string,
  items: readonly T[],
  most: number,
  maxLength: number,
  render: (item: T) => string,
): Block | undefined {
  if (items.length === 0) return undefined;
  const lines = items.slice(0, most).map((item) => `• ${render(item)}`);
  const more = items.length > most ? [`… and ${number(items.length - most)} more, all in the manifest`] : [];
  return section([`*${title}:*`, ...lines, ...more].join('\n'), maxLength);
}

/** The last part of a key: the prefix is in the source already. */
function fileName(key: string): string {
  return key.slice(key.lastIndexOf('/') + 1);
}
