/**
 * What CloudFormation fills in, at its longest: limits are checked before it is known which region, account and generated names, and what
 * fits here fits everywhere.
 */

/** `aws-us-gov` is the longest name of a partition that has this app's services. */
const PARTITION = 'aws-us-gov';
/** `ap-southeast-1`, `us-isob-east-1`; room for names that are not there yet. */
const REGION = 'r'.repeat(16);
const ACCOUNT = '1'.repeat(12);
/**
 * Name or ARN of a resource. The longest ARN here is that of a function's version: 58 characters before the name, 64 of it, a colon and
 * a number.
 */
const RESOURCE = 'x'.repeat(140);
const STACK_NAME = 's'.repeat(128);

const PSEUDO_PARAMETERS: Readonly<Record<string, string>> = {
  'AWS::Partition': PARTITION,
  'AWS::Region': REGION,
  'AWS::AccountId': ACCOUNT,
  'AWS::URLSuffix': 'amazonaws.com.cn',
  'AWS::StackName': STACK_NAME,
  'AWS::StackId': `arn:${PARTITION}:cloudformation:${REGION}:${ACCOUNT}:stack/${STACK_NAME}/${'0'.repeat(36)}`,
};

/** A value of a template with every intrinsic function replaced by the longest text that it may stand for; undefined for no value. */
export function longest(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(longest).filter((item) => item !== undefined);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value);
  const [name, argument]: [string?, unknown?] = entries.length === 1 ? (entries[0] ?? []) : [];
  if (name === 'Ref')
    return argument === 'AWS::NoValue' ? undefined : (PSEUDO_PARAMETERS[String(argument)] ?? RESOURCE);
  if (name?.startsWith('Fn::') === true) return ofFunction(name, argument);
  return Object.fromEntries(
    entries.map(([key, inner]) => [key, longest(inner)]).filter(([, inner]) => inner !== undefined),
  );
}

/** The longest text of a value; what is no text as JSON. */
export function longestText(value: unknown): string {
  const filled = longest(value);
  return typeof filled === 'string' ? filled : (JSON.stringify(filled) ?? '');
}

function ofFunction(name: string, argument: unknown): unknown {
  const [first, second, third]: readonly unknown[] = Array.isArray(argument) ? argument : [argument];
  switch (name) {
    case 'Fn::Join':
      return Array.isArray(second) ? second.map(longestText).join(String(first)) : RESOURCE;
    case 'Fn::If':
      return [longest(second), longest(third)].sort((a, b) => longestText(b).length - longestText(a).length)[0];
    case 'Fn::Sub':
      return typeof first === 'string' ? substituted(first, second) : RESOURCE;
    default:
      return RESOURCE;
  }
}

function substituted(text: string, variables: unknown): string {
  const given = new Map(typeof variables === 'object' && variables !== null ? Object.entries(variables) : []);
  return text.replace(/\$\{(!?)([^}]+)\}/g, (_whole, literal: string, name: string) => {
    if (literal === '!') return `\${${name}}`;
    return given.has(name) ? longestText(given.get(name)) : (PSEUDO_PARAMETERS[name] ?? RESOURCE);
  });
}
