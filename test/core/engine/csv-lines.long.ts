import { DIALECTS, readRandomLines } from './random-lines';

/** Random lines in all; a million take half an hour: `ROLLCALL_CSV_LINES=1000000`. */
const LINES = Number(process.env['ROLLCALL_CSV_LINES'] ?? 20_000);

describe('a line of CSV', () => {
  it(
    `has the same values alone and with any others before and after it (${LINES} random lines)`,
    async () => {
      let read = 0;
      for (let seed = 2; read < LINES; seed += 1) {
        const perDialect = Math.min(5000, Math.ceil((LINES - read) / DIALECTS.length));
        const round = await readRandomLines(DIALECTS, { perDialect, alone: 5, seed });
        expect(round.differences).toEqual([]);
        read += round.read;
      }
      expect(read).toBeGreaterThanOrEqual(LINES);
    },
    30 * 60_000,
  );
});
