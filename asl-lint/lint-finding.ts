/** One thing wrong with a definition. */
export interface Finding {
  /** Stable id of the rule, e.g. `task-without-retry`; see docs/asl-lint.md. */
  readonly rule: string;
  /** The state, with the states around it: `ForEachBatch/ValidateBatch`. `(machine)` for the machine itself. */
  readonly state: string;
  /** What is wrong, in one sentence. */
  readonly message: string;
  /** What to do about it. */
  readonly hint: string;
}

/** Stands for the machine itself where a finding has no state. */
export const MACHINE = '(machine)';

/** Findings for people: one block each, rule and state first, so that they can be searched for. */
export function formatFindings(findings: readonly Finding[], name = ''): string {
  const of = name === '' ? '' : ` in ${name}`;
  if (findings.length === 0) return `no findings${of}`;
  const head = `${findings.length} ${findings.length === 1 ? 'finding' : 'findings'}${of}:`;
  return [head, ...findings.map((f) => `  ${f.rule} · ${f.state}\n    ${f.message}\n    → ${f.hint}`)].join('\n');
}
