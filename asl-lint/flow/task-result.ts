import { isLambdaTask, type StateNode } from '../machine';
import { ANY, anyWith, object, tagsIn, type ObjectValue, type Value } from './value';

/** What `lambda:invoke` answers beside the payload. */
const ENVELOPE = object({
  ExecutedVersion: ANY,
  SdkHttpMetadata: ANY,
  SdkResponseMetadata: ANY,
  StatusCode: ANY,
}).fields;

/**
 * The result of a Task before `ResultSelector`: its declared shape where there is one, else anything. A function may hand on what it
 * was given, so an undeclared result keeps the tags of the payload.
 */
export function taskResult(node: StateNode, payload: Value, shapes: Readonly<Record<string, Value>>): Value {
  const resource = node.definition.Resource ?? '';
  const declared = Object.hasOwn(shapes, node.name) ? shapes[node.name] : undefined;
  const answer = declared ?? anyWith(tagsIn(payload));
  if (!isLambdaTask(node) || !resource.endsWith('states:::lambda:invoke')) return answer;
  const envelope: ObjectValue = {
    kind: 'object',
    fields: {
      ...ENVELOPE,
      Payload: { value: answer, optional: false },
      FunctionError: { value: ANY, optional: true },
      LogResult: { value: ANY, optional: true },
    },
  };
  return envelope;
}
