import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { zipOf } from '../cli/infer/zip';

/** One recipe of docs/recipes.md: a definition, the files that it reads, and what `rollcall try` prints of them. */
export interface Recipe {
  readonly title: string;
  readonly name: string;
  readonly definition: string;
  readonly files: readonly { readonly key: string; readonly body: Buffer }[];
  readonly shown: string;
}

const BLOCK = /^(?:`([^`]+)`(?:, ([^:\n]+))?:\n\n)?```(ts|text|console)\n(.*?)\n?```$/gms;

function recipesOf(page: string): Recipe[] {
  const [, ...sections] = page.split(/^## /m);
  return sections.map((section) => {
    const blocks = [...section.matchAll(BLOCK)];
    const ofKind = (kind: string) => blocks.flatMap(([, , , own, content = '']) => (own === kind ? [content] : []));
    const definition = ofKind('ts').join('\n');
    return {
      title: section.slice(0, section.indexOf('\n')),
      name: /^ {2}name: '([^']+)'/m.exec(definition)?.[1] ?? '',
      definition: `import { defineDataset } from 'rollcall';\n\n${definition}\n`,
      files: blocks.flatMap(([, key = '', how = '', kind, content = '']) =>
        kind === 'text' ? [{ key, body: packed(content === '' ? '' : `${content}\n`, how) }] : [],
      ),
      shown: ofKind('console').join('\n'),
    };
  });
}

/** How a file is written, as the line above it says; a word that is not known fails. */
function packed(text: string, how: string): Buffer {
  return how
    .split(', ')
    .filter((word) => word !== '')
    .reduce<Buffer>((body, word) => {
      switch (word) {
        case 'CRLF':
          return Buffer.from(body.toString().replaceAll('\n', '\r\n'));
        case 'without a line end':
          return body.subarray(0, -1);
        case 'UTF-16':
          return Buffer.from(`\ufeff${body.toString()}`, 'utf16le');
        case 'windows-1252':
          return Buffer.from(body.toString().replaceAll('€', '\x80'), 'latin1');
        case 'gzip':
          return gzipSync(body);
        case 'zip':
          return zipOf({ 'data.csv': body.toString() });
        default:
          throw new Error(`a file is said to be "${word}", which the test does not know`);
      }
    }, Buffer.from(text));
}

/** Writes definition and files of a recipe: `datasets/<name>/dataset.ts`, and `source/<key>`. */
export function layOut(folder: string, { name, definition, files }: Recipe): void {
  const write = (path: string, body: string | Buffer) => {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, body);
  };
  write(join(folder, 'datasets', name, 'dataset.ts'), definition);
  for (const { key, body } of files) write(join(folder, 'source', key), body);
}

export const RECIPES = recipesOf(readFileSync(join(__dirname, '../../docs/recipes.md'), 'utf8'));
