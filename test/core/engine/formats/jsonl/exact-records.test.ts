import * as fc from 'fast-check';
import { ExactRecords } from '../../../../../core/engine/formats/jsonl/exact-records';
import { MemberFinder } from '../../../../../core/engine/formats/jsonl/member-finder';
import { plainDecimal } from '../../../../../core/engine/formats/jsonl/plain-decimal';
import { withoutBlanks } from '../../../../../core/engine/formats/jsonl/without-blanks';

describe('a number of JSON as a decimal', () => {
  it.each([
    ['12.50', '12.5'],
    ['12.500e1', '125'],
    ['1E-7', '0.0000001'],
    ['-1.5e+3', '-1500'],
    ['0.10000000000000000555', '0.10000000000000000555'],
    ['123456789012345678901234567890', '123456789012345678901234567890'],
    ['-0.0', '0'],
    ['0e99999', '0'],
    ['100', '100'],
    ['1e400', null],
    ['NaN', null],
    ['1.2.3', null],
    ['', null],
    [`1${'0'.repeat(2000)}`, null],
  ])('%s is %s', (literal, plain) => {
    expect(plainDecimal(literal)).toBe(plain);
  });

  it('is the same number, whatever it is', () => {
    const digits = fc.stringMatching(/^(0|[1-9]\d{0,9})(\.\d{1,9})?([eE][+-]?\d{1,2})?$/);
    fc.assert(
      fc.property(digits, (literal) => {
        const plain = plainDecimal(literal);
        fc.pre(plain !== null);
        expect(Number(plain)).toBe(Number(literal));
        expect(plain).toMatch(/^-?\d+(\.\d*[1-9])?$/);
      }),
    );
  });
});

describe('the bytes of members', () => {
  const found = (record: string, ...paths: string[][]) => {
    const finder = new MemberFinder(paths);
    const bytes = Buffer.from(record);
    if (!finder.find(bytes)) return null;
    return paths.map((_, i) =>
      finder.starts[i] === -1 ? undefined : bytes.toString('utf8', finder.starts[i], finder.ends[i]),
    );
  };

  it('are those of the member at the path, and of no other of its name', () => {
    const record = ' {"x":[{"a":1}],"s":"\\"a\\":2","o":{"a": 3e0 ,"b":{"a":4}},"a" : [5, 6] } ';
    expect(found(record, ['a'], ['o', 'a'], ['o', 'b', 'a'], ['x', 'a'], ['o'])).toEqual([
      '[5, 6]',
      '3e0',
      '4',
      undefined,
      '{"a": 3e0 ,"b":{"a":4}}',
    ]);
  });

  it('are found by name, however that is written', () => {
    expect(found('{"\\u0061":1,"ä":2,"\\u00e4b":3,"":4}', ['a'], ['ä'], ['äb'], ['z'])).toEqual([
      '1',
      '2',
      '3',
      undefined,
    ]);
  });

  it.each([
    '[1]',
    '{"a":1}}',
    '{"a":1} x',
    '{"a":1',
    '{"a":"x}',
    '1',
    '',
    '{"a":1},"x":["2"]',
    '{"a" 1}',
    '{1:2}',
    '{"a":}',
  ])('are none in %s', (text) => {
    expect(found(text, ['a'])).toBeNull();
  });

  it('are what JSON.parse finds, of whatever JSON', () => {
    const key = fc.constantFrom('a', 'b', 'ä', '"', '\\', '__proto__ ', 'a b');
    const { value } = fc.letrec((tie) => ({
      value: fc.oneof(fc.jsonValue({ maxDepth: 1 }), tie('object'), fc.array(tie('value'), { maxLength: 2 })),
      object: fc.dictionary(key, tie('value'), { maxKeys: 4 }),
    }));
    fc.assert(
      fc.property(
        fc.dictionary(key, value, { maxKeys: 5 }),
        fc.array(key, { minLength: 1, maxLength: 3 }),
        fc.nat(2),
        (record, path, space) => {
          const [text = null] = found(JSON.stringify(record, null, space), path) ?? [];
          const step = (at: unknown, name: string): unknown =>
            typeof at === 'object' && at !== null && !Array.isArray(at) && Object.hasOwn(at, name)
              ? (at as Record<string, unknown>)[name]
              : undefined;
          const wanted = path.reduce(step, record as unknown);
          expect(text === null || text === undefined ? undefined : JSON.parse(text)).toEqual(
            wanted === undefined ? undefined : JSON.parse(JSON.stringify(wanted)),
          );
        },
      ),
    );
  });
});

describe('a record with exact values beside it', () => {
  const line = (record: string) => {
    const records = new ExactRecords([
      { name: 'p', type: 'decimal', path: ['p'] },
      { name: 'j', type: 'json', path: ['j'] },
    ]);
    const bytes = Buffer.from(record);
    return records.problem(bytes) ?? records.line(bytes, 1).toString();
  };

  it.each([
    ['{"p":1.50,"j":{"b": 1.10, "a":"x \\" \\\\ y"}}', ['1.5', '{"b":1.10,"a":"x \\" \\\\ y"}']],
    ['{"p":"1.50","j":null}', [null, null]],
    ['{"j":"n"}', [null, '"n"']],
    ['{"p":{"p":1},"j":[ ]}', [null, '[]']],
    ['{"j":[false,true,null,-1e5,"NaN"]}', [null, '[false,true,null,-1e5,"NaN"]']],
  ])('of %s', (record, beside) => {
    expect(JSON.parse(line(record))).toEqual({ r: JSON.parse(record), x: beside });
  });

  it.each(['NaN', 'nan', '[Infinity]', '[-inf]', '{"a":NAN}', '[1,]', '{"a":1 , }'])('has none of %s', (value) => {
    expect(line(`{"j":${value}}`)).toMatch(/,"x":\[null,false\]\}$/);
  });

  it('cannot be made to look like another', () => {
    expect(line('{"p":1},"x":["9","9"]')).toMatch(/^not one JSON object/);
    expect(line('{"p":1]')).not.toMatch(/^\{"r":\{"p":1\},/);
  });

  it('keeps any JSON as it is but for blanks', () => {
    fc.assert(
      fc.property(fc.json(), fc.nat(3), (json, space) => {
        const value: unknown = JSON.parse(json);
        const { x } = JSON.parse(line(JSON.stringify({ j: value }, null, space))) as { x: (string | null)[] };
        expect(x[1]).toBe(value === null ? null : JSON.stringify(value));
      }),
    );
  });
});

describe('JSON on one line', () => {
  it('has no blanks between its tokens, but where two would become one', () => {
    expect(withoutBlanks(Buffer.from('{\r\n  "a b" : [ 1 , tr ue, 1 2 ]\n}'))?.toString()).toBe(
      '{"a b":[1,tr ue,1 2]}',
    );
  });

  it.each(['{"a":"x\ny"}', '{"a":"x\\\ny"}', '{"a":"x'])('is none of %j', (text) => {
    expect(withoutBlanks(Buffer.from(text))).toBeNull();
  });
});
