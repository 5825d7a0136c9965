import { read, type Found } from './access';
import type { Segment } from './json-path';
import { ANY, anyWith, object, scalar, type ObjectValue, type Value } from './value';

const text = scalar('string');
const optional = (value: Value): { value: Value; optional: boolean } => ({ value, optional: true });

/** The context object (`$$`) as Step Functions documents it. A task token is there only while a Task waits for one. */
const OUTSIDE: ObjectValue = {
  kind: 'object',
  fields: {
    ...object({
      Execution: {
        kind: 'object',
        fields: {
          ...object({ Id: text, Input: ANY, Name: text, RoleArn: text, StartTime: text, RedriveCount: ANY }).fields,
          RedriveTime: optional(text),
        },
      },
      State: object({ EnteredTime: text, Name: text, RetryCount: scalar('number') }),
      StateMachine: object({ Id: text, Name: text }),
    }).fields,
    Task: { value: object({ Token: text }), optional: false },
  },
};

/** `Key` and `Source` are there for some sources of items only: nothing is claimed about them. */
const anyItem = anyWith(['item']);

function inside(item: Value): ObjectValue {
  const map = object({ Item: { ...object({ Index: anyItem, Value: item }), rest: anyItem } });
  return { ...OUTSIDE, fields: { ...OUTSIDE.fields, ...object({ Map: map }).fields } };
}

export function contextPath(segments: readonly Segment[], inMap: boolean, item: Value = anyItem): Found {
  return read(inMap ? inside(item) : OUTSIDE, segments);
}
