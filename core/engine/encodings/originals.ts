import { isUtf8 } from 'node:buffer';
import type { Landed, Original, Originals } from '../formats/format';
import { NOT_UTF8 } from '../lines/raw-record';
import { asItCame, type Codec } from './codec';

/**
 * An object of which what is found again is as it came: text that is of the encoding stays text, and of a record with bytes that are not
 * it has all its bytes.
 * @param encoding how people call it
 */
export function inItsEncoding(landed: Landed, encoding: string): Landed {
  const { codec } = landed;
  if (codec === undefined) return landed;
  return {
    ...landed,
    findAgain: async (database, sifted, aside) => {
      const originals = await landed.findAgain(database, sifted, (one) => aside(withItsBytes(one, codec, encoding)));
      return {
        ...originals,
        find: (number, row) => {
          const found = originals.find(number, row);
          return found === undefined ? undefined : withItsBytes(found, codec, encoding);
        },
      } satisfies Originals;
    },
  };
}

function withItsBytes(original: Original, codec: Codec, encoding: string): Original {
  const { came, problem } = original;
  if (!('raw' in came) || !hasEscapes(came.raw)) return original;
  return {
    ...original,
    came: { raw: asItCame(came.raw, codec), isBinary: true },
    problem: problem === null || problem === NOT_UTF8 ? `bytes that are not ${encoding.toUpperCase()}` : problem,
  };
}

/** Not only whether it is UTF-8: a record that is too long may be cut inside of a character. */
const hasEscapes = (raw: Buffer) => !isUtf8(raw) && raw.includes(0xff);
