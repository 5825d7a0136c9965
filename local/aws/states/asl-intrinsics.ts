import { StateError } from './asl-types';

/** `States.Format(…)` and the like, rather than a path. */
export function isIntrinsic(text: string): boolean {
  return text.startsWith('States.');
}

type Argument = { readonly path: string } | { readonly value: unknown } | { readonly call: string };

/**
 * Evaluates an intrinsic function. `aws-local-stepfunctions` removes every backslash from a string
 * that one returns, which breaks JSON in `States.JsonToString` and anything that a `States.Format`
 * passes on; those that return text they were given are evaluated here, the others by the library.
 */
export async function evaluateIntrinsic(
  text: string,
  query: (path: string) => Promise<unknown>,
  library: (call: string, args: readonly unknown[]) => Promise<unknown>,
): Promise<unknown> {
  const open = text.indexOf('(');
  const name = text.slice(0, open);
  if (open < 0 || !text.endsWith(')'))
    throw new StateError('States.Runtime', `Not an intrinsic function call: ${text}`, false);
  const args: unknown[] = [];
  for (const argument of parseArguments(text.slice(open + 1, -1))) {
    if ('value' in argument) args.push(argument.value);
    else if ('path' in argument) args.push(await query(argument.path));
    else args.push(await evaluateIntrinsic(argument.call, query, library));
  }
  switch (name) {
    case 'States.Format':
      return format(args);
    case 'States.JsonToString':
      return JSON.stringify(args[0]);
    case 'States.StringToJson':
      return parse(args[0]);
    case 'States.ArrayGetItem':
      return getItem(args);
    default:
      return library(`${name}(${args.map((_, index) => `$.args[${index}]`).join(', ')})`, args);
  }
}

function format([template, ...values]: readonly unknown[]): string {
  let next = 0;
  const text = String(template).replace(/\\([{}\\'])|\{\}/g, (_, escaped: string | undefined) => {
    if (escaped !== undefined) return escaped;
    const value = values[next++];
    return typeof value === 'string' ? value : JSON.stringify(value);
  });
  if (next !== values.length) throw failure(`States.Format has ${next} places for ${values.length} values`);
  return text;
}

function parse(text: unknown): unknown {
  try {
    return JSON.parse(String(text)) as unknown;
  } catch {
    throw failure(`States.StringToJson was given what is not JSON: ${String(text)}`);
  }
}

function getItem([array, index]: readonly unknown[]): unknown {
  if (!Array.isArray(array) || typeof index !== 'number' || index < 0 || index >= array.length) {
    throw failure(`States.ArrayGetItem: no item ${String(index)}`);
  }
  return array[index];
}

function failure(message: string): StateError {
  return new StateError('States.IntrinsicFailure', message);
}

/** Literals in single quotes keep `\{` and `\}` for States.Format; `\'` and `\\` are unescaped there too. */
function parseArguments(text: string): Argument[] {
  const parts: string[] = [];
  let depth = 0;
  let quoted = false;
  let part = '';
  for (let index = 0; index < text.length; index += 1) {
    const char = text[index] as string;
    if (quoted && char === '\\') {
      part += char + (text[++index] ?? '');
      continue;
    }
    if (char === "'") quoted = !quoted;
    if (!quoted && (char === '(' || char === '[')) depth += 1;
    if (!quoted && (char === ')' || char === ']')) depth -= 1;
    if (char === ',' && !quoted && depth === 0) {
      parts.push(part.trim());
      part = '';
    } else {
      part += char;
    }
  }
  if (part.trim() !== '' || parts.length > 0) parts.push(part.trim());
  const isFormat = (index: number): boolean => index === 0;
  return parts.map((each, index) => {
    if (each.startsWith("'")) {
      const literal = each.slice(1, -1);
      return { value: isFormat(index) && literal.includes('{}') ? literal : literal.replace(/\\(.)/g, '$1') };
    }
    if (each.startsWith('$')) return { path: each };
    if (isIntrinsic(each)) return { call: each };
    return { value: JSON.parse(each) as unknown };
  });
}
