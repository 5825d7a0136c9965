import type { DatasetInput } from '../../../../core/contracts/dataset/dataset';
import { datasetWith } from '../../../kit/datasets';
import { run } from '../../../kit/engine';

type Source = Partial<DatasetInput['source']>;
const dataset = (encoding: string, source: Source, more: Partial<DatasetInput> = {}) =>
  datasetWith({
    columns: { id: { type: 'integer' }, v: { type: 'string', nullable: true } },
    source: { bucket: 'vendor', prefix: '{yyyy}/{MM}/{dd}/{HH}/', format: 'csv', encoding, ...source },
    ...more,
  });

const latin1 = (text: string) => Buffer.from(text, 'latin1');
const utf16 = (text: string) => Buffer.from(text, 'utf16le');
const text = { pattern: '(?<id>\\d+);(?<v>.*)' };

const BODIES: readonly (readonly [Source, string])[] = [
  [{ format: 'csv', csv: { delimiter: ';' } }, 'id;v\r\n1;Müller\r\n\r\n2;"Ä ""x"""\r\n'],
  [{ format: 'csv', csv: { delimiter: '§' } }, 'id§v\n1§Müller\n2§"Ä ""x"""'],
  [{ format: 'jsonl' }, '{"id":1,"v":"Müller"}\n{"id":2,"v":"Ä \\"x\\""}\n'],
  [{ format: 'json' }, '[{"id":1,\n"v":"Müller"},{"id":2,"v":"Ä \\"x\\""}]'],
  [{ format: 'text', text }, '1;Müller\r\n\r\n2;Ä "x"\r\n'],
];

describe.each(BODIES)('an object of %j in another encoding', (source, body) => {
  it.each([
    ['iso-8859-1', latin1(body)],
    ['utf-16', utf16(`\ufeff${body}`)],
    ['utf-16', utf16(`\ufeff${body}`).swap16()],
    ['utf-16be', utf16(body).swap16()],
    ['utf-8', Buffer.from(`\ufeff${body}`)],
  ])('has its records: %s', async (encoding, bytes) => {
    const { rows, counts } = await run(dataset(encoding, source), bytes, { pieceBytes: 3 });
    expect(rows).toEqual([
      { id: 1, v: 'Müller' },
      { id: 2, v: 'Ä "x"' },
    ]);
    expect(counts).toMatchObject({ read: 2, quarantined: 0 });
  });
});

const kept = (rejected: { line: number | null; raw?: string; [more: string]: unknown }[]) =>
  rejected.map(({ line, raw, rawBase64, problem }) => ({
    line,
    came: raw ?? Buffer.from(String(rawBase64), 'base64'),
    ...(problem === undefined ? {} : { problem }),
  }));

describe('bytes that are not of the encoding', () => {
  it('are kept with the whole line, and the others are read', async () => {
    const lines = ['id,v\n', '1,ä\n', '2,', '3,x\n', 'ü,y\n', '4,z'].map(utf16);
    const half = Buffer.concat([lines[2]!, Buffer.from([0x41, 0xd8, 0x0a, 0x0a, 0x0a, 0])]);
    const body = Buffer.concat([lines[0]!, lines[1]!, half, lines[3]!, lines[4]!, lines[5]!, Buffer.of(65)]);
    const { rows, rejected, broken } = await run(dataset('utf-16le', {}), body);
    expect(rows).toEqual([
      { id: 1, v: 'ä' },
      { id: 3, v: 'x' },
    ]);
    expect(kept(rejected)).toEqual([
      { line: 3, came: half.subarray(0, -2), problem: 'bytes that are not UTF-16LE' },
      { line: 5, came: 'ü,y' },
      { line: 6, came: Buffer.concat([lines[5]!, Buffer.of(65)]), problem: 'bytes that are not UTF-16LE' },
    ]);
    expect(broken).toEqual({ 'record.shape': 2, 'id.type': 1 });
  });

  it.each([
    [{ format: 'csv', csv: { header: false } }, ['1,a\n', '2,\xff\xff\n', '3,"\x83\x8f"\n']],
    [{ format: 'jsonl' }, ['{"id":1,"v":"a"}\n', '{"id":2,"v":"\x83\x8f\xff\xff"}\n', '{"id":3,"v":"\x83\x8f"}\n']],
    [{ format: 'json' }, ['[{"id":1,"v":"a"},\n', '{"id":2,\n"v":"\x83\x8f\xff\xff"},', '{"id":3,"v":"\x83\x8f"}]']],
    [{ format: 'text', text }, ['1;a\n', '2;\x83\x8f\xff\xff\n', '3;\x83\x8f\n']],
  ] as const)('are found in %j', async (source, parts) => {
    const { rows, rejected } = await run(dataset('shift_jis', source), latin1(parts.join('')));
    expect(rows).toEqual([
      { id: 1, v: 'a' },
      { id: 3, v: 'ワ' },
    ]);
    const came = latin1(parts[1].replace(/\n$|,$/g, ''));
    expect(kept(rejected)).toEqual([{ line: 2, came, problem: 'bytes that are not SHIFT_JIS' }]);
  });

  it.each([
    [{ format: 'csv', csv: { header: false } }, '1,', '\n'],
    [{ format: 'jsonl' }, '{"id":1,"v":"', '"}\n'],
    [{ format: 'json' }, '[{"id":1,\n"v":"', '"}]'],
    [{ format: 'text', text }, '1;', '\n'],
  ] as const)('in %j are kept beside characters that the encoding has twice', async (source, before, after) => {
    const came = async (encoding: string, note: string) => {
      const { rejected } = await run(dataset(encoding, source), latin1(before + note + after));
      return kept(rejected).map((one) => one.came);
    };
    const record = (note: string) => [latin1((before + note + after).replace(/^\[|\]$|\n$/g, ''))];
    expect(await came('shift_jis', '\xfa\x4a\xff\xfa\x4a')).toEqual(record('\xfa\x4a\xff\xfa\x4a'));
    expect(await came('gb18030', '\x81\x30\x81\x31\xff')).toEqual(record('\x81\x30\x81\x31\xff'));
    if (source.format !== 'json')
      expect(await came('iso-2022-jp', '\x1b$B\x24\x22\x1b(B\xff')).toEqual(record('\x1b$B\x24\x22\x1b(B\xff'));
  });

  it('inside a value of several lines are kept line by line', async () => {
    const columns = { id: { type: 'integer' }, v: { type: 'string', multiline: true } } as const;
    const body = latin1('id,v\n1,"a\nb"\n2,"c\n\xd2d"\n3,"\xe1\n"\n');
    const { rows, rejected } = await run(dataset('windows-1253', {}, { columns }), body);
    expect(rows).toEqual([
      { id: 1, v: 'a\nb' },
      { id: 3, v: 'α\n' },
    ]);
    expect(kept(rejected)).toEqual([
      { line: 4, came: '2,"c', problem: expect.any(String) },
      { line: 5, came: latin1('\xd2d"'), problem: 'bytes that are not WINDOWS-1253' },
    ]);
  });

  it('of a long record are its beginning', async () => {
    const body = latin1(
      `id,v\n1,${'\xe1'.repeat(300_000)}\n2,\xd2${'\xe1'.repeat(300_000)}\nx,${'\xe1'.repeat(300_000)}`,
    );
    const { rows, rejected } = await run(dataset('windows-1253', {}), body, { pieceBytes: 1 << 16 });
    expect(rows).toMatchObject([{ id: 1 }]);
    const [first, second] = rejected;
    expect(
      Buffer.from(String(first?.['rawBase64']), 'base64').equals(
        latin1(`2,\xd2${'\xe1'.repeat(1 << 18)}`).subarray(0, 1 << 18),
      ),
    ).toBe(true);
    expect(second?.raw).toBe(`x,${'α'.repeat((1 << 17) - 1)}`);
    expect([first?.['truncated'], second?.['truncated']]).toEqual([true, true]);
  });

  it('in a header name the encoding', async () => {
    await expect(run(dataset('windows-1253', {}), latin1('id,\xd2\n'))).rejects.toThrow('not WINDOWS-1253');
  });
});

it('a byte-order mark of another encoding says which, and what to write', async () => {
  await expect(run(dataset('utf-8', {}), utf16('\ufeffid,v\n1,a\n'))).rejects.toMatchObject({
    name: 'SourceCorrupt',
    message: expect.stringMatching(
      /byte-order mark of UTF-16LE, which is not source.encoding, utf-8.*encoding: 'utf-16'/,
    ),
  });
});
