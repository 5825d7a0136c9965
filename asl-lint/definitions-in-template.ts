/**
 * Finds state machines in a CloudFormation template (or takes a definition as it is) and resolves what the definition string was put
 * together from: references become placeholders that look like what they stand for.
 */

export interface NamedDefinition {
  /** The resource's logical id; empty for a plain definition. */
  readonly name: string;
  readonly definition: unknown;
}

/** There is no state machine that can be read. */
export class NoStateMachine extends Error {
  override readonly name = 'NoStateMachine';
}

type Json = Readonly<Record<string, unknown>>;

const isObject = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/**
 * The definitions in a document: itself, or those of the template's `AWS::StepFunctions::StateMachine` and
 * `AWS::Serverless::StateMachine` resources; a template may have none.
 * @throws NoStateMachine where the document is neither, or where a definition lies elsewhere (S3, a file)
 */
export function definitionsIn(document: unknown): NamedDefinition[] {
  if (!isObject(document)) throw new NoStateMachine('expected an object: a state machine or a CloudFormation template');
  if ('States' in document || 'StartAt' in document) return [{ name: '', definition: document }];
  if (!isObject(document['Resources']))
    throw new NoStateMachine('neither a state machine (StartAt, States) nor a CloudFormation template (Resources)');
  const machines = Object.entries(document['Resources']).filter(
    ([, resource]) =>
      isObject(resource) && /^AWS::(StepFunctions|Serverless)::StateMachine$/.test(String(resource['Type'])),
  );
  return machines.map(([name, resource]) => ({
    name,
    definition: definitionOf(name, ((resource as Json)['Properties'] ?? {}) as Json),
  }));
}

function definitionOf(name: string, properties: Json): unknown {
  const { DefinitionString: text, Definition: object } = properties;
  if (text !== undefined) {
    const resolved = resolveText(text);
    try {
      return JSON.parse(resolved);
    } catch (error) {
      throw new NoStateMachine(`the DefinitionString of ${name} is no JSON: ${(error as Error).message}`);
    }
  }
  if (object !== undefined) return resolveInside(object);
  throw new NoStateMachine(
    `the definition of ${name} lies elsewhere (DefinitionUri, DefinitionS3Location): lint that file`,
  );
}

/** A string with intrinsic functions as plain text. */
function resolveText(value: unknown): string {
  if (typeof value === 'string') return value;
  if (!isObject(value)) return String(value);
  const { 'Fn::Join': join, 'Fn::Sub': sub } = value;
  if (Array.isArray(join)) return (join[1] as unknown[]).map(resolveText).join(String(join[0]));
  if (sub !== undefined) return String(Array.isArray(sub) ? sub[0] : sub).replaceAll(/\$\{(?!!)([^}]+)\}/g, '$1');
  return placeholder(value);
}

/** Resolves the intrinsic functions inside an object definition. */
function resolveInside(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(resolveInside);
  if (!isObject(value)) return value;
  const keys = Object.keys(value);
  if (keys.length === 1 && (keys[0] === 'Ref' || keys[0]?.startsWith('Fn::') === true)) return resolveText(value);
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, resolveInside(inner)]));
}

const PSEUDO: Readonly<Record<string, string>> = {
  'AWS::Partition': 'aws',
  'AWS::Region': 'us-east-1',
  'AWS::AccountId': '000000000000',
  'AWS::URLSuffix': 'amazonaws.com',
};

function placeholder(intrinsic: Json): string {
  const { Ref: ref, 'Fn::GetAtt': attribute } = intrinsic;
  if (typeof ref === 'string') return PSEUDO[ref] ?? ref;
  const [id, name] = Array.isArray(attribute) ? attribute.map(String) : String(attribute ?? '').split('.');
  if (name === 'Arn') return `arn:aws:unknown:us-east-1:000000000000:${id}`;
  return id === undefined || id === '' ? 'placeholder' : id;
}
