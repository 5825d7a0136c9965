import { read, write } from '../../asl-lint/flow/access';
import { splitByChoice } from '../../asl-lint/flow/choice';
import { evaluate } from '../../asl-lint/flow/expression';
import { parsePath, pathsInIntrinsic } from '../../asl-lint/flow/json-path';
import { narrow } from '../../asl-lint/flow/narrow';
import { bounded, unionOf } from '../../asl-lint/flow/union';
import { alwaysHolds, ANY, anyWith, object, scalar, valueOfJson, type Value } from '../../asl-lint/flow/value';
import { STEP_SHAPES } from '../../asl-lint/step-shapes';

const path = (text: string) => parsePath(text)?.segments ?? [];
const presence = (value: Value, text: string) => read(value, path(text)).presence;
const load = STEP_SHAPES.LoadPartition;

describe('paths', () => {
  test.each([
    ['$', '$', []],
    ['$.a.b', '$', [{ field: 'a' }, { field: 'b' }]],
    ["$['a b'].c[0]", '$', [{ field: 'a b' }, { field: 'c' }, { index: 0 }]],
    ['$$.Execution.Id', '$$', [{ field: 'Execution' }, { field: 'Id' }]],
    ['$.a[*].b', '$', [{ field: 'a' }, { many: true }]],
    ['$..b', '$', [{ many: true }]],
    ['$.a[?(@.b > 1)]', '$', [{ field: 'a' }, { many: true }]],
    ['$order.id', 'variable', [{ field: 'id' }]],
  ])('%s is read', (text, root, segments) => {
    expect(parsePath(text)).toEqual({ root, segments });
  });

  test.each(['a.b', '', '$a b', '$.'])('"%s" is no path', (text) => {
    expect(parsePath(text)).toBeUndefined();
  });

  test('those in an intrinsic function are found, those in its texts are not', () => {
    expect(
      pathsInIntrinsic("States.Format('$.no {} it\\'s', $.a.b, States.JsonToString($$.State), $['c d'][0])"),
    ).toEqual(['$.a.b', '$$.State', "$['c d'][0]"]);
  });
});

describe('what is known of data', () => {
  test('a literal has its fields and no others', () => {
    const value = valueOfJson({ a: { b: [1, 2] } });
    expect(presence(value, '$.a.b[1]')).toBe('always');
    expect(presence(value, '$.a.b[2]')).toBe('never');
    expect(presence(value, '$.a.c')).toBe('never');
    expect(presence(value, '$.a.b.c')).toBe('never');
  });

  test('of anything nothing is known, but what is put into it is', () => {
    expect(presence(ANY, '$.a')).toBe('unknown');
    const value = write(ANY, path('$.a.b'), scalar('string'));
    expect(presence(value, '$.a.b')).toBe('always');
    expect(presence(value, '$.a.c')).toBe('unknown');
    expect(presence(value, '$.c')).toBe('unknown');
  });

  test('a discriminated union has its common fields always, the others sometimes', () => {
    expect(presence(load, '$.ready')).toBe('always');
    expect(presence(load, '$.usage.seconds')).toBe('always');
    expect(presence(load, '$.resumeAt')).toBe('maybe');
    expect(presence(load, '$.batches')).toBe('maybe');
    expect(presence(load, '$.nonsense')).toBe('never');
  });

  test('an element of a list of unknown length may be missing', () => {
    expect(presence({ kind: 'array', items: scalar('string') }, '$[0]')).toBe('maybe');
    expect(presence({ kind: 'array', items: scalar('string') }, '$[*]')).toBe('always');
  });

  test('writing does not forget what else is there', () => {
    const value = write(object({ run: object({ id: scalar('string') }) }), path('$.run.load'), load);
    expect(presence(value, '$.run.id')).toBe('always');
    expect(presence(value, '$.run.load.ready')).toBe('always');
  });

  test('many alternatives are merged without claiming too much', () => {
    const value = unionOf(
      Array.from({ length: 20 }, (_, i) => object({ [`f${i}`]: scalar('string'), id: scalar('string') })),
    );
    expect(value?.kind).toBe('object');
    expect(presence(value ?? ANY, '$.id')).toBe('always');
    expect(presence(value ?? ANY, '$.f3')).toBe('maybe');
  });

  test('data that wraps itself without end is given up', () => {
    let value: Value = scalar('string', ['cause']);
    for (let i = 0; i < 50; i += 1) value = object({ inner: value });
    const cut = bounded(value);
    expect(JSON.stringify(cut).length).toBeLessThan(1500);
    expect(alwaysHolds(cut, 'cause')).toBe(true);
  });
});

describe('questions', () => {
  const is = (to: boolean) => ({ op: 'equals', to }) as const;

  test('an answer tells alternatives apart', () => {
    const ready = narrow(load, path('$.ready'), is(true), true);
    const waiting = narrow(load, path('$.ready'), is(true), false);
    expect(presence(ready ?? ANY, '$.batches')).toBe('always');
    expect(presence(ready ?? ANY, '$.resumeAt')).toBe('never');
    expect(presence(waiting ?? ANY, '$.resumeAt')).toBe('always');
  });

  test('what the data cannot be is no answer', () => {
    expect(narrow(load, path('$.ready'), { op: 'equals', to: 'true' }, true)).toBeUndefined();
    expect(narrow(load, path('$.ready'), { op: 'present' }, false)).toBeUndefined();
    expect(narrow(load, path('$.nonsense'), { op: 'present' }, true)).toBeUndefined();
  });

  test('IsPresent makes a path certain, also in data of which nothing is known', () => {
    const some: Value = { kind: 'object', fields: { a: { value: scalar('string'), optional: true } } };
    expect(presence(narrow(some, path('$.a'), { op: 'present' }, true) ?? ANY, '$.a')).toBe('always');
    expect(presence(narrow(some, path('$.a'), { op: 'present' }, false) ?? ANY, '$.a')).toBe('never');
    expect(presence(narrow(ANY, path('$.a.b'), { op: 'present' }, true) ?? ANY, '$.a.b')).toBe('always');
    expect(presence(narrow(ANY, path('$.a.b'), { op: 'present' }, false) ?? ANY, '$.c')).toBe('unknown');
  });

  /** Which paths a Choice reads that are not certainly there, and what goes on. */
  const choose = (rules: unknown[], input: Value) => {
    const missing: string[] = [];
    const split = splitByChoice(rules as never, input, false, (_, p, found) => {
      if (found.presence !== 'always') missing.push(p);
    });
    return { ...split, missing };
  };
  const maybe: Value = { kind: 'object', fields: { a: { value: scalar('boolean'), optional: true } } };
  const present = { Variable: '$.a', IsPresent: true };
  const yes = { Variable: '$.a', BooleanEquals: true };

  test('And and Or are evaluated left to right and no further than needed', () => {
    expect(choose([{ ...yes, Next: 'X' }], maybe).missing).toEqual(['$.a']);
    expect(choose([{ And: [present, yes], Next: 'X' }], maybe).missing).toEqual([]);
    expect(choose([{ And: [yes, present], Next: 'X' }], maybe).missing).toEqual(['$.a']);
    expect(choose([{ Or: [{ Not: present }, yes], Next: 'X' }], maybe).missing).toEqual([]);
    expect(choose([{ Or: [present, yes], Next: 'X' }], maybe).missing).toEqual(['$.a']);
  });

  test('a choice sees only what the choices before it left', () => {
    const { missing, chosen, otherwise } = choose(
      [
        { Not: present, Next: 'X' },
        { ...yes, Next: 'Y' },
      ],
      maybe,
    );
    expect(missing).toEqual([]);
    expect(presence(chosen[0] ?? ANY, '$.a')).toBe('never');
    expect(read(otherwise ?? ANY, path('$.a')).value).toMatchObject({ literal: false });
  });

  test('both sides of a comparison are read', () => {
    expect(choose([{ Variable: '$$.State.Name', StringEqualsPath: '$.b', Next: 'X' }], maybe).missing).toEqual(['$.b']);
  });
});

describe('the context object', () => {
  const found = (text: string, inMap: boolean) => {
    let seen = '';
    evaluate(text, { input: ANY, inMap }, 'field', (_, __, { presence: p }) => (seen = p));
    return seen;
  };
  test.each([
    ['$$.Execution.StartTime', false, 'always'],
    ['$$.Execution.Arn', false, 'never'],
    ['$$.Execution.Input.dataset', false, 'unknown'],
    ['$$.Execution.RedriveTime', false, 'maybe'],
    ['$$.Map.Item.Value', true, 'always'],
    ['$$.Map.Item.Value', false, 'never'],
  ])('%s (in a Map: %s) is %s there', (text, inMap, expected) => {
    expect(found(text, inMap)).toBe(expected);
  });

  test('the tag of what is read follows it through intrinsic functions', () => {
    const at = { input: object({ e: anyWith(['cause']) }), inMap: false };
    expect(
      alwaysHolds(
        evaluate('States.StringToJson($.e)', at, 'f', () => undefined),
        'cause',
      ),
    ).toBe(true);
    expect(
      alwaysHolds(
        evaluate("States.Format('{}', $.e)", at, 'f', () => undefined),
        'cause',
      ),
    ).toBe(true);
  });
});
