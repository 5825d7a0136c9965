import type { Original, Originals } from '../formats/format';
import type { RawRecord } from './layout';
import { TrustedLines } from './trusted-lines';
import type { LineLayout } from './layout';

/** The values of a record by column, or why they cannot be shown. */
export type ValuesOf = (line: string) => ReadonlyMap<string, unknown> | string;

const asOriginal = ({ line, raw, problem }: RawRecord, valuesOf: ValuesOf): Original => ({
  line,
  came: { raw },
  problem,
  values: () => valuesOf(raw.toString('utf8')),
});

/** Of a text that the reader took as it is, and in which a record is a line: the lines between those that are wanted are only counted. */
export function trustedOriginals(path: string, layout: LineLayout, valuesOf: ValuesOf): Originals {
  const lines = new TrustedLines(path, layout);
  return {
    beside: null,
    find: (number) => {
      const record = lines.find(number);
      return record === undefined ? undefined : asOriginal(record, valuesOf);
    },
    passMisshapen: () => undefined,
    close: () => lines.close(),
  };
}

/** Goes through each record, because it may take several lines, or among them may be lines that are none. */
export function walkedOriginals(
  records: Generator<RawRecord>,
  valuesOf: ValuesOf,
  aside: (original: Original) => void,
): Originals {
  return walked(records, (record) => asOriginal(record, valuesOf), aside);
}

/**
 * Goes through each record of a format.
 * @param original gives one that is asked for
 */
export function walked<R extends { readonly problem: string | null }>(
  records: Generator<R>,
  original: (record: R) => Original,
  aside: (original: Original) => void,
): Originals {
  let number = 0;
  let misshapen = 0;
  const nextSound = (): R | undefined => {
    for (let next = records.next(); next.done !== true; next = records.next()) {
      if (next.value.problem === null) {
        number += 1;
        return next.value;
      }
      misshapen += 1;
      aside(original(next.value));
    }
    return undefined;
  };
  return {
    beside: null,
    find: (wanted) => {
      let record = nextSound();
      while (record !== undefined && number < wanted) record = nextSound();
      return record === undefined ? undefined : original(record);
    },
    passMisshapen: (wanted) => {
      while (misshapen < wanted && nextSound() !== undefined);
    },
    close: () => void records.return(undefined),
  };
}
