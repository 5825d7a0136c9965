import { asciiLower, endOf, isDigit, isLower, isNameCharacter, isUpper, isWord, type Span } from './spans';

/* Secrets that tell by their own shape what they are. Each is looked for by a fixed text, and what follows is read once. */

interface Shape {
  /** How it begins. */
  readonly prefix: string;
  /** Fewest characters after that. */
  readonly least: number;
  readonly instead?: string;
}

/** As the vendors document them. */
const SHAPES: readonly Shape[] = [
  // AWS: permanent and temporary access keys.
  { prefix: 'AKIA', least: 16, instead: '[access key]' },
  { prefix: 'ASIA', least: 16, instead: '[access key]' },
  // GitHub, GitLab.
  ...['ghp_', 'gho_', 'ghu_', 'ghs_', 'ghr_'].map((prefix) => ({ prefix, least: 20 })),
  { prefix: 'github_pat_', least: 20 },
  ...['glpat-', 'gldt-', 'glrt-', 'glcbt-', 'glptt-', 'glsoat-', 'glagent-'].map((prefix) => ({ prefix, least: 15 })),
  // Slack.
  ...'abceoprsx'.split('').map((letter) => ({ prefix: `xox${letter}-`, least: 8 })),
  { prefix: 'xapp-', least: 8 },
  // Others that data pipelines meet.
  ...['sk_live_', 'sk_test_', 'rk_live_', 'rk_test_', 'whsec_'].map((prefix) => ({ prefix, least: 16 })),
  ...['sk-ant-', 'sk-proj-'].map((prefix) => ({ prefix, least: 16 })),
  { prefix: 'AIza', least: 35 },
  { prefix: 'ya29.', least: 20 },
  { prefix: 'npm_', least: 30 },
  { prefix: 'pypi-', least: 50 },
  { prefix: 'hf_', least: 30 },
  { prefix: 'dop_v1_', least: 40 },
  { prefix: 'shpat_', least: 30 },
  { prefix: 'SG.', least: 40 },
];
const isTokenCharacter = (code: number): boolean => isNameCharacter(code) || code === 46;

export function shapedTokens(text: string): Span[] {
  return SHAPES.flatMap(({ prefix, least, instead = '[token]' }) =>
    each(text, prefix, (start) => {
      const from = start + prefix.length;
      const isPart = prefix.includes('.') ? isTokenCharacter : isNameCharacter;
      const end = endOf(text, from, isPart);
      return { end, span: end - from >= least ? { start, end, instead } : undefined };
    }),
  );
}

/** JSON Web Tokens: `eyJ` is how `{"` begins in base64. */
export function jsonWebTokens(text: string): Span[] {
  return each(text, 'eyJ', (start) => {
    const end = endOf(text, start, (code) => isTokenCharacter(code) || code === 61);
    const token = text.slice(start, end);
    return { end, span: token.includes('.') && token.length >= 20 ? { start, end, instead: '[token]' } : undefined };
  });
}

/** Length of AWS's secret access keys. */
const AWS_SECRET = 40;
const isBase64 = (code: number): boolean =>
  isDigit(code) || isUpper(code) || isLower(code) || code === 43 || code === 47;

/**
 * AWS's secret access keys: 40 characters of base64 that change their kind all the time. Hashes have no capitals, paths and names change
 * at their parts only.
 */
export function awsSecretKeys(text: string): Span[] {
  const spans: Span[] = [];
  for (let start = 0; start < text.length; start += 1) {
    const end = endOf(text, start, isBase64);
    if (end - start === AWS_SECRET && looksRandom(text.slice(start, end)))
      spans.push({ start, end, instead: '[secret key]' });
    start = end;
  }
  return spans;
}

function looksRandom(text: string): boolean {
  const kinds = Array.from(text, (character) => {
    const code = character.charCodeAt(0);
    return isDigit(code) ? 'digit' : isUpper(code) ? 'upper' : isLower(code) ? 'lower' : 'other';
  });
  const count = (kind: string): number => kinds.filter((one) => one === kind).length;
  const changes = kinds.filter((kind, i) => i > 0 && kind !== kinds[i - 1]).length;
  return count('upper') >= 5 && count('lower') >= 5 && count('digit') >= 1 && changes >= 15;
}

/** What follows `Bearer` or `Basic`. */
export function authorizations(text: string): Span[] {
  const lower = asciiLower(text);
  return ['bearer ', 'basic '].flatMap((scheme) =>
    each(lower, scheme, (at) => {
      const start = endOf(text, at + scheme.length - 1, (code) => code === 32 || code === 9);
      const end = endOf(text, start, (code) => isBase64(code) || isTokenCharacter(code) || code === 61 || code === 126);
      return { end, span: isCredential(text.slice(start, end)) ? { start, end, instead: '[redacted]' } : undefined };
    }),
  );
}

/** Words follow, too: "bearer instruments". */
function isCredential(text: string): boolean {
  if (text.length < 8) return false;
  return text.length >= 24 || /[0-9+/=_~]/.test(text) || (/[a-z]/.test(text) && /[A-Z]/.test(text.slice(1)));
}

/** PEM blocks of private keys; one without an end is taken to the end of the text. */
export function privateKeys(text: string): Span[] {
  const begin = '-----BEGIN ';
  return each(text, begin, (start) => {
    const header = /^[A-Z0-9 ]{0,40}?PRIVATE KEY(?: BLOCK)?-----/.exec(
      text.slice(start + begin.length, start + begin.length + 70),
    );
    if (header === null) return { end: start + begin.length, span: undefined };
    const tail = text.indexOf('-----END ', start);
    const close = tail === -1 ? -1 : text.indexOf('-----', tail + 9);
    const end = close === -1 ? text.length : close + 5;
    return { end, span: { start, end, instead: '[private key]' } };
  });
}

/** Every place where a text begins that is not the middle of a word; `look` says where to go on. */
function each(
  text: string,
  prefix: string,
  look: (start: number) => { readonly end: number; readonly span: Span | undefined },
): Span[] {
  const spans: Span[] = [];
  for (let from = 0; ;) {
    const start = text.indexOf(prefix, from);
    if (start === -1) return spans;
    from = start + prefix.length;
    if (start > 0 && isWord(text.charCodeAt(start - 1))) continue;
    const { end, span } = look(start);
    if (span !== undefined) spans.push(span);
    from = Math.max(from, end);
  }
}
