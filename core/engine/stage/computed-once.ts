/**
 * SQL that computes a value once and uses it in several places of another.
 * @param name of the value inside; no other of an expression around it may have it
 */
export function once(sql: string, name: string, use: (value: string) => string): string {
  return `list_transform([${sql}], lambda ${name}: ${use(name)})[1]`;
}
