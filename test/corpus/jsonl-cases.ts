import { asJson, fileCase, orders, refused, refusedCase, sound, TextFile, type Case, type Fields } from './case';

const SHAPE = ['record.shape'];
const jsonl = (header = '', eol?: string) => new TextFile('jsonl', header, eol);
const strict = orders({ format: 'jsonl' });
const loose = orders({ format: 'jsonl', extraColumns: 'ignore' });

/** A sound record with one member written as it stands. */
const member = (id: number, name: keyof Fields, literal: string) => {
  const { [name]: _, ...rest } = sound(id);
  return asJson(rest).replace(`"${name}":null`, `"${name}":${literal}`);
};
const extra = (id: number, members: string) => asJson(sound(id)).replace(/}$/, `,${members}}`);

function literals(name: string, column: keyof Fields, list: readonly [string, string | null][]): Case {
  const file = jsonl().sound(3);
  for (const [i, [literal, rule]] of list.entries())
    file.line(member(100 + i, column, literal), rule === null ? 'accepted' : [`${column}.${rule}`], 100 + i);
  return fileCase(name, strict, file);
}

const deep = (levels: number) => `${'['.repeat(levels)}${']'.repeat(levels)}`;
const deepObject = (levels: number) => `${'{"a":'.repeat(levels)}1${'}'.repeat(levels)}`;

/** What is kept of such lines is their beginning. */
function deepest(): Case {
  const file = jsonl()
    .sound(20)
    .line(extra(101, `"x":${deep(1_000_000)}`), SHAPE, 101)
    .line(extra(102, `"x":${deepObject(500_000)}`), SHAPE, 102)
    .line(`{"x":${'['.repeat(3_000_000)}`, SHAPE, 103)
    .line('['.repeat(1_000_000), SHAPE, 104)
    .line(extra(105, `"x":[${'1,'.repeat(1_900_000)}1]`), SHAPE, 105)
    .line(extra(106, `"x":[${'1,'.repeat(200_000)}1]`), 'accepted', 106)
    .sound(20);
  const { raw: _, ...truth } = file.truth;
  return {
    ...fileCase('JSON nested a million deep, and with a million values', loose, file),
    truth,
    growsAtMostMb: 500,
  };
}

export const jsonlCases: readonly Case[] = [
  {
    name: 'a JSON line of 100 MB',
    dataset: strict,
    objects: () => ({
      'orders/a': Buffer.concat([
        Buffer.from(`${asJson(sound(1))}\n${asJson({ ...sound(2), note: '' }).replace('"note":null}', '"note":"')}`),
        Buffer.alloc(100_000_000, 'y'),
        Buffer.from(`"}\n${asJson(sound(3))}\n`),
      ]),
    }),
    truth: {
      ends: 'counted',
      read: 3,
      accepted: 2,
      quarantined: 1,
      duplicates: 0,
      rules: { 'record.shape': 1 },
      ids: [1, 3],
    },
    growsAtMostMb: 300,
    batchBytes: 150_000_000,
  },
  fileCase('nothing wrong in JSON', strict, jsonl().sound(500)),
  fileCase('JSON with CRLF and a byte order mark', strict, jsonl('\ufeff', '\r\n').sound(20)),
  fileCase(
    'lines that are no JSON object',
    strict,
    jsonl()
      .sound(3)
      .line('{"id":1', SHAPE)
      .line('[1,2]', SHAPE)
      .line('null', SHAPE)
      .line('"text"', SHAPE)
      .line(`${asJson(sound(1))}${asJson(sound(2))}`, SHAPE)
      .line(`// ${asJson(sound(1))}`, SHAPE)
      .line(`${asJson(sound(1))},`, SHAPE)
      .line('<html>', SHAPE)
      .sound(3),
  ),
  fileCase(
    'keys twice',
    loose,
    jsonl()
      .sound(2)
      .line(extra(50, '"id":51'), SHAPE)
      .line(extra(52, '"x":1,"x":2'), SHAPE)
      .line(extra(53, '"\\u0069d":54'), SHAPE)
      .sound(2),
  ),
  fileCase(
    'keys that are parts of every JavaScript object',
    loose,
    jsonl()
      .line(extra(1, '"__proto__":{"polluted":true}'), 'accepted')
      .line(extra(2, '"constructor":{"prototype":{"polluted":true}}'), 'accepted')
      .line(extra(3, '"toString":1,"hasOwnProperty":null'), 'accepted')
      .line(`{"__proto__":${asJson(sound(4))}}`, ['id.null', 'at.null', 'amount.null']),
  ),
  refusedCase(
    '`__proto__` where extra keys are refused',
    strict,
    `${extra(1, '"__proto__":{"polluted":true}')}\n`,
    refused('SchemaMismatch', 'not declared "__proto__"'),
  ),
  refusedCase(
    'a key renamed',
    strict,
    `${asJson(sound(1)).replace('"note"', '"Note"')}\n`,
    refused('SchemaMismatch', 'not declared "Note"'),
  ),
  literals('numbers as strings, and the other way round', 'ratio', [
    ['"1.5"', 'type'],
    ['true', 'type'],
    ['{}', 'type'],
    ['[]', 'type'],
    ['""', 'type'],
    ['1.5', null],
    ['15e-1', null],
  ]),
  literals('numbers that no double holds', 'ratio', [
    ['1e400', 'type'],
    ['-1e400', 'type'],
    ['1e308', null],
  ]),
  literals('integers as JSON', 'id', [
    ['"5"', 'type'],
    ['5.0', 'type'],
    ['5e0', 'type'],
    ['9223372036854775808', 'type'],
    ['null', 'null'],
    ['true', 'type'],
  ]),
  literals('dates as JSON', 'day', [
    ['"2026-01-20"', null],
    ['"20/01/2026"', 'type'],
    ['20260120', 'type'],
    ['1768867200000', 'type'],
    ['"2026-02-30"', 'type'],
    ['{"$date":"2026-01-20"}', 'type'],
  ]),
  literals('text that would be something else', 'note', [
    ['5', 'type'],
    ['false', 'type'],
    ['{"a":1}', 'type'],
    [`"'); DROP TABLE _rollcall_stage; --"`, null],
    ['"a\\u0000b"', null],
    ['"\\ud83d\\ude42 \\n \\" \\\\"', null],
    ['"NaN"', null],
  ]),
  fileCase(
    'deep JSON',
    loose,
    jsonl()
      .line(extra(1, `"x":${deep(500)}`), 'accepted')
      .line(extra(2, `"x":${deepObject(500)}`), 'accepted')
      .line(member(3, 'note', deep(500)), ['note.type'])
      .line(member(4, 'note', deepObject(900)), ['note.type'])
      .sound(2),
  ),
  fileCase(
    'JSON as deep as it may be, and deeper',
    loose,
    jsonl()
      // The record itself is the first of a thousand.
      .line(extra(1, `"x":${deep(999)}`), 'accepted')
      .line(extra(2, `"x":${deep(1000)}`), SHAPE)
      .line(extra(3, `"x":${deepObject(999)}`), 'accepted')
      .line(extra(4, `"x":${deepObject(1000)}`), SHAPE)
      .line(extra(5, `"x":[${Array.from({ length: 3000 }, () => '[]').join(',')}]`), 'accepted')
      .line(extra(6, `"x":"${'['.repeat(3000)}\\"${'{'.repeat(3000)}"`), 'accepted')
      .line(extra(7, `"x":${'['.repeat(1000)}`), SHAPE)
      .sound(2),
  ),
  deepest(),
  refusedCase(
    'JSON of three bytes a line, more of them than a batch may have',
    orders({ format: 'jsonl' }, { columns: { id: { type: 'integer', nullable: true } }, unique: ['id'] }),
    Buffer.alloc(3 * 200_001, '{}\n'),
    refused('ObjectTooLarge', 'with it the batch has more than 200000 records'),
    { batchRecords: 200_000 },
  ),
  fileCase(
    'numbers of 50,000 digits, and names of 50,000 letters',
    loose,
    jsonl()
      .line(extra(1, `"${'k'.repeat(50_000)}":1`), 'accepted')
      .line(member(2, 'ratio', '9'.repeat(50_000)), ['ratio.type'])
      .line(member(3, 'amount', `0.${'1'.repeat(50_000)}`), ['amount.type'])
      .line(extra(4, '"x":1'), 'accepted'),
  ),
  fileCase(
    'bytes that JSON may not have',
    strict,
    jsonl()
      .sound(2)
      .line(Buffer.concat([Buffer.from('{"id":1,"note":"'), Buffer.from([0xff]), Buffer.from('"}')]), SHAPE)
      .line(member(3, 'note', '"a\0b"'), SHAPE)
      .line(member(4, 'note', '"a\tb"'), SHAPE)
      .line(member(5, 'note', '"\\ud83d"'), SHAPE)
      .sound(2),
  ),
  fileCase(
    'a list over several lines',
    strict,
    jsonl()
      .line('[', SHAPE)
      .line(`${asJson(sound(1))},`, SHAPE)
      .line(asJson(sound(2)), 'accepted', 2)
      .line(']', SHAPE),
  ),
  fileCase('UTF-16 as JSON', strict, jsonl().line(Buffer.from(asJson(sound(1)), 'utf16le'), SHAPE)),
];
