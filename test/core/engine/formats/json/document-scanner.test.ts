import { DocumentScanner } from '../../../../../core/engine/formats/json/document-scanner';

/** The records that are found, with their lines; in pieces of so many bytes. */
function scanned(text: string, path: string[] | null = null, pieceBytes = 3): [number, string][] {
  const found: [number, string][] = [];
  let raw: Buffer[] = [];
  const scanner = new DocumentScanner(path, {
    piece: (chunk, from, to) => void raw.push(Buffer.from(chunk.subarray(from, to))),
    end: (line) => {
      found.push([line, Buffer.concat(raw).toString()]);
      raw = [];
    },
  });
  const bytes = Buffer.from(text);
  for (let at = 0; at < bytes.length; at += pieceBytes) scanner.push(bytes.subarray(at, at + pieceBytes));
  scanner.end();
  return found;
}

const records = (text: string, path: string[] | null = null) => {
  const found = scanned(text, path, 1);
  expect(scanned(text, path, 3)).toEqual(found);
  expect(scanned(text, path, 10_000)).toEqual(found);
  return found;
};

describe('records in documents of JSON', () => {
  it.each<[string, [number, string][]]>([
    ['', []],
    [' \n', []],
    ['[]', []],
    ['[ ]\n[]', []],
    [
      '{"a":1}{"a":2} \n {"a":3}',
      [
        [1, '{"a":1}'],
        [1, '{"a":2}'],
        [2, '{"a":3}'],
      ],
    ],
    [
      '[\n{"a":[1,{}]}\n,\n{"a":"]}\\""}\n]',
      [
        [2, '{"a":[1,{}]}'],
        [4, '{"a":"]}\\""}'],
      ],
    ],
    [
      '[{"a":1}][{"a":2}]{"a":3}',
      [
        [1, '{"a":1}'],
        [1, '{"a":2}'],
        [1, '{"a":3}'],
      ],
    ],
    [
      '\x1e{"a":1}\n\x1e{"a":2}\n',
      [
        [1, '{"a":1}'],
        [2, '{"a":2}'],
      ],
    ],
    [
      '{\n "a": {\n}\n}\n\n{}',
      [
        [1, '{\n "a": {\n}\n}'],
        [6, '{}'],
      ],
    ],
    [
      '1 "x" null [true, -1.5e3, [2]] 7',
      [
        [1, '1'],
        [1, '"x"'],
        [1, 'null'],
        [1, 'true'],
        [1, '-1.5e3'],
        [1, '[2]'],
        [1, '7'],
      ],
    ],
  ])('of %j', (text, found) => {
    expect(records(text)).toEqual(found);
  });

  it.each<[string, string[], [number, string][]]>([
    [
      '{"Records":[{"a":1},\n{"a":2}],"more":[{"a":3}]}',
      ['Records'],
      [
        [1, '{"a":1}'],
        [2, '{"a":2}'],
      ],
    ],
    ['{"Records":[]}', ['Records'], []],
    [
      '{"x":{"Records":[9]},"s":"Records","Rec\\u006frds":[ 1 ]}{"Records":[2]}',
      ['Records'],
      [
        [1, '1'],
        [1, '2'],
      ],
    ],
    [
      '[{"a":{"b":[1]}},{"z":1,"a":{"c":[5],"b":[2,3]}}]',
      ['a', 'b'],
      [
        [1, '1'],
        [1, '2'],
        [1, '3'],
      ],
    ],
    ['[]', ['Records'], []],
  ])('of %j in the list at %j', (text, path, found) => {
    expect(records(text, path)).toEqual(found);
  });

  it.each<[string, string]>([
    ['{"a":1}\n{"a":', 'it ends in a value that begins on line 2'],
    ['[{"a":1},\n', 'it ends in a document'],
    ['"abc', 'it ends in a value'],
    ['[{"a":1} {"a":2}]', 'line 1, byte 10: expected a comma or ], found "{"'],
    ['{"a":1},{"a":2}', 'line 1, byte 8: expected a value, found ","'],
    ['[{"a":1},]', 'expected a value, found "]"'],
    ['{"a":[1}', 'expected a comma or ], found "}"'],
    ['{"a":1}\n]', 'line 2, byte 9: expected a value, found "]"'],
    ['<Error>', 'expected a value, found "<"'],
    ['hello world', 'expected JSON, found "hello"'],
    ['[NaN]', 'expected JSON, found "NaN"'],
    ['tru', 'expected JSON, found "tru"'],
  ])('of %j are refused', (text, said) => {
    for (const pieceBytes of [1, 100])
      expect(() => scanned(text, null, pieceBytes)).toThrow(
        expect.objectContaining({ name: 'SourceCorrupt', message: expect.stringContaining(said) }),
      );
  });

  it.each<[string, string, string]>([
    ['{"records":[]}', 'SchemaMismatch', "line 1, byte 14: a document without a list at ['Records']"],
    ['{"Records":[]}\n{}', 'SchemaMismatch', 'line 2, byte 17: a document without a list'],
    ['{"Records":{}}', 'SchemaMismatch', 'a document without a list'],
    ['{"Records":null}', 'SchemaMismatch', 'a document without a list'],
    ['7', 'SchemaMismatch', 'a document without a list'],
    ['{"Records":[1],"Records":[2]}', 'SchemaMismatch', "more than one ['Records'] in one document"],
    ['{"Records":[1', 'SourceCorrupt', 'it ends'],
    ['{"Records":[1] "x":2}', 'SourceCorrupt', 'expected a comma or }, found "\\""'],
    ['{"Records" [1]}', 'SourceCorrupt', 'expected a colon'],
    ['{Records:[1]}', 'SourceCorrupt', 'expected a key'],
    ['{"Records":[1],}', 'SourceCorrupt', 'expected a key, found "}"'],
  ])('of %j with a path are refused', (text, name, message) => {
    for (const pieceBytes of [1, 100])
      expect(() => scanned(text, ['Records'], pieceBytes)).toThrow(
        expect.objectContaining({ name, message: expect.stringContaining(message) }),
      );
  });
});
