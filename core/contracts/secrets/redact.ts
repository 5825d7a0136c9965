import { cut } from '../batch/bounds';
import { visible } from '../visible';
import { assignedSecrets } from './assignments';
import { endsRun, replaceSpans, type Span } from './spans';
import { authorizations, awsSecretKeys, jsonWebTokens, privateKeys, shapedTokens } from './tokens';
import { bareCredentials, bareWebhooks, urlSecrets } from './urls';

/*
 * What must never stand in a manifest, a message or a log, although it may stand in an error or in an input: credentials. By their shapes,
 * because the text comes from outside; what has no shape and no name is not found.
 */

/** Names of fields whose value is a secret. */
const SECRET_FIELD =
  /secret|passw(?:or)?d|passphrase|pwd|token|credential|api[_-]?key|private[_-]?key|access[_-]?key|account[_-]?key|authorization|cookie/i;

/** Characters that are kept of a text, where the caller does not say how many. */
const KEPT = 2000;
/** Looked at beyond what is kept: what a secret is may show behind its middle, and what replaces one is shorter. */
const BEYOND = 4096;

/**
 * Text without what looks like a credential, cut to `most` characters; characters that reorder text are shown as `⟨U+202E⟩`. The time it
 * takes does not grow with the text: only its beginning is looked at, once for each kind of secret.
 */
export function redact(text: string, most = KEPT): string {
  const beginning = text.length <= most + BEYOND ? text : withoutLastRun(text.slice(0, most + BEYOND), most);
  const shown = visible(redactWhole(beginning));
  return beginning === text ? cut(shown, most) : cut(`${shown}…`, most);
}

/** Text of any length without what looks like a credential; in time that is linear in its length. */
export function redactWhole(text: string): string {
  return replaceSpans(text, secretsIn(text));
}

const FINDERS: readonly ((text: string) => Span[])[] = [
  privateKeys,
  urlSecrets,
  bareWebhooks,
  bareCredentials,
  assignedSecrets,
  authorizations,
  jsonWebTokens,
  shapedTokens,
  awsSecretKeys,
];

function secretsIn(text: string): Span[] {
  return FINDERS.flatMap((find) => find(text));
}

/** Where a text was cut, half of a secret may stand, which would not be known for one. What begins among the kept characters stays. */
function withoutLastRun(text: string, most: number): string {
  let end = text.length;
  while (end > most && !endsRun(text, end - 1)) end -= 1;
  return end > most ? text.slice(0, end) : text;
}

/** Whether a field's name says that its value is a secret. */
export function isSecretField(field: string): boolean {
  return SECRET_FIELD.test(field);
}
