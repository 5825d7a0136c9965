import { gzipSync, zstdCompressSync } from 'node:zlib';
import fc from 'fast-check';
import { sentenceOf } from '../../../../core/domain/detect/describe';
import type { Declared } from '../../../../core/domain/detect/differences';
import { whatItIs } from '../../../../core/engine/peek/what-it-is';

const CSV = 'id,v\n1,a\n2,b\n';
const COMMA = 'CSV with a comma between its values';
const csv: Declared = { format: 'csv', compression: 'none', columns: ['id', 'v'] };
const gzip: Declared = { ...csv, compression: 'gzip' };
const jsonl: Declared = { format: 'jsonl', compression: 'none' };

const said = (bytes: Buffer | string, declared?: Declared) => sentenceOf(whatItIs(Buffer.from(bytes), true, declared));

describe('what bytes are', () => {
  it.each<[string, Buffer | string, string]>([
    ['nothing', '', '0 bytes'],
    ['CSV', CSV, COMMA],
    ['gzip', gzipSync(CSV), `gzip of ${COMMA}`],
    ['zstd', zstdCompressSync(CSV), `zstd of ${COMMA}`],
    ['JSON lines', '{"a":1}\n{"a":2}\n', 'JSON, one object a line'],
    ['Parquet', 'PAR1…', 'a Parquet file'],
    ['lines', 'one\ntwo words here\n', 'text of 2 lines'],
  ])('is told: %s', (_what, bytes, sentence) => {
    expect(said(bytes)).toBe(sentence);
  });

  it.each<[string, Buffer | string, Declared, string]>([
    ['nothing', '', csv, 'it has 0 bytes'],
    ['no gzip', CSV, gzip, `it is not gzip: it is ${COMMA}, not compressed; write compression: 'none'`],
    ['gzip', gzipSync(CSV), csv, `it is gzip of ${COMMA}; write compression: 'gzip'`],
    [
      'gzip of JSON',
      gzipSync('{"a":1}\n'),
      csv,
      "it is gzip of JSON, one object a line; write compression: 'gzip', format: 'jsonl'",
    ],
    ['gzip twice', gzipSync(gzipSync(CSV)), gzip, 'it is gzip of gzip: compressed twice'],
    ['zstd for gzip', zstdCompressSync(CSV), gzip, `it is zstd of ${COMMA}; write compression: 'zstd'`],
    [
      'Latin-1',
      Buffer.from('id,v\n1,Genève\n', 'latin1'),
      csv,
      "it is Latin-1 (windows-1252), not utf-8 (1 bytes are not UTF-8; as windows-1252 they are è); write encoding: 'windows-1252'",
    ],
    ['another delimiter', 'id;v\n1;a\n', csv, `the delimiter is ";"; write csv: { delimiter: ';' }`],
    [
      'Excel',
      'sep=;\nid;v\n1;a\n',
      csv,
      `the delimiter is ";"; 1 line before the records; write csv: { delimiter: ';', skipLines: 1 }`,
    ],
    [
      'no header',
      '1,2026-01-01\n2,2026-01-02\n',
      csv,
      'it has no header: the first line has values like the others; write csv: { header: false }',
    ],
    ['fields by line', 'id,v\n1,a,x\n2,b,y\n3,c\n', csv, 'the header has 2 fields, line 2 3 fields'],
    [
      'short records',
      'id,v\n1,a\n2\n3\n',
      csv,
      "the header has 2 fields, line 3 1 field; write csv: { shortRows: 'null' } if what is missing is empty",
    ],
    [
      'an open quote',
      'id,v\n1,"a"\n2,"b\n3,"c"\n4,d\n',
      csv,
      'a quote in line 3 never closes; write csv: { quote: null } if quotes are data',
    ],
    [
      'backslashes',
      'id,v\n1,"a\\"b"\n2,b\n',
      csv,
      "line 2 has text behind a closing quote; write csv: { escape: 'backslash' }",
    ],
    [
      'comments',
      '#Version: 1.0\n#Fields: a b\n1\t2\n3\t4\n',
      { ...csv, delimiter: '\t' },
      "lines that begin with # are comments; write csv: { comment: '#' }",
    ],
    ['an array', '[{"a":1},\n{"a":2}]', jsonl, "it is a JSON array, not one object a line; write format: 'json'"],
    [
      'documents',
      '{"a":1}{"a":2}',
      jsonl,
      "it is JSON documents, one behind the other, not one object a line; write format: 'json'",
    ],
    [
      'a list of records',
      '{"Records":[{"a":1},{"a":2}]}',
      jsonl,
      "its records are in a list at ['Records']; write format: 'json', json: { records: ['Records'] }",
    ],
    ['Parquet', 'PAR1…', csv, "it is a Parquet file; write format: 'parquet'"],
    ['ORC', 'ORC…', csv, 'it is an ORC file, which is not read: have it delivered as Parquet, CSV or JSON'],
    ['a page', '<!DOCTYPE html><html>', csv, 'it is an HTML page: it may be the error page of a download: look at it'],
  ])('is told with the words to write: %s', (_what, bytes, declared, sentence) => {
    expect(said(bytes, declared)).toBe(sentence);
  });

  it.each<[string, string, Declared]>([
    ['CSV', CSV, csv],
    ['a header of the declared names above text', 'id,v\nx,y\n', csv],
    ['values in quotes', 'id,v\n1,"a, b"\n', csv],
    ['JSON lines', '{"a":1}\n', jsonl],
    ['ASCII in another encoding', CSV, { ...csv, encoding: 'windows-1252' }],
    ['the declared dialect', '1|a\n2|b\n', { ...csv, csv: { delimiter: '|', header: false } }],
  ])('says nothing against what is as declared: %s', (_what, bytes, declared) => {
    expect(whatItIs(Buffer.from(bytes), true, declared).differences).toEqual([]);
  });

  it('never throws, whatever the bytes are', () => {
    const pieces = fc.constantFrom(
      '"',
      '\n',
      ',',
      ';',
      '{',
      '}',
      '[',
      '\\',
      '\0',
      'PK\x03\x04',
      '\x1f\x8b',
      'PAR1',
      'a',
      '1',
      '#',
      'sep=;\n',
      '\xff',
    );
    const bytes = fc.oneof(
      fc.array(pieces, { maxLength: 60 }).map((all) => Buffer.from(all.join(''), 'latin1')),
      fc.uint8Array({ maxLength: 200 }).map((all) => Buffer.from(all)),
    );
    fc.assert(
      fc.property(bytes, fc.boolean(), fc.constantFrom(undefined, csv, gzip, jsonl), (some, whole, declared) => {
        expect(sentenceOf(whatItIs(some, whole, declared))).not.toBe('');
      }),
      { numRuns: 300 },
    );
  });
});
