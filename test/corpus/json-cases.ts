import { asJson, fileCase, orders, refused, refusedCase, sound, TextFile, type Case } from './case';

const SHAPE = ['record.shape'];
const strict = orders({ format: 'json' });
const loose = orders({ format: 'json', extraColumns: 'ignore' });
const wrapped = orders({ format: 'json', json: { records: ['Records'] } });

/** Documents in a list, or in a list that is a member. */
const list = (before = '[') => new TextFile('jsonl', before, ',\n');
const ended = (file: TextFile, after = ']') => file.withoutLastLineFeed().bytes(after);
const one = (id: number, members: string) => asJson(sound(id)).replace(/}$/, `,${members}}`);
const pretty = (id: number) => JSON.stringify(JSON.parse(asJson(sound(id))), null, 4);
const nested = (levels: number) => `${'['.repeat(levels)}${']'.repeat(levels)}`;
const corrupt = (says: string | RegExp) => refused('SourceCorrupt', says);
const whole = ended(list().sound(50)).body;

/** What is too long to keep is not compared. */
function large(name: string, file: TextFile, more: Partial<Case>): Case {
  const { raw: _, ...truth } = file.truth;
  return { ...fileCase(name, loose, file), truth, ...more };
}

export const jsonCases: readonly Case[] = [
  fileCase('nothing wrong in a list of JSON', strict, ended(list().sound(500))),
  fileCase('documents of JSON without anything between them', strict, new TextFile('jsonl', '\ufeff', '').sound(500)),
  fileCase(
    'pretty-printed JSON',
    strict,
    new TextFile('jsonl', '', '\r\n').line(pretty(1), 'accepted').line(pretty(2), 'accepted').sound(2),
  ),
  fileCase(
    'records in a member, and no comma at all',
    wrapped,
    ended(list('{"x":[{"Records":[1]}],"Records":[').sound(9), ']}'),
  ),
  fileCase('0 bytes of JSON', strict, new TextFile('jsonl')),
  fileCase(
    'documents of JSON that are no records',
    loose,
    ended(
      list()
        .sound(2)
        .line('null', SHAPE)
        .line('[{"id":1}]', SHAPE)
        .line('"a"', SHAPE)
        .line(one(50, '"id":51'), SHAPE)
        .line(one(52, '"x":nul'), SHAPE)
        .line(one(53, '"x":"\\q"'), SHAPE)
        .line(Buffer.concat([Buffer.from('{"note":"'), Buffer.from([0xc3, 0x28]), Buffer.from('"}')]), SHAPE)
        .line(one(54, '"x":{"y":1 2}'), SHAPE)
        .line(one(55, '"x":"a\nb"'), SHAPE)
        .sound(2),
    ),
  ),
  large(
    'JSON documents of 30 MB, a million deep, and with a million values',
    ended(
      list()
        .sound(3)
        .line(one(101, `"x":"${'y'.repeat(30_000_000)}"`), SHAPE)
        .line(one(102, `"x":${nested(1_000_000)}`), SHAPE)
        .line(one(103, `"x":[${'1,'.repeat(1_900_000)}1]`), SHAPE)
        .line(one(104, `"x":${nested(999)}`), 'accepted', 104)
        .sound(3),
    ),
    { growsAtMostMb: 500, batchBytes: 50_000_000 },
  ),
  ...[1, 700, 2000, whole.length - 1].map((bytes) =>
    refusedCase(
      `a list of JSON cut off after ${bytes} bytes`,
      strict,
      whole.subarray(0, bytes),
      corrupt('it ends in a'),
    ),
  ),
  ...(
    [
      [
        'a JSON string of 50 MB that never ends',
        `[{"id":"${'y'.repeat(50_000_000)}`,
        'it ends in a value that begins on line 1',
      ],
      ['JSON of 10 MB of brackets that never close', '['.repeat(10_000_000), 'it ends in a value'],
      [
        'text behind a list of JSON',
        `${whole.toString()}\nDone: 50 rows`,
        /line 51, byte 1: .*found "Done"|found "Done"/,
      ],
      ['a page of HTML for JSON', '<!DOCTYPE html><p>403', 'expected a value, found "<"'],
      ['UTF-16 for JSON', Buffer.from('[{"id":1}]', 'utf16le'), 'found "\\u0000"'],
      [
        'brackets of JSON that are not of one kind',
        `[${asJson(sound(1)).slice(0, -1)}]]`,
        'expected a comma or }, found "]"',
      ],
    ] as const
  ).map(([name, body, says]) => refusedCase(name, strict, body, corrupt(says))),
  refusedCase(
    'documents of JSON without their list',
    wrapped,
    '{"Records":[]}{"message":"none"}',
    refused('SchemaMismatch', "without a list at ['Records']"),
  ),
  refusedCase(
    'a name of 20 MB on the way to records',
    wrapped,
    `{"${'k'.repeat(20_000_000)}":1}`,
    refused('SchemaMismatch', 'without a list'),
  ),
  refusedCase(
    'documents of two bytes, more of them than a batch may have',
    orders({ format: 'json' }, { columns: { id: { type: 'integer', nullable: true } }, unique: ['id'] }),
    Buffer.alloc(2 * 200_001, '{}'),
    refused('ObjectTooLarge', 'with it the batch has more than 200000 records'),
    { batchRecords: 200_000 },
  ),
];
