import { endsRun, isDigit, isLower, isUpper, runEnd, runStart, type Span } from './spans';

/*
 * Secrets in addresses: user and password before a host, and webhooks, whose whole path is one. Every run of characters is looked at once,
 * so the time is linear in the text.
 */

/** Longest scheme, e.g. of `jdbc:sqlserver://`. */
const MAX_SCHEME = 40;
/** A user without a password that is this long is a token. */
const TOKEN_LENGTH = 20;

/** Passwords in URLs, and webhooks. */
export function urlSecrets(text: string): Span[] {
  const spans: Span[] = [];
  for (let from = 0; ;) {
    const colon = text.indexOf('://', from);
    if (colon === -1) return spans;
    const start = schemeStart(text, colon, from);
    const end = runEnd(text, colon);
    if (start < colon) spans.push(...ofUrl(text, { start, authority: colon + 3, end }));
    from = Math.max(end, colon + 3);
  }
}

function schemeStart(text: string, colon: number, notBefore: number): number {
  const isScheme = (code: number): boolean =>
    isLower(code) || isUpper(code) || isDigit(code) || '+.-'.includes(String.fromCharCode(code));
  let start = colon;
  while (start > notBefore && colon - start < MAX_SCHEME && isScheme(text.charCodeAt(start - 1))) start -= 1;
  return start;
}

function ofUrl(text: string, { start, authority, end }: { start: number; authority: number; end: number }): Span[] {
  const rest = text.slice(authority, end);
  const path = firstOf(rest, '/?#');
  const credentials = credentialsEnd(rest, path);
  const host = rest.slice(credentials === undefined ? 0 : credentials + 1);
  if (isWebhook(host)) return [{ start, end, instead: '[webhook]' }];
  if (credentials === undefined) return [];
  return [{ start: authority, end: authority + credentials, instead: '[redacted]' }];
}

/** Where user and password end, which is where an `@` is; undefined where there are none. */
function credentialsEnd(rest: string, path: number): number | undefined {
  const inAuthority = rest.slice(0, path);
  const at = inAuthority.lastIndexOf('@');
  if (at > 0) return inAuthority.slice(0, at).includes(':') || at >= TOKEN_LENGTH ? at : undefined;
  // A slash in the password: what stands before it is a user, a colon and no port.
  const colon = inAuthority.indexOf(':');
  const isPort = /^\d*$/.test(inAuthority.slice(colon + 1));
  const later = rest.lastIndexOf('@');
  return colon > 0 && !isPort && later > path ? later : undefined;
}

/** Hosts of webhooks, and paths with a long part behind a word for them. */
function isWebhook(hostAndPath: string): boolean {
  const lower = hostAndPath.toLowerCase();
  const path = firstOf(lower, '/');
  const host = lower.slice(0, path);
  if (path >= lower.length - 1) return false;
  if (/^hooks\.|webhook|\.logic\.azure\.com(?::\d+)?$/.test(host)) return true;
  return /\/(?:api\/)?(?:incoming-?)?(?:web)?hooks?\/[^/?#]*[^?#]{15}/.test(lower.slice(path));
}

/** Slack's webhooks that are written without the scheme. */
export function bareWebhooks(text: string): Span[] {
  const spans: Span[] = [];
  for (let from = 0; ;) {
    const start = text.indexOf('hooks.slack', from);
    if (start === -1) return spans;
    const end = runEnd(text, start);
    if (/^hooks\.slack[a-z-]*\.com\/[a-z]+\/[A-Za-z0-9]/.test(text.slice(start, start + 80)))
      spans.push({ start, end, instead: '[webhook]' });
    from = end;
  }
}

/** Words before a colon after which an address of a mailbox follows, and no password. */
const MAILBOXES = new Set(['mailto', 'mail', 'email', 'owner', 'from', 'to', 'cc', 'by', 'contact', 'user', 'author']);

/** `user:password@host` without a scheme, and `jdbc:oracle:thin:user/password@host`. */
export function bareCredentials(text: string): Span[] {
  const spans: Span[] = [];
  for (let from = 0; ;) {
    const at = text.indexOf('@', from);
    if (at === -1) return spans;
    const start = runStart(text, at, from);
    const end = runEnd(text, at);
    const span = ofRun(text.slice(start, end));
    if (span !== undefined) spans.push({ start: start + span.start, end: start + span.end, instead: '[redacted]' });
    from = end;
  }
}

function ofRun(run: string): { start: number; end: number } | undefined {
  const at = run.lastIndexOf('@');
  const before = run.slice(0, at);
  const first = before.indexOf(':');
  // In a URL others look for them; a host begins with a letter, a digit, a bracket or, for Oracle, slashes.
  if (first < 1 || before.includes('://') || !/^[A-Za-z0-9[/]/.test(run.slice(at + 1))) return undefined;
  const label = before.slice(0, first).toLowerCase();
  const name = label.replace(/^[([{]+/, '');
  if (!/^[a-z][a-z0-9_.+-]{0,63}$/.test(name) || name === 'arn') return undefined;
  if (MAILBOXES.has(name) && before.indexOf('@') === -1) return undefined;
  const start = name === 'jdbc' ? before.lastIndexOf(':') + 1 : first + 1;
  return start < at ? { start, end: at } : undefined;
}

/** Where one of some characters stands first; the length where none does. */
function firstOf(text: string, characters: string): number {
  for (let i = 0; i < text.length; i += 1) if (characters.includes(text.charAt(i)) || endsRun(text, i)) return i;
  return text.length;
}
