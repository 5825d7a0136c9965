import { visible } from '../../contracts/visible';

/** Foreign text where people read it: on one line, well-formed, in the order in which it is written. */
export function oneLine(text: string): string {
  return (
    visible(text)
      // eslint-disable-next-line no-control-regex
      .replace(/[\u0000-\u001f\u007f-\u009f\u2028\u2029]+/g, ' ')
      .toWellFormed()
  );
}

/** What our texts have that ASCII has not. */
const IN_ASCII: Readonly<Record<string, string>> = { '–': '-', '−': '-', '…': '...', '’': "'", '×': 'x', '·': '-' };

/** Text of printable ASCII characters only, on one line and of at most `most`; what ASCII lacks is a question mark. */
export function ascii(text: string, most: number): string {
  const plain = oneLine(text)
    .replace(/[–−…’×·]/g, (character) => IN_ASCII[character] ?? '?')
    .replace(/[^\u0020-\u007e]+/g, '?')
    .trim();
  return plain.length <= most ? plain : `${plain.slice(0, Math.max(0, most - 3))}...`.slice(0, most);
}
