import { arnOf, manifest } from '../../../helpers/runs';
import { inSlack } from '../../../helpers/slack';

const NOW = new Date('2026-01-20T09:30:00.000Z');
const hour = (i: number) => new Date(Date.parse('2026-01-01T00:00:00.000Z') + i * 3_600_000).toISOString().slice(0, 13);

it('an overdue run is named with how late it is and what to do', () => {
  const run = {
    dataset: 'flights',
    partition: '2026-01-20T05',
    owner: 'us & them',
    runId: 'run-1',
    executionArn: arnOf('run-1'),
    since: '2026-01-20T06:15:00.000Z',
    deadline: '2026-01-20T08:00:00.000Z',
  };
  const { text, blocks } = inSlack({ kind: 'overdue', run, at: NOW });
  expect(text).toMatch(
    /^⏰ flights 2026-01-20T05 \(hour\) OVERDUE: a run is still going, 1 h 30 min after the deadline/,
  );
  expect(JSON.stringify(blocks)).toContain('us &amp; them');
});

it('a summary names every ending, troubles first, and stays under what Slack takes', () => {
  const endings = Array.from({ length: 400 }, (_unused, i) =>
    manifest(i % 10 === 0 ? 'SOURCE_EMPTY' : i % 7 === 0 ? 'NEVER_STARTED' : 'COMPLETE', { partition: hour(i) }),
  );
  const { text, blocks } = inSlack({ kind: 'endings', dataset: 'flights', manifests: endings, at: NOW });
  expect(text).toContain('flights: 400 endings');
  expect(text).toContain('40 FAILED');
  const all = JSON.stringify(blocks);
  for (const { partition } of endings) expect(all).toContain(partition);
  expect(all.length).toBeLessThan(13_000);
  expect(blocks.length).toBeLessThanOrEqual(50);
  for (const block of blocks) if (block.type === 'section') expect(block.text.text.length).toBeLessThanOrEqual(3000);
  expect(all.indexOf('FAILED')).toBeLessThan(all.indexOf('`COMPLETE`'));
});

it('runs without dataset or partition are named by their run', () => {
  const manifests = [manifest('INVALID_INPUT', { dataset: null, partition: null, runId: 'run-a' })];
  const { text, blocks } = inSlack({ kind: 'endings', dataset: null, manifests, at: NOW });
  expect(text).toContain('1 ending: 1 FAILED');
  expect(JSON.stringify(blocks)).toContain('run-a');
});
