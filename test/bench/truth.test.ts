import { DuckDBInstance } from '@duckdb/node-api';
import { recordsSql, truthOf } from '../../bench/validate/job';

describe('the generated file', () => {
  it.each([0, 50, 51, 150, 151, 800, 12_345])(
    'of %d records has as many wrong ones and duplicates as the truth says',
    async (records) => {
      const instance = await DuckDBInstance.create(':memory:');
      const connection = await instance.connect();
      const reader = await connection.runAndReadAll(`
        SELECT count(*), count(DISTINCT flight_id),
               count(*) FILTER (ts = 'n/a' OR origin <> upper(origin) OR origin = destination OR carrier = 'XX' OR delay = '9999' OR distance = '-1.5')
        FROM (${recordsSql('generated', records, '')})`);
      const [all, keys, wrong] = (reader.getRows()[0] ?? []).map(Number) as [number, number, number];
      connection.closeSync();
      instance.closeSync();
      expect(all).toBe(records);
      const any = truthOf({ unique: false }, records);
      const unique = truthOf({ unique: true }, records);
      expect([any.rejected, unique.rejected]).toEqual([wrong, wrong + all - keys]);
      expect([any.accepted, unique.accepted]).toEqual([records - wrong, keys - wrong]);
    },
  );
});
