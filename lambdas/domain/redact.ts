/**
 * What must never stand in a manifest or a message, although it may stand in an error or in an input: credentials. Patterns, because
 * the text comes from outside.
 */
const SECRETS: readonly (readonly [RegExp, string])[] = [
  [/https?:\/\/hooks\.slack(?:-gov)?\.com\/\S+/gi, '[webhook]'],
  // User and password in a URL.
  [/\b([a-z][a-z0-9+.-]*:\/\/)[^\s/@:]+:[^\s/@]+@/gi, '$1[redacted]@'],
  [/\b(?:AKIA|ASIA)[A-Z0-9]{16}\b/g, '[access key]'],
  [/\bX-Amz-(Signature|Security-Token|Credential)=[^&\s"']+/gi, 'X-Amz-$1=[redacted]'],
  [/\b(Bearer|Basic)\s+[A-Za-z0-9+/._~=-]{8,}/g, '$1 [redacted]'],
  [/\bxox[abeoprs]-[A-Za-z0-9-]{8,}/g, '[token]'],
  [
    /((?:secret|password|passwd|pwd|token|api[_-]?key|private[_-]?key|access[_-]?key)[\w-]*["']?\s*[:=]\s*)("[^"]*"|'[^']*'|[^\s,;&}]+)/gi,
    '$1[redacted]',
  ],
];

/** Names of fields whose value is nobody's business. */
const SECRET_FIELD = /secret|password|passwd|pwd|token|credential|api[_-]?key|private[_-]?key|access[_-]?key/i;

/** Text without what looks like a credential. */
export function redact(text: string): string {
  return SECRETS.reduce((redacted, [pattern, instead]) => redacted.replace(pattern, instead), text);
}

/** Whether a field's name says that its value is a secret. */
export function isSecretField(field: string): boolean {
  return SECRET_FIELD.test(field);
}
