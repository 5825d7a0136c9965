import type { Finding } from './lint-finding';
import type { StateNode } from './machine';

/**
 * What a state's Comment allows, in a line of its own: `asl-lint allows <rule>: <reason>`. Only rules that weigh one good against another
 * can be allowed; that every path is recorded cannot.
 */
export interface Exception {
  readonly state: StateNode;
  readonly rule: string;
  readonly reason: string;
}

const LINE = /^\s*asl-lint allows\b\s*([a-z-]*)\s*(?::\s*(.*))?$/;
/** A reader in a year should learn something from it. */
const SHORTEST_REASON = 15;

export function exceptionsOf(states: readonly StateNode[]): Exception[] {
  return states.flatMap((state) => {
    const { Comment } = state.definition;
    if (typeof Comment !== 'string') return [];
    return Comment.split('\n').flatMap((line) => {
      const [match, rule = '', reason = ''] = LINE.exec(line) ?? [];
      return match === undefined ? [] : [{ state, rule, reason: reason.trim() }];
    });
  });
}

export interface Judged {
  /** What is left when the allowed ones are taken out. */
  readonly findings: Finding[];
  /** Lines that allow nothing, with what is wrong with each. */
  readonly useless: readonly { readonly exception: Exception; readonly message: string }[];
}

/** @param allowable ids of the rules that can be allowed */
export function applyExceptions(
  findings: readonly Finding[],
  exceptions: readonly Exception[],
  allowable: ReadonlySet<string>,
): Judged {
  const covers = ({ state, rule }: Exception, finding: Finding): boolean =>
    finding.rule === rule && finding.state === state.path;
  const valid = exceptions.filter(({ rule, reason }) => allowable.has(rule) && reason.length >= SHORTEST_REASON);
  const useless = exceptions.flatMap((exception) => {
    const { rule, reason } = exception;
    if (!allowable.has(rule)) {
      const names = [...allowable].join(', ');
      return [{ exception, message: `the Comment allows "${rule}", which cannot be: only ${names} can` }];
    }
    if (reason.length < SHORTEST_REASON) return [{ exception, message: `the Comment allows ${rule} without a reason` }];
    return findings.some((finding) => covers(exception, finding))
      ? []
      : [{ exception, message: `the Comment allows ${rule}, of which there is no finding here` }];
  });
  return {
    findings: findings.filter((finding) => !valid.some((exception) => covers(exception, finding))),
    useless,
  };
}
