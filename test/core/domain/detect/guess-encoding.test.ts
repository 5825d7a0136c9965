import { decode, encodingOf } from '../../../../core/domain/detect/guess-encoding';

const utf16be = (text: string) => Buffer.from(text, 'utf16le').swap16();

describe('the encoding of a text', () => {
  it.each<[string, Buffer, string, string]>([
    ['ASCII', Buffer.from('id,v\n1,a\n'), 'utf-8', 'id,v\n1,a\n'],
    ['UTF-8', Buffer.from('ä€🙂'), 'utf-8', 'ä€🙂'],
    ['a mark of UTF-8', Buffer.from('\ufeffid'), 'utf-8', 'id'],
    ['a mark of UTF-16, little end', Buffer.from('\ufeffid,ä', 'utf16le'), 'utf-16', 'id,ä'],
    ['a mark of UTF-16, big end', utf16be('\ufeffid,ä'), 'utf-16', 'id,ä'],
    ['UTF-16 without a mark, little end', Buffer.from('id,v\n1,a\n', 'utf16le'), 'utf-16le', 'id,v\n1,a\n'],
    ['UTF-16 without a mark, big end', utf16be('id,v\n1,a\n'), 'utf-16be', 'id,v\n1,a\n'],
    ['Latin-1', Buffer.from('Genève, Zürich', 'latin1'), 'windows-1252', 'Genève, Zürich'],
    ['quotes of Windows', Buffer.from([0x84, 0x61, 0x93, 0x80]), 'windows-1252', '„a“€'],
  ])('is seen: %s', (_what, bytes, name, text) => {
    const encoding = encodingOf(bytes, false);
    expect(encoding?.name).toBe(name);
    expect(encoding && decode(bytes, encoding, false)).toBe(text);
  });

  it('is not broken by the end of a sample', () => {
    const bytes = Buffer.from('aä€🙂');
    for (let end = 1; end <= bytes.length; end += 1)
      expect(encodingOf(bytes.subarray(0, end), true)?.name).toBe('utf-8');
  });

  it('is not sure where some bytes are not UTF-8, or hardly Western', () => {
    expect(encodingOf(Buffer.concat([Buffer.from('ä'.repeat(20)), Buffer.from([0xff])]), false)).toMatchObject({
      name: 'utf-8',
      sure: false,
    });
    const cyrillic = Buffer.from(
      [0xcf, 0xf0, 0xe8, 0xe2, 0xe5, 0xf2, 0x81].flatMap((byte) => [byte, byte, byte, byte]),
    );
    expect(encodingOf(cyrillic, false)).toMatchObject({ sure: false });
  });

  it('is none for bytes that are no text', () => {
    expect(encodingOf(Buffer.from([0, 1, 2, 3, 0, 0, 0, 9, 200, 201]), false)).toBeNull();
    expect(encodingOf(Buffer.from(Array.from({ length: 256 }, (_, i) => i)), false)).toBeNull();
  });
});
