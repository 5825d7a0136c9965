import { lintOwn, ownMachines, statesByPath, type Json } from './own-machine';
import { faultyAnswer, randomOf } from './answers';
import { runOn, RuntimeDeath } from './oracle';

/**
 * Whether the linter misses a way on which an execution dies of States.Runtime: machines whose Choices were changed are run on answers of
 * steps that have faults, by an interpreter that knows nothing of the linter.
 */

const RUNS = 120;
const machines = ownMachines();

/** How runs of a machine died, at most one of a kind. Lists stay lists in the answers: no Choice can ask whether something is one. */
function deaths(machine: Json): string[] {
  const found = new Set<string>();
  for (let seed = 1; seed <= RUNS; seed += 1) {
    const random = randomOf(seed);
    try {
      runOn(machine, {}, (state) => faultyAnswer(state, random));
    } catch (error) {
      if (!(error instanceof RuntimeDeath)) throw error;
      found.add(error.message);
    }
  }
  return [...found];
}

interface Change {
  readonly of: 'PartitionRun' | 'Backfill';
  readonly state: string;
  readonly what: string;
  readonly change: (choice: Json) => void;
}

/** Every condition left out; every And an Or; every rule turned round, led elsewhere, or before the others. */
function changes(): Change[] {
  return Object.entries<Json>(machines).flatMap(([of, machine]) =>
    Object.entries<Json>(statesByPath(machine))
      .filter(([, { Type }]) => Type === 'Choice')
      .flatMap(([state, { Choices }]) =>
        Choices.flatMap((rule: Json, i: number) => {
          const one = (what: string, change: Change['change']) => ({
            of: of as Change['of'],
            state,
            what: `${i}: ${what}`,
            change,
          });
          const conditions = (rule.And ?? []).flatMap((condition: Json, j: number) => [
            one(`without ${JSON.stringify(condition)}`, (choice) => choice.Choices[i].And.splice(j, 1)),
          ]);
          return [
            ...conditions,
            one('as Or', ({ Choices: rules }) => (rules[i] = { Or: rule.And, Next: rule.Next })),
            one('turned round', ({ Choices: rules }) => (rules[i] = { Not: { And: rule.And }, Next: rule.Next })),
            one('with the target of Default', (choice) => {
              [choice.Default, choice.Choices[i].Next] = [rule.Next, choice.Default];
            }),
            ...(i === 0
              ? []
              : [one('before the others', ({ Choices: rules }) => rules.unshift(...rules.splice(i, 1)))]),
          ];
        }),
      ),
  );
}

test('our own machines die of nothing, whatever their steps answer', () => {
  expect([deaths(machines.PartitionRun), deaths(machines.Backfill)]).toEqual([[], []]);
});

test('the interpreter sees what the linter is to find: a question that is not asked', () => {
  const machine: Json = structuredClone(machines.PartitionRun);
  machine.States['PartitionReady?'].Choices[1].And.splice(0, 1);
  expect(deaths(machine)).toContain('$.load.Payload.ready is not there');
});

describe('what the linter lets pass dies of nothing', () => {
  const all = changes();
  const passed: string[] = [];

  test('there are changes of every Choice', () => {
    expect(all.length).toBeGreaterThan(80);
    expect(new Set(all.map(({ of, state }) => `${of} ${state}`)).size).toBe(9);
  });

  test.each(all)('$of $state $what', ({ of, state, change }) => {
    const machine: Json = structuredClone(machines[of]);
    change(statesByPath(machine)[state]);
    if (lintOwn(machine).length > 0) return;
    passed.push(state);
    expect(deaths(machine)).toEqual([]);
  });

  test('some changes pass: those that change no question that is needed', () => {
    expect(passed.length).toBeGreaterThan(10);
    expect(passed.length).toBeLessThan(all.length / 2);
  });
});
