import type { RuleResult } from '../../contracts/batch/batch';
import type { Otherwise } from '../../contracts/dataset/column';
import type { Dataset } from '../../contracts/dataset/dataset';
import { boundsOf, figureName, type Expectation } from '../../contracts/dataset/expectation';
import type { CheckedRule, ExpectationResult, Figure } from '../../contracts/run/quality';
import type { Reference } from '../../contracts/dataset/upstreams';
import { describeSpan, enoughOf, median, RULE_SPANS, spanOf, type FormerIn, type Span } from './former-partitions';
import { boundsSentence, brokenSentence, figureSentence, figureText } from '../messages/quality-text';
import { joined } from '../text/lists';
import { percent, figure as plain } from '../text/numbers';

/** What rules and figures of a partition mean, also against former partitions. Pure. */

/** What breaking a rule means, by the definition. */
function otherwiseOf(dataset: Dataset, rule: string): Otherwise {
  if (rule === 'unique') return dataset.duplicates;
  const row = dataset.rowRules.find(({ name }) => name === rule);
  if (row !== undefined) return row.otherwise ?? 'reject';
  const at = rule.lastIndexOf('.');
  const kinds: Readonly<Record<string, Otherwise | undefined>> = dataset.columns[rule.slice(0, at)]?.otherwise ?? {};
  return kinds[rule.slice(at + 1)] ?? 'reject';
}

/** How often a rule is usually broken. */
interface Usual {
  readonly span: Span;
  readonly known: number;
  /** Records. */
  readonly median: number;
  /** Of the records read, in the middle and at most. */
  readonly medianShare: number;
  readonly highestShare: number;
  /** Whether one of the former partitions was published by another definition. */
  readonly otherDefinition: boolean;
}

function usualOf(rule: string, definition: string, formerIn: FormerIn): Usual | undefined {
  for (const span of RULE_SPANS) {
    const known = formerIn(span).flatMap((former) =>
      former.rules === undefined || former.read === 0
        ? []
        : [{ ...former, broken: former.rules.get(rule) ?? 0, share: (former.rules.get(rule) ?? 0) / former.read }],
    );
    if (known.length < enoughOf(span)) continue;
    const shares = known.map(({ share }) => share);
    return {
      span,
      known: known.length,
      median: median(known.map(({ broken }) => broken)),
      medianShare: median(shares),
      highestShare: Math.max(...shares),
      otherDefinition: known.some(({ definitionHash }) => definitionHash !== definition),
    };
  }
  return undefined;
}

/** A rule of a partition with everything that is to be said about it. */
export interface JudgedRule extends CheckedRule {
  readonly otherwise: Otherwise;
  readonly sentence: string;
  /** Whether it rejects far more than it used to. */
  readonly sudden: boolean;
}

/** Fewer records say nothing: in a small partition three of ten may be chance. */
const FEW_RECORDS = 10;

/**
 * The broken rules of a partition, each with its meaning and, where former partitions are known, with what is usual.
 *
 * A rule is suddenly strict when it rejects at least ten records, at least `tolerance.suddenly.share` of all, `times` the share that was
 * the median of former partitions, and twice the highest of them: one bad day in the past makes the next one no surprise.
 */
export function judgeRules(
  dataset: Dataset,
  definition: string,
  at: { readonly partition: string; readonly read: number; readonly references: readonly Reference[] },
  rules: readonly RuleResult[],
  formerIn: FormerIn,
): JudgedRule[] {
  return rules.map((rule) => {
    const otherwise = otherwiseOf(dataset, rule.name);
    const usual = usualOf(rule.name, definition, formerIn);
    const what = brokenSentence(dataset, rule.name, rule.broken, at);
    // A duplicate is left out, not rejected: a source that delivers everything twice is no rule that has become strict.
    const rejects = otherwise !== 'warn' && rule.name !== 'unique';
    return {
      ...rule,
      otherwise,
      sentence: usual === undefined ? what : `${what}; ${usualSentence(at.partition, usual)}`,
      sudden: rejects && usual !== undefined && isSudden(dataset, rule.broken, at.read, usual),
    };
  });
}

function isSudden({ tolerance }: Dataset, broken: number, read: number, usual: Usual): boolean {
  const { share, times } = tolerance.suddenly;
  const now = read === 0 ? 0 : broken / read;
  return broken >= FEW_RECORDS && now >= share && now >= times * usual.medianShare && now >= 2 * usual.highestShare;
}

function usualSentence(partition: string, { span, known, median: usual, otherDefinition }: Usual): string {
  const changed = otherDefinition ? ' (the definition has changed since)' : '';
  return `the median of ${describeSpan(partition, span, known)} is ${plain(usual)}${changed}`;
}

/** A figure as CheckPartition measures it: `breach` says exactly, where a number could not, whether it is out of bounds. */
export interface Measured extends Figure {
  readonly breach: boolean;
}

/** The figure of an expectation of so many records, which no file has to be read for. */
export function measuredRows(expectation: Expectation, value: number): Measured {
  const { min = -Infinity, max = Infinity } = boundsOf(expectation);
  return { name: 'rows', value, breach: value < min || value > max };
}

/** How an expectation is met by a figure. */
export function judgeExpectation(
  expectation: Expectation,
  measured: Measured,
  partition: string,
  formerIn: FormerIn,
): ExpectationResult {
  const { value, exact, breach } = measured;
  const parts = [figureSentence(expectation, value, exact), boundsSentence(expectation)];
  const usual = expectation.against === undefined ? undefined : compare(expectation, value, partition, formerIn);
  if (usual !== undefined) parts.push(usual.sentence);
  const unmet = breach || usual?.outcome === 'broken' || (value === null && hasBounds(expectation));
  return {
    figure: figureName(expectation),
    outcome: unmet ? 'broken' : (usual?.outcome ?? 'met'),
    otherwise: expectation.otherwise,
    sentence: joined(parts, '; ').replace('; expected', ', expected'),
  };
}

function hasBounds(expectation: Expectation): boolean {
  const { min, max } = boundsOf(expectation);
  return min !== undefined || max !== undefined;
}

function compare(
  expectation: Expectation,
  value: number | null,
  partition: string,
  formerIn: FormerIn,
): Pick<ExpectationResult, 'outcome' | 'sentence'> | undefined {
  const { against } = expectation;
  if (against === undefined) return undefined;
  const span = spanOf(against);
  const name = figureName(expectation);
  const known = formerIn(span).flatMap(({ figures }) => (figures[name] === undefined ? [] : [figures[name]]));
  if (known.length < enoughOf(span) || value === null) {
    const sentence = `not enough history to compare with: ${describeSpan(partition, span, known.length)} known, ${enoughOf(span)} needed`;
    return { outcome: 'unknown', sentence: value === null ? '' : sentence };
  }
  const usual = median(known);
  const met = Math.abs(value - usual) <= against.tolerance * Math.abs(usual);
  const text = `the median of ${describeSpan(partition, span, known.length)} is ${figureText(expectation, usual)}`;
  return {
    outcome: met ? 'met' : 'broken',
    sentence: met ? text : `${text}, and it may be at most ${percent(against.tolerance)} off`,
  };
}

/** What is published and still not as it should be, for people. */
export function warningsOf(rules: readonly JudgedRule[], expectations: readonly ExpectationResult[]): string[] {
  return [
    ...rules.filter(({ otherwise, sudden }) => otherwise === 'warn' || sudden).map(({ sentence }) => sentence),
    ...expectations
      .filter(({ outcome, otherwise }) => outcome === 'broken' && otherwise === 'warn')
      .map(({ sentence }) => sentence),
  ];
}
