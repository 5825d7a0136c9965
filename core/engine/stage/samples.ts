import type { RuleResult } from '../../contracts/batch/batch';
import { visible } from '../../contracts/visible';
import type { ShowValue } from '../../domain/batch/sensitive';
import type { Rule } from './rules';

/** Records that are shown of each rule. */
export const MAX_SAMPLES = 3;
const MAX_VALUE = 80;

/** Where a record stands. */
export interface Place {
  readonly object: string;
  readonly line: number | null;
}

/** Counts broken rules, and keeps a few samples of each. */
export class RuleTally {
  private readonly results = new Map<string, { broken: number; samples: RuleResult['samples'] }>();

  constructor(private readonly show: ShowValue) {}

  /**
   * One record that broke some rules.
   * @param values the record's values by column
   * @param problem why it is no record, for `record.shape`
   */
  add(rules: readonly Rule[], place: Place, values: ReadonlyMap<string, unknown>, problem: string | null): void {
    for (const rule of rules) this.count(rule, 1);
    this.sample(rules, place, values, problem);
  }

  /** So many records broke a rule. */
  count(rule: Rule, records: number): void {
    this.resultOf(rule).broken += records;
  }

  /** One record to show for some rules that it broke, wherever there are not enough yet; it is not counted. */
  sample(rules: readonly Rule[], place: Place, values: ReadonlyMap<string, unknown>, problem: string | null): void {
    for (const rule of rules) {
      const { samples } = this.resultOf(rule);
      if (samples.length < MAX_SAMPLES)
        samples.push({ ...place, value: shorten(problem ?? describe(rule, values, this.show)) });
    }
  }

  private resultOf(rule: Rule): { broken: number; samples: RuleResult['samples'] } {
    let result = this.results.get(rule.name);
    if (result === undefined) this.results.set(rule.name, (result = { broken: 0, samples: [] }));
    return result;
  }

  /** Rules that were broken, the most broken first. */
  all(): RuleResult[] {
    return [...this.results]
      .map(([name, result]) => ({ name, ...result }))
      .sort((a, b) => b.broken - a.broken || (a.name < b.name ? -1 : 1));
  }
}

/** The value that broke a column's rule; for rules over several columns, each with its name. */
function describe(rule: Rule, values: ReadonlyMap<string, unknown>, showValue: ShowValue): string {
  const [only] = rule.columns;
  const show = (column: string) => showValue(column, values.get(column) ?? null);
  if (rule.columns.length === 1 && only !== undefined && rule.name.startsWith(`${only}.`)) return show(only);
  return rule.columns.map((column) => `${column} = ${show(column)}`).join(', ');
}

function shorten(text: string): string {
  const shown = visible(text);
  return shown.length > MAX_VALUE ? `${shown.slice(0, MAX_VALUE)}…` : shown;
}
