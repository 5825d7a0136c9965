import { mkdirSync, mkdtempSync, rmSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parseSlackFault, type SlackFault } from '../../../local/aws/faults';
import { LocalS3 } from '../../../local/aws/s3/local-s3';
import { VirtualClock } from '../../../local/clock';
import { faultsHelp } from '../../../local/commands/faults-help';
import { putFiles, strikeSlack } from '../../../local/commands/run-world';
import { LocalSlack } from '../../../local/slack';
import { flights } from '../../kit/datasets';
import { PARTITION } from '../../kit/runs';
import { PREFIX } from '../../load-partition/definition';

const NOW = '2026-01-20T07:00:00.000Z';
const OVER = '2026-01-20T06:00:00.000Z';
const clock = new VirtualClock({ start: NOW, flow: 'frozen' });
const folder = mkdtempSync(path.join(tmpdir(), 'rollcall-own-'));
let s3: LocalS3;
beforeAll(async () => {
  s3 = await LocalS3.start({ clock, account: '111122223333' });
});
afterAll(async () => {
  await s3.stop();
  rmSync(folder, { recursive: true });
});

/** The objects that a folder of the user's own makes, with their times. */
async function objects(files: Readonly<Record<string, string>>): Promise<Record<string, string>> {
  const own = mkdtempSync(path.join(folder, 'files-'));
  for (const [key, time] of Object.entries(files)) {
    const file = path.join(own, key);
    mkdirSync(path.dirname(file), { recursive: true });
    writeFileSync(file, 'id\n1\n');
    utimesSync(file, new Date(time), new Date(time));
  }
  await putFiles({ s3, clock }, flights(), { folder: own, first: PARTITION, say: () => undefined });
  const { store } = s3;
  return Object.fromEntries(
    store.keys('vendor').map((key) => [key, new Date(store.get('vendor', key).lastModified).toISOString()]),
  );
}

describe("the user's own files", () => {
  const [a, b] = [`${PREFIX}a.csv`, `${PREFIX}b c/é.csv`];

  it('keep their times, as far as they are no newer than the clock', async () => {
    expect(await objects({ [a]: '2026-01-20T05:30:00.000Z', [b]: '2026-01-20T06:59:00.000Z' })).toEqual({
      [a]: '2026-01-20T05:30:00.000Z',
      [b]: '2026-01-20T06:59:00.000Z',
    });
  });

  it('that are newer came when the partition was over: one of today does not seem to be still arriving', async () => {
    expect(await objects({ [a]: '2026-06-01T00:00:00.000Z' })).toEqual({ [a]: OVER });
  });

  it('replace what the bucket had', async () => {
    await objects({ [a]: OVER });
    expect(Object.keys(await objects({ [b]: OVER }))).toEqual([b]);
    expect(await objects({})).toEqual({});
  });

  it('may be links to where they really are', async () => {
    const real = path.join(folder, 'real.csv');
    writeFileSync(real, 'id\n');
    const own = mkdtempSync(path.join(folder, 'links-'));
    symlinkSync(real, path.join(own, 'x.csv'));
    await putFiles({ s3, clock }, flights(), { folder: own, first: PARTITION, say: () => undefined });
    expect(s3.store.keys('vendor')).toEqual(['x.csv']);
  });
});

describe('a fault of Slack', () => {
  const faults = (...texts: string[]) =>
    texts.map((text) => parseSlackFault(text)).filter((fault): fault is SlackFault => fault !== undefined);

  it('strikes so many messages, then Slack is well again', async () => {
    const slack = await LocalSlack.start(clock);
    strikeSlack(slack, faults('Slack:down:1', 'LoadPartition:kill', 'Slack:refuse:1'));
    const post = async () =>
      (await fetch(slack.webhook(), { method: 'POST', body: JSON.stringify({ text: 'x' }) })).status;
    expect([await post(), await post(), await post()]).toEqual([500, 404, 200]);
    expect(slack.messages).toHaveLength(1);
    await slack.stop();
  });

  it.each(['Slack:away', 'Slack', 'Slack:down:0', 'Slack:down:1:2'])(
    '%s is none, and the message names those',
    (text) => {
      expect(() => parseSlackFault(text)).toThrow('Expected Slack:down, Slack:lost, Slack:slow, Slack:refuse');
    },
  );
});

test('the help lists the names that --fault takes', () => {
  const help = faultsHelp();
  expect(help).toContain('States: ClaimPartition, CheckDependencies, LoadPartition, ValidateBatch, ProcessBatch,');
  for (const name of ['PublishPartition', 'RecordRun', 'TransientError', 'SourceIsTable', 'Slack:lost'])
    expect(help).toContain(name);
  expect(help).not.toContain('PlanBackfill');
});
