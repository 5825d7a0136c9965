import type { Dataset } from '../../core/contracts/dataset/dataset';
import type { Figure, Quality } from '../../core/contracts/run/quality';
import type { Run } from '../../core/contracts/run/steps';
import type { RuleResult } from '../../core/contracts/batch/batch';
import type { Reference } from '../../core/contracts/dataset/upstreams';
import { RULE_SPANS, spanOf, type FormerIn, type Span } from '../../core/domain/quality/former-partitions';
import {
  judgeExpectation,
  judgeRules,
  warningsOf,
  type JudgedRule,
  type Measured,
} from '../../core/domain/quality/judge-quality';
import type { StepContext } from '../../core/runtime/step/step';
import { readFormer } from './former';

type Context = Pick<StepContext<'check-partition'>, 'ledger' | 'logger'>;

/** A partition's broken rules with their meaning, and the former partitions that its figures are compared with. */
export interface Compared {
  readonly rules: readonly JudgedRule[];
  readonly formerIn: FormerIn;
  /** Former partitions that are known, newest first. */
  readonly comparedWith: readonly string[];
}

/** Records that were read, and what their columns refer to. */
interface WithWhat {
  readonly read: number;
  readonly references: readonly Reference[];
}

/** Compares the broken rules with former partitions. Nothing is read where no rule was broken and no expectation asks for it. */
export async function compareRules(
  context: Context,
  run: Run,
  dataset: Dataset,
  { read, references }: WithWhat,
  rules: readonly RuleResult[],
): Promise<Compared> {
  const spans: Span[] = [
    ...(rules.length > 0 ? RULE_SPANS : []),
    ...dataset.expectations.flatMap(({ against }) => (against === undefined ? [] : [spanOf(against)])),
  ];
  const formerIn = await readFormer(context, run, dataset, spans);
  const at = { partition: run.partition, read, references };
  const known = new Set(spans.flatMap((span) => formerIn(span).map(({ partition }) => partition)));
  return {
    rules: judgeRules(dataset, run.definitionHash, at, rules, formerIn),
    formerIn,
    comparedWith: [...known].toSorted((a, b) => (a < b ? 1 : -1)),
  };
}

/**
 * What the partition is as a whole, and what it was expected to be.
 * @param measured one figure for each expectation
 */
export function qualityOf(
  run: Run,
  dataset: Dataset,
  { rules, formerIn, comparedWith }: Compared,
  measured: readonly (Measured | undefined)[],
): Quality {
  const expectations = dataset.expectations.flatMap((expectation, i) => {
    const figure = measured[i];
    return figure === undefined ? [] : [judgeExpectation(expectation, figure, run.partition, formerIn)];
  });
  const figures = measured.flatMap((one): Figure[] => {
    if (one === undefined) return [];
    const { breach: _breach, ...figure } = one;
    return [figure];
  });
  return {
    // Expectations of one figure have measured the same.
    figures: [...new Map(figures.map((figure) => [figure.name, figure])).values()],
    expectations,
    comparedWith: [...comparedWith],
    warnings: warningsOf(rules, expectations),
  };
}
