import { renderValue } from './problems';

/**
 * Templates like `runs/{dataset}/{partition}/{runId}.json`, of which a builder and a parser are made, so that what one makes the other
 * understands. Placeholders name parts, which say what may be there.
 */

type Value = string | number;

/** What may stand in the place of a placeholder. */
export interface Part<T extends Value> {
  /** Source of a regular expression that finds its text among the others of the template; without groups and anchors. */
  readonly pattern: string;
  /** The text of a value; undefined where it cannot be part of a key. */
  write(value: Value): string | undefined;
  /** The value of a text that has the pattern; undefined where it is none. */
  read(text: string): T | undefined;
}

/** Text of a form, e.g. `/^[a-z]+$/`, that a check lets pass. */
export function text(form: RegExp, isOne: (text: string) => boolean = () => true): Part<string> {
  const isValid = (value: Value): value is string => typeof value === 'string' && form.test(value) && isOne(value);
  return {
    pattern: form.source.replace(/^\^|\$$/g, ''),
    write: (value) => (isValid(value) ? value : undefined),
    read: (value) => (isValid(value) ? value : undefined),
  };
}

/** One of some values, each with its own text. */
export function choice<T extends Value>(texts: ReadonlyMap<T, string>): Part<T> {
  const escaped = [...texts.values()].map((one) => one.replaceAll('.', '\\.'));
  const entries = [...texts];
  return {
    pattern: `(?:${escaped.join('|')})`,
    write: (value) => entries.find(([one]) => one === value)?.[1],
    read: (written) => entries.find(([, one]) => one === written)?.[0],
  };
}

/** One of some texts. */
export function oneOf<T extends string>(texts: readonly T[]): Part<T> {
  return choice(new Map(texts.map((one) => [one, one])));
}

/** A whole number from 0. */
export const whole: Part<number> = {
  pattern: '(?:0|[1-9][0-9]{0,14})',
  write: (value) => (Number.isSafeInteger(value) && Number(value) >= 0 ? String(value) : undefined),
  read: (written) => Number(written),
};

type Parts = Readonly<Record<string, Part<Value>>>;
type Templates = Readonly<Record<string, string>>;

type NamesIn<T extends string> = T extends `${string}{${infer Name}}${infer Rest}` ? [Name, ...NamesIn<Rest>] : [];
type ValueOf<P extends Parts, Name> = Name extends keyof P ? (P[Name] extends Part<infer V> ? V : never) : never;
type ValuesOf<P extends Parts, Names extends readonly string[]> = { [I in keyof Names]: ValueOf<P, Names[I]> };

/** The values that a template is filled in with, in their order. */
type ArgumentsOf<P extends Parts, T extends string> = ValuesOf<P, NamesIn<T>>;
/** What a text stands for: which template, and the value of each part. */
export type Parsed<P extends Parts, T extends Templates> = {
  [K in keyof T]: { readonly kind: K } & { readonly [Name in NamesIn<T[K]>[number]]: ValueOf<P, Name> };
}[keyof T];

export interface Family<P extends Parts, T extends Templates> {
  /** A builder for each template. They throw what `refuse` makes of a value that cannot be part of a key. */
  readonly build: { readonly [K in keyof T]: (...values: ArgumentsOf<P, T[K]>) => string };
  /** The reverse: by the first template that the text has the form of; undefined where there is none. */
  readonly parse: (text: string) => Parsed<P, T> | undefined;
  /** What all texts of a template begin with, up to the first value that is not given. */
  readonly prefix: <K extends keyof T>(kind: K, ...values: Partial<ArgumentsOf<P, T[K]>>) => string;
}

/**
 * Builder, parser and prefixes of some templates.
 * @param refuse makes the error for a value that cannot be where it is put
 */
export function family<P extends Parts, T extends Templates>(
  parts: P,
  templates: T,
  refuse: (message: string) => Error,
): Family<P, T> {
  const rows = Object.entries(templates).map(([kind, template]) => compile(kind, template, parts));
  const byKind = new Map<PropertyKey, Row>(rows.map((row) => [row.kind, row]));
  const write = (row: Row, values: readonly (Value | undefined)[], to: number): string =>
    row.names.slice(0, to).reduce((built, name, i) => {
      const value = values[i] ?? '';
      const written = parts[name]?.write(value);
      if (written === undefined) throw refuse(`${name}: got ${renderValue(value)}, which cannot be part of a key`);
      return `${built}${written}${row.fixed[i + 1] ?? ''}`;
    }, row.fixed[0] ?? '');
  const builders = rows.map((row) => [row.kind, (...values: readonly Value[]) => write(row, values, row.names.length)]);
  return {
    // What the compiler cannot see: that the entries are those of the table.
    build: Object.fromEntries(builders) as Family<P, T>['build'],
    parse(written) {
      for (const row of rows) {
        const values = row.form
          .exec(written)
          ?.slice(1)
          .map((one, i) => parts[row.names[i] ?? '']?.read(one));
        if (values === undefined || values.includes(undefined)) continue;
        const named = row.names.map((name, i) => [name, values[i]]);
        return { kind: row.kind, ...Object.fromEntries(named) } as Parsed<P, T>;
      }
      return undefined;
    },
    prefix(kind, ...values) {
      const row = byKind.get(kind);
      if (row === undefined) throw refuse(`${String(kind)}: there is no such template`);
      return write(row, values, values.length);
    },
  };
}

interface Row {
  readonly kind: string;
  readonly names: readonly string[];
  /** The text before each placeholder, and after the last one. */
  readonly fixed: readonly string[];
  readonly form: RegExp;
}

function compile(kind: string, template: string, parts: Parts): Row {
  const pieces = template.split(/\{(\w+)\}/);
  const fixed = pieces.filter((_, i) => i % 2 === 0);
  const names = pieces.filter((_, i) => i % 2 === 1);
  const source = pieces.map((piece, i) =>
    i % 2 === 1 ? `(${parts[piece]?.pattern ?? ''})` : piece.replaceAll('.', '\\.'),
  );
  return { kind, names, fixed, form: new RegExp(`^${source.join('')}$`) };
}
