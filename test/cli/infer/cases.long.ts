import { infer } from '../../../cli/infer/infer';
import { tryFiles } from '../../../cli/try/attempt';
import { gatherFiles } from '../../../cli/try/tried-files';
import { parseDataset } from '../../../core/contracts/dataset/dataset';
import { definitionOf } from '../../../core/domain/infer/draft';
import { CASES } from '../../kit/cases';

/** Cases of which not all is read, and why: it is what they are about. */
const NOT_WHOLE: Readonly<Record<string, { readonly quarantined: number; readonly why: string }>> = {
  'access-log': { quarantined: 1, why: 'a line of nonsense' },
  'control-csv': { quarantined: 2, why: 'a text after a closing quote, and a record of two fields' },
  'control-jsonl': { quarantined: 1, why: 'a line that is no object' },
  'pad-quote': { quarantined: 3, why: 'blanks before quotes make the delimiters in them ends of values' },
  'short-trailing': { quarantined: 1, why: 'a record with a field too many' },
  'space-delim-shift': { quarantined: 1, why: 'a text after a closing quote' },
};
/** Tables of a table format, which no definition reads: their files may be superseded. */
const TABLES = ['iceberg-superseded'];

function noS3(): never {
  throw new Error('no S3 is needed');
}

describe('rollcall infer on every kind of delivery', () => {
  it.each(CASES.map((one) => [one.name, one] as const))('gives a definition that reads %s', async (name, { files }) => {
    const { draft } = await infer([files], { s3: noS3, today: '2026-01-20' });
    const dataset = parseDataset(definitionOf(draft.entries));
    const gathered = await gatherFiles(dataset, [files], { s3: noS3 });
    const tried = await tryFiles({ dataset, process: undefined, gathered, rows: 0, show: () => '' });
    if (TABLES.includes(name)) {
      expect(tried.would.code).toBe('SOURCE_IS_TABLE');
      return;
    }
    expect(tried.records.read).toBeGreaterThan(0);
    const { quarantined } = NOT_WHOLE[name] ?? { quarantined: 0 };
    expect(tried.records).toMatchObject({ quarantined, duplicates: 0 });
    const allowed = dataset.tolerance.failedObjects?.objects ?? 0;
    expect(tried.unread.length).toBeLessThanOrEqual(allowed);
  });
});
