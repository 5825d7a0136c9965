/** Every way in which an object becomes unreadable, and two in which it only looks so. */
export const FORMS = {
  truncated: (text) => text.slice(0, Math.floor(text.length / 2)),
  empty: () => '',
  garbage: () => '\u0000\u0001not json',
  'other JSON': () => '{"hello":["world"]}',
  'a bare number': () => '42',
  /** A newer release added fields and kept those that there were. */
  'of a newer release, readable': (text) => {
    const json = JSON.parse(text) as object;
    return JSON.stringify({ ...json, schemaVersion: 99, added: { by: 'a newer release' } });
  },
  /** A newer release calls everything by another name. */
  'of a newer release, unreadable': (text) => JSON.stringify({ schemaVersion: 99, renamed: JSON.parse(text) }),
} as const satisfies Readonly<Record<string, (text: string) => string>>;

export type Form = keyof typeof FORMS;
export const FORM_NAMES = Object.keys(FORMS) as Form[];
