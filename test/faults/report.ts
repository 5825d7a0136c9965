import type { Verdict, Violation } from './oracle';
import type { AnyCase } from './whole';

/** A case with its verdict, as a worker hands it in. */
export interface Judged {
  readonly id: string;
  readonly verdict: Verdict;
  readonly ms: number;
}

/** The summary line; its wording is an interface. */
export function summaryLine(judged: readonly Judged[]): string {
  const with_ = (of: Violation['of']) =>
    judged.filter(({ verdict }) => verdict.violations.some((one) => one.of === of)).length;
  const repeated = judged.reduce((sum, { verdict }) => sum + verdict.repeated, 0);
  return [
    `${judged.length} injected`,
    `${judged.filter(({ verdict }) => verdict.exactlyOne).length} with exactly one manifest`,
    `${judged.filter(({ verdict }) => verdict.told).length} told`,
    `${with_('missing')} missing`,
    `${with_('wrong')} wrong`,
    `${with_('contradicting')} contradicting the publication`,
    `${with_('told')} told twice without cause`,
    `${repeated} repeated`,
  ].join(', ');
}

/** How often what was to be struck had been done by another; undefined where that did not happen. */
export function outrunLine(judged: readonly Judged[]): string | undefined {
  const outrun = judged.filter(({ verdict }) => verdict.outrun > 0).length;
  return outrun === 0 ? undefined : `in ${outrun} of them another recorder had done what was to be struck`;
}

/** Whether a case has a violation, or lacks what it must have. */
export function isGood({ verdict }: Judged): boolean {
  return verdict.violations.length === 0 && verdict.exactlyOne && verdict.told;
}

/** The failing cases, each with what is wrong and how to run it alone. */
export function failureLines(judged: readonly Judged[]): string[] {
  return judged
    .filter((one) => !isGood(one))
    .flatMap(({ id, verdict }) => [
      `npm run test:faults -- --only '${id}'`,
      ...verdict.violations.map(({ of, says }) => `    ${of}: ${says}`),
    ]);
}

/** What the matrix is made of. */
export function tableLines(cases: readonly AnyCase[]): string[] {
  const count = (of: (one: AnyCase) => string): string => {
    const counts = new Map<string, number>();
    for (const one of cases) counts.set(of(one), (counts.get(of(one)) ?? 0) + 1);
    return [...counts].map(([name, times]) => `${name} ${times}`).join(', ');
  };
  const dimensions: [string, (one: AnyCase) => string][] = [
    ['families', ({ family }) => family],
    ['struck', ({ injections }) => injections.at(-1)?.at ?? 'nothing'],
    ['events', ({ route }) => route],
    ['Slack', ({ slack }) => slack],
    ['S3', ({ ledger }) => ledger],
    ['source', ({ situation }) => situation],
  ];
  return [`${cases.length} cases`, ...dimensions.map(([name, of]) => `  ${name}: ${count(of)}`)];
}
