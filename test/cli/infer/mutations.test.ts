import { runInNewContext } from 'node:vm';
import fc from 'fast-check';
import { datasetSchema } from '../../../core/contracts/dataset/dataset';
import { encodingOf, decode } from '../../../core/domain/detect/guess-encoding';
import { wholeText } from '../../../core/domain/detect/sample';
import { findInText } from '../../../core/domain/detect/text-finding';
import { definitionOf, draftOf } from '../../../core/domain/infer/draft';
import { writeDataset } from '../../../core/domain/infer/write';

/** Files of many kinds, to be spoilt. */
const SEEDS = [
  'id,v,w\n1,"a, b",x\n2,"say ""hi""",\n3,c,2026-01-20\n',
  'id;Betrag;am\n1;1.234,50;20.01.2026\n2;€ 10,00;21.01.2026\n',
  'sep=;\r\nid;v\r\n1;a\r\n',
  '1|a\\|b|t\n2|c\\\\d|f\n3|say \\"hi\\"|\\N\n',
  '# by x\n#Fields: date time x-y\n2026-01-20\t05:00:00\t-\n2026-01-20\t05:00:01\t5\n',
  'id,v,x\n1,a,10\n2,b,20\nTOTAL,2,30\n',
  '{"id":1,"v":{"a":"x","b":[1]}}\n{"id":2.50,"v":null}\n',
  '{"Records":[{"a":1,"t":1768885200123},{"a":2}]}',
  '[\n{"id":"1","d":"Jun 12 1998"},\n{"id":"2"}\n]{"id":3}',
  '192.0.2.1 - - [20/Jan/2026:05:00:00 +0000] "GET /a HTTP/1.1" 200 12\nnonsense\n',
];
const PIECES = [
  '"',
  "'",
  '\n',
  '\r\n',
  ',',
  ';',
  '\t',
  '|',
  '\\',
  '{',
  '}',
  '[',
  ']',
  '\0',
  '\ufffd',
  '#',
  '""',
  'sep=;\n',
  '\u2028',
  '*/',
  '${x}',
  '"__proto__":1,',
  '$key',
  '-',
  'NULL',
  '1e999',
  ':',
  ' ',
  'TOTAL,3\n',
  '\ufeff',
  '_rollcall',
  '2019',
  'Ä',
];

interface Change {
  readonly at: number;
  readonly cut: number;
  readonly put: string;
}

const changed = fc
  .tuple(
    fc.constantFrom(...SEEDS),
    fc.array(fc.record({ at: fc.nat(200), cut: fc.nat(8), put: fc.constantFrom('', ...PIECES) }), { maxLength: 8 }),
  )
  .map(([seed, changes]) =>
    changes.reduce((text: string, { at, cut, put }: Change) => text.slice(0, at) + put + text.slice(at + cut), seed),
  );

function drafted(text: string) {
  const bytes = Buffer.from(text);
  const encoding = encodingOf(bytes, false);
  if (encoding === null) return null;
  const finding = findInText([wholeText('a.b', decode(bytes, encoding, false))]);
  if (finding.columns.length === 0) return null;
  const file = { name: text, key: text, size: 1, seen: 1, whole: true };
  return draftOf({
    files: [file],
    bucket: null,
    compression: 'none',
    encoding,
    finding,
    notes: [],
    empty: 0,
    today: '2026-01-20',
  });
}

/** What the schema has against a definition. */
function refusals(definition: Record<string, unknown>): string[] {
  const parsed = datasetSchema.safeParse(definition);
  return parsed.success ? [] : parsed.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`);
}

describe('whatever a file holds', () => {
  it('the written definition is TypeScript that means the definition, and the schema has nothing against it', () => {
    fc.assert(
      fc.property(changed, (text) => {
        const draft = drafted(text);
        if (draft === null) return;
        const definition = definitionOf(draft.entries);
        const body = writeDataset(draft).replace(/^[^]*?export default/, '');
        const meant: unknown = runInNewContext(body, { defineDataset: (given: unknown) => given });
        expect(JSON.parse(JSON.stringify(meant))).toEqual(JSON.parse(JSON.stringify(definition)));
        expect(refusals(definition)).toEqual([]);
      }),
      { numRuns: Number(process.env['MUTATIONS'] ?? 500) },
    );
  });
});
