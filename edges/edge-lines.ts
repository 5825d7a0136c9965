import { isProven } from './check';
import type { ProvenEdge } from './edge';
import type { Statement } from './statement';

/** The edges as lines for people: by what they come from, each with the statement that allows it. */
export function linesOf(edges: readonly ProvenEdge[]): string[] {
  const byOrigin = Map.groupBy(edges, ({ from }) => from);
  return [...byOrigin].flatMap(([from, ofOrigin]) => [from, ...ofOrigin.map((edge) => `  ${lineOf(edge)}`)]);
}

/** One line about an edge: `!!` in front where nothing proves it. */
export function lineOf({ kind, who, action, to, verdict, by }: ProvenEdge): string {
  const mark = isProven({ verdict }) ? (verdict === 'elsewhere' ? '? ' : 'ok') : '!!';
  const does = who === '' ? to : `${who} ${action} ${to}`;
  return `${mark} ${kind}: ${does}: ${verdictText(verdict, by)}`;
}

function verdictText(verdict: ProvenEdge['verdict'], by: readonly Statement[]): string {
  switch (verdict) {
    case 'allowed':
      return `allowed by ${origins(by)}`;
    case 'denied':
      return `DENIED by ${origins(by)}`;
    case 'nothing allows it':
      return 'NOTHING ALLOWS IT';
    case 'elsewhere':
      return 'not in this template: its own policy has to allow it';
    case 'needs no policy':
      return verdict;
    case 'not known to this check':
      return 'NOT KNOWN to this check: teach it (edges/check.ts)';
  }
}

const origins = (statements: readonly Statement[]): string => statements.map(({ origin }) => origin).join(', ');
