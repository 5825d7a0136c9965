import { parquetFooter } from '../../bytes/parquet-footer';
import { contentOf, writeThrough } from '../../bytes/land';
import type { Format, Landed, Landing } from '../format';
import { parquetOriginals } from './originals';
import { parquetRelation } from './relation';

/** Parquet: what is no file of it as a whole is damaged, and each record of a whole file is one. */
export const parquet: Format = {
  record: 'a record of Parquet',
  land,
};

async function land(landing: Landing): Promise<Landed> {
  const { dataset, object, path, budget } = landing;
  const crc32 = await writeThrough(path, contentOf(landing));
  const footer = await parquetFooter(path);
  const { records } = footer;
  budget.takeRecords(records, object, true);
  return {
    path,
    crc32,
    count: { records, isExact: true, by: 'the footer says' },
    readsWhole: true,
    relation: (database) => parquetRelation(database, landing, footer),
    split: null,
    findAgain: (database) => parquetOriginals(database, dataset, path),
  };
}
