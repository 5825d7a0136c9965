import { formatFindings } from '../../asl-lint/lint';
import { RULES } from '../../asl-lint/rules';
import { MUTANTS } from './mutants';
import { lintOwn, lintTrusting, ownMachines, statesByPath, type Json } from './own-machine';

const machines = ownMachines();
const original: Json = machines.PartitionRun;
const fresh = (): Json => structuredClone(original);

describe('our own machines', () => {
  test.each(Object.entries(machines))('%s gives no finding', (_, definition) => {
    expect(lintOwn(definition)).toEqual([]);
  });
});

describe('mutants of our own machines are rejected', () => {
  test('there are at least 40, and one for each rule', () => {
    expect(MUTANTS.length).toBeGreaterThanOrEqual(40);
    expect(new Set(MUTANTS.map((m) => m.name)).size).toBe(MUTANTS.length);
    expect(new Set(MUTANTS.map((m) => m.rule))).toEqual(new Set(RULES.map((r) => r.id)));
  });

  test.each(MUTANTS)('$name → $rule at $state', ({ of, rule, state, mutate }) => {
    const machine: Json = structuredClone(machines[of]);
    mutate(statesByPath(machine), machine);
    expect(machine).not.toEqual(machines[of]);

    const findings = lintOwn(machine);

    expect(findings.map((f) => `${f.rule} · ${f.state}`)).toContain(`${rule} · ${state}`);
    expect(formatFindings(findings)).toContain(`${rule} · ${state}`);
    for (const finding of findings) {
      expect(finding.message).not.toBe('');
      expect(finding.hint).not.toBe('');
    }
  });
});

describe('whatever single transition is led elsewhere, the machine is rejected', () => {
  const BEHIND = ['RecordRun', 'RunOutcome?', 'RunSucceeded', 'RunFailed'];
  const cases = transitions(original).flatMap((label) => ['RunSucceeded', 'RunFailed'].map((to) => ({ label, to })));

  test.each(cases)('$label → $to', ({ label, to }) => {
    const machine = fresh();
    retarget(machine, label, to);
    expect(lintTrusting(machine)).not.toEqual([]);
  });

  /** `<state> <path of the target>` of each transition of the outermost states before the recording. */
  function transitions(machine: Json): string[] {
    return Object.entries<Json>(machine.States)
      .filter(([name]) => !BEHIND.includes(name))
      .flatMap(([name, state]) => [
        ...(state.Next ? [`${name} Next`] : []),
        ...(state.Default ? [`${name} Default`] : []),
        ...(state.Choices ?? []).map((_: Json, i: number) => `${name} Choices ${i}`),
        ...(state.Catch ?? []).map((_: Json, i: number) => `${name} Catch ${i}`),
      ]);
  }

  function retarget(machine: Json, label: string, to: string): void {
    const [name = '', field = '', index] = label.split(' ');
    const state = machine.States[name];
    if (index === undefined) state[field] = to;
    else state[field][Number(index)].Next = to;
  }
});

describe('whatever state loses its time-out, Retry or Catch, the finding names it', () => {
  const tasks = Object.entries(statesByPath(original)).filter(([, state]) => state.Type === 'Task');
  const cases = tasks.flatMap(([path]) => [
    { path, field: 'TimeoutSeconds', rule: 'task-without-timeout' },
    { path, field: 'Retry', rule: 'task-without-retry' },
    { path, field: 'Catch', rule: 'task-without-catch-all' },
  ]);
  test.each(cases)('$path without $field', ({ path, field, rule }) => {
    const machine = fresh();
    delete statesByPath(machine)[path][field];
    expect(lintTrusting(machine)).toContainEqual(expect.objectContaining({ rule, state: path }));
  });
});
