import { escapedInJson, visibleInTerminal } from '../core/contracts/visible';

/*
 * All that the commands print. Names, keys and records come from others: no character of theirs reorders a line or commands a terminal.
 */

/** Prints a text for people. */
export function say(text: string): void {
  console.log(visibleInTerminal(text));
}

/** Prints what went wrong. */
export function complain(text: string): void {
  console.error(visibleInTerminal(text));
}

/** Prints a value for programs: JSON that means the same, whatever is in it. */
export function sayJson(value: unknown): void {
  console.log(escapedInJson(JSON.stringify(value, null, 2)));
}
