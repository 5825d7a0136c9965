import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Database } from '../../../../core/engine/duckdb/database';

it('a text of the database is whole in JavaScript, also one that begins with a byte-order mark', async () => {
  const workDir = mkdtempSync(join(tmpdir(), 'rollcall-test-'));
  const database = await Database.open(workDir, { memoryMb: 64, spillMb: 64 });
  try {
    const texts = ['\ufeff', '\ufeffx', `\ufeff${'long '.repeat(10)}`, 'a\ufeffb', 'a\0b', '🙂'];
    for (const text of texts)
      expect(await database.row('SELECT $1 AS a, [$1] AS b', [text])).toEqual({ a: text, b: [text] });
    for await (const rows of database.stream("SELECT chr(65279) || 'x' AS a")) expect(rows).toEqual([{ a: '\ufeffx' }]);
  } finally {
    database.close();
    rmSync(workDir, { recursive: true });
  }
});
