import { UnknownPolicyElement, type Statement } from './statement';

/** Condition keys that a request carries, e.g. `s3:prefix`; IAM does not tell their case apart. */
export type Keys = Readonly<Record<string, string>>;

/** Whether the conditions of a statement hold: all operators and all keys of each. */
export function hold(conditions: Statement['conditions'], keys: Keys): boolean {
  const lowered = new Map(Object.entries(keys).map(([key, value]) => [key.toLowerCase(), value]));
  return Object.entries(conditions).every(([operator, wanted]) =>
    Object.entries(wanted).every(([key, values]) => holds(operator, lowered.get(key.toLowerCase()), values)),
  );
}

type Compare = (value: string, wanted: string) => boolean;

/** Operators that ask for one of the values. Each has a negation that asks for none of them, named `…Not…`. */
const OPERATORS: Readonly<Record<string, Compare>> = {
  StringEquals: (value, wanted) => value === wanted,
  StringEqualsIgnoreCase: (value, wanted) => value.toLowerCase() === wanted.toLowerCase(),
  StringLike: like,
  ArnEquals: arnLike,
  ArnLike: arnLike,
  NumericEquals: (value, wanted) => Number(value) === Number(wanted),
};
const ORDERS: Readonly<Record<string, Compare>> = {
  Bool: (value, wanted) => value.toLowerCase() === wanted.toLowerCase(),
  NumericLessThan: (value, wanted) => Number(value) < Number(wanted),
  NumericLessThanEquals: (value, wanted) => Number(value) <= Number(wanted),
  NumericGreaterThan: (value, wanted) => Number(value) > Number(wanted),
  NumericGreaterThanEquals: (value, wanted) => Number(value) >= Number(wanted),
};

function holds(operator: string, value: string | undefined, wanted: readonly string[]): boolean {
  const variable = wanted.find((one) => one.includes('${'));
  if (variable !== undefined) throw new UnknownPolicyElement(`policy variable ${variable}`);
  if (operator === 'Null') return wanted.some((one) => (one === 'true') === (value === undefined));
  const ifExists = operator.endsWith('IfExists');
  const name = ifExists ? operator.slice(0, -'IfExists'.length) : operator;
  const positive = OPERATORS[name] ?? ORDERS[name];
  if (positive !== undefined) {
    if (value === undefined) return ifExists;
    return wanted.some((one) => positive(value, one));
  }
  const negated = OPERATORS[name.replace('Not', '')];
  if (negated === undefined || name.indexOf('Not') < 1)
    throw new UnknownPolicyElement(`condition operator ${operator}`);
  // A key that is not there is none of the values.
  return value === undefined || !wanted.some((one) => negated(value, one));
}

/** IAM's wildcards: `*` any characters, `?` one. */
export function like(value: string, pattern: string): boolean {
  const source = pattern
    .replace(/[.+^${}()|[\]\\]/g, '\\$&')
    .replaceAll('*', '.*')
    .replaceAll('?', '.');
  return new RegExp(`^${source}$`, 's').test(value);
}

/** Of an ARN each of the six parts by itself, so that `*` does not reach over a colon before the last of them. */
function arnLike(value: string, pattern: string): boolean {
  const [parts, wanted] = [partsOf(value), partsOf(pattern)];
  return parts.length === wanted.length && wanted.every((one, index) => like(parts[index] ?? '', one));
}

function partsOf(arn: string): string[] {
  const parts = arn.split(':');
  return [...parts.slice(0, 5), parts.slice(5).join(':')];
}
