/**
 * How many characters a computation looks at: each that it asks for, and those that the language's searches pass. Counted, not timed, so
 * that a machine with other work gives the same. It sees methods only: `text[i]` is not seen.
 */
export function workOf(compute: () => unknown): number {
  let work = 0;
  const restore: (() => void)[] = [];
  const wrap = <K extends string>(
    prototype: Record<K, (this: never, ...args: never[]) => unknown>,
    name: K,
    count: (self: never, result: unknown, args: never[]) => number,
  ): void => {
    const original = prototype[name];
    prototype[name] = function counted(this: never, ...args: never[]): unknown {
      const result = original.apply(this, args);
      work += count(this, result, args);
      return result;
    };
    restore.push(() => (prototype[name] = original));
  };
  const text = String.prototype as never;
  const passed = (self: string, result: unknown, args: readonly unknown[]): number => {
    const from = typeof args[1] === 'number' ? args[1] : 0;
    return (result === -1 ? self.length : Number(result)) - from + 1;
  };
  wrap(text, 'charCodeAt', () => 1);
  wrap(text, 'charAt', () => 1);
  wrap(text, 'indexOf', passed);
  wrap(text, 'includes', (self: string) => self.length);
  wrap(text, 'lastIndexOf', (self: string) => self.length);
  wrap(text, 'slice', (_self, result) => String(result).length);
  wrap(text, 'startsWith', (_self, _result, [prefix]: string[]) => prefix?.length ?? 0);
  wrap(text, 'toLowerCase', (self: string) => self.length);
  // A pattern that looks for the next of its kind goes on from where it was; one without a flag looks at all that it is given.
  wrap(RegExp.prototype as never, 'exec', (self: RegExp, result, [input]: string[]) => {
    const found = result as RegExpExecArray | null;
    return found === null ? (input?.length ?? 0) : self.global ? found[0].length : found.index + found[0].length;
  });
  try {
    compute();
  } finally {
    for (const one of restore.toReversed()) one();
  }
  return work;
}
