import { wholeText } from '../../../../core/domain/detect/sample';
import { findInText } from '../../../../core/domain/detect/text-finding';
import type { Finding } from '../../../../core/domain/detect/finding';

/** What is found in texts, each of them a file. */
export function found(...texts: readonly string[]): Finding {
  return foundNamed('', ...texts);
}

/** The same of files whose names end so. */
export function foundNamed(extension: string, ...texts: readonly string[]): Finding {
  return findInText(texts.map((text, i) => wholeText(`file-${i + 1}${extension}`, text)));
}

/** The words of the format's block: those that are sure, or those that are comments. */
export function wordsOf({ words }: Finding, sure = true): Record<string, unknown> {
  return Object.fromEntries(words.filter((word) => word.sure === sure).map(({ key, value }) => [key, value]));
}

/** The words of each column, by its name. */
export function columnsOf({ columns }: Finding): Record<string, unknown> {
  return Object.fromEntries(columns.map(({ name, words }) => [name, words]));
}

/** Lines of numbers 1 to n. */
export function lines(n: number, line: (i: number) => string): string {
  return Array.from({ length: n }, (_, i) => `${line(i + 1)}\n`).join('');
}
