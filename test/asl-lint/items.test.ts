import { lintDefinition } from '../../asl-lint/lint';
import { object, scalar, type Value } from '../../asl-lint/flow/value';
import { catchTo, machine, task } from './machines';
import type { Json } from './own-machine';

/** What a Map takes from each item of a list of which something is known. */

const list = (items: Value, most: number): Value => ({ kind: 'array', items, most });
const text: Value = { ...scalar('string'), bytes: 15 };
const EACH = object({ day: text, hours: list(object({ hour: text }), 24) });
const shapes = { Plan: object({ days: list(EACH, 31) }) };

/** A Map over the days, in which a Map over the hours of each. */
function nested(day: string, hour: string): Json {
  const inner = {
    Type: 'Map',
    Comment: 'asl-lint allows map-without-catch: the Map around it catches what it fails of',
    ItemsPath: '$.hours',
    ItemSelector: { 'hour.$': hour, 'day.$': '$.day' },
    ItemProcessor: { StartAt: 'Done', States: { Done: { Type: 'Pass', End: true } } },
    End: true,
  };
  const ForEachDay = {
    Type: 'Map',
    ItemsPath: '$.days',
    ItemSelector: { 'day.$': day, 'hours.$': '$$.Map.Item.Value.hours' },
    ItemProcessor: { StartAt: 'ForEachHour', States: { ForEachHour: inner } },
    ResultPath: '$.done',
    Catch: [catchTo('RecordRun')],
    Next: 'RecordRun',
  };
  return machine('Plan', {
    Plan: task('ForEachDay', { OutputPath: '$.Payload', Catch: [catchTo('RecordRun', '$')] }),
    ForEachDay,
  });
}

const findings = (definition: Json, options = {}) =>
  lintDefinition(definition, { strict: true, ...options }).map(({ rule, state, message }) => [rule, state, message]);

test('fields that every item has are there, in a Map inside a Map too', () => {
  expect(findings(nested('$$.Map.Item.Value.day', '$$.Map.Item.Value.hour'), { shapes })).toEqual([]);
});

test('a field that no item has is a finding', () => {
  expect(findings(nested('$$.Map.Item.Value.date', '$$.Map.Item.Value.hour'), { shapes })).toEqual([
    ['path-may-be-missing', 'ForEachDay', expect.stringContaining('$$.Map.Item.Value.date, which is never there')],
  ]);
  expect(findings(nested('$$.Map.Item.Value.day', '$$.Map.Item.Value.minute'), { shapes })).toEqual([
    ['path-may-be-missing', 'ForEachDay/ForEachHour', expect.stringContaining('$$.Map.Item.Value.minute')],
  ]);
});

test('of a list that is not declared nothing is known', () => {
  const found = findings(nested('$$.Map.Item.Value.day', '$$.Map.Item.Value.hour'));
  expect(found.map(([, , message]) => message)).toContainEqual(
    expect.stringContaining('$$.Map.Item.Value.day, which is not known to be there'),
  );
});
