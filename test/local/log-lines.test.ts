import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { linesIn } from '../../local/log-lines';

test('of the lines of a log, those that do not say whose they are are found', () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'rollcall-logs-'));
  const execution = { executionArn: 'arn:aws:states:…' };
  const lines = [
    { service: 'load-partition', runId: 'run-1', ...execution },
    { service: 'plan-backfill', backfillId: 'week-4', ...execution },
    { service: 'sweep' },
    { service: 'load-partition', ...execution },
    { service: 'load-partition', runId: 'run-1' },
  ].map((line) => JSON.stringify(line));
  writeFileSync(path.join(folder, 'a.log'), `${lines.join('\n')}\nplain text\n`);
  writeFileSync(path.join(folder, 'other.txt'), 'not a log\n');
  expect(linesIn(folder)).toEqual({ all: 6, nameless: [lines[3], lines[4], 'plain text'] });
  rmSync(folder, { recursive: true });
});
