import { runInNewContext } from 'node:vm';
import { definitionOf, draftOf } from '../../../../core/domain/infer/draft';
import { writeDataset } from '../../../../core/domain/infer/write';
import { found } from '../detect/found';

const NASTY = 'a\u2028b*/\u202e\n`${x}`\'";// \u0007';

function drafted(text: string, name: string) {
  return draftOf({
    files: [{ name, key: name, size: 1, seen: 1, whole: true }],
    bucket: null,
    compression: 'none',
    encoding: null,
    finding: found(text),
    notes: [NASTY],
    empty: 0,
    today: '2026-01-20',
  });
}

/** What the text of a dataset.ts means. */
function evaluated(text: string): unknown {
  const body = text.slice(text.indexOf('export default')).replace('export default', '');
  return JSON.parse(JSON.stringify(runInNewContext(body, { defineDataset: (definition: unknown) => definition })));
}

describe('a written definition', () => {
  it('is the definition, with what was seen behind //', () => {
    const { entries, head } = drafted('id;Betrag\n1;1.234,50\n2;-0,05\n', 'orders_20260120.csv');
    const text = writeDataset({ entries, head });
    expect(evaluated(text)).toEqual(definitionOf(entries));
    expect(text).toContain("import { defineDataset } from 'rollcall';\n");
    expect(text).toContain("      delimiter: ';', // 2 fields in 3 of the first 3 lines\n");
    expect(text).toContain("    id: { type: 'integer' }, // 1 to 2; 0 of 2 empty\n");
    expect(text).toContain("prefix: 'orders_{yyyy}{MM}{dd}'");
  });

  it('says what is not sure in comments only', () => {
    const { entries, head } = drafted('id,d\n1,01/02/2026\n2,03/04/2026\n', 'a.csv');
    const text = writeDataset({ entries, head });
    expect(evaluated(text)).toMatchObject({ columns: { d: { type: 'string' } } });
    expect(text).toMatch(/^ +\/\/ or \{ type: 'date', read: \{ format: '%d\/%m\/%Y' \} \}/m);
  });

  it('is not left by anything in names or values', () => {
    const { entries, head } = drafted(`{"id":1,${JSON.stringify(NASTY)}:{"x":"y"},"__proto__":1}\n`, NASTY);
    const text = writeDataset({ entries, head });
    // oxlint-disable-next-line no-control-regex -- they are what must not be there
    expect(text).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u2028\u2029\u202e]/);
    expect(evaluated(text)).toEqual(definitionOf(entries));
    expect(text.split('\n').filter((line) => line.length > 0 && !/^(import|\/\/|export| |\}\))/.test(line))).toEqual(
      [],
    );
  });
});
