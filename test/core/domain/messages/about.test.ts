import { plainText, shortText, type About } from '../../../../core/domain/messages/about';
import { backfillManifest } from '../../../helpers/backfills';
import { manifest, NOW, PARTITION } from '../../../helpers/runs';
import { inSlack } from '../../../helpers/slack';

/** What is left of a message where nothing but text is taken. */

const ending: About = { kind: 'ending', manifest: manifest('SOURCE_EMPTY', { partition: PARTITION, runId: 'run-1' }) };
const many: About = {
  kind: 'endings',
  dataset: 'flights',
  manifests: [
    manifest('SOURCE_EMPTY', { partition: '2026-01-20T04' }),
    manifest('COMPLETE', { partition: '2026-01-20T05' }),
    manifest('SOURCE_EMPTY', { partition: '2026-01-20T03' }),
  ],
  at: NOW,
};
const named = (perhaps: boolean, count: number) =>
  Array.from({ length: count }, (_, n) => ({
    line: `flights 2026-01-20T0${n} FAILED SOURCE_EMPTY`,
    key: `runs/flights/2026-01-20T0${n}/run-1.json`,
    perhaps,
    reason: perhaps ? 'no answer: TimeoutError' : 'msg_too_long',
  }));

it('in one line: dataset, partition, status, code', () => {
  expect(shortText(ending)).toBe('flights 2026-01-20T05 FAILED SOURCE_EMPTY');
  expect(
    shortText({
      kind: 'ending',
      manifest: manifest('INVALID_INPUT', { dataset: null, partition: null, runId: 'run-1' }),
    }),
  ).toBe('run run-1 FAILED INVALID_INPUT');
  expect(shortText({ kind: 'backfill', manifest: backfillManifest() })).toMatch(/^backfill weekly-4 [A-Z_]+$/);
  expect(shortText(many)).toBe('flights: 3 endings');
});

it('plainly: what happened and where the details are', () => {
  expect(plainText(ending)).toMatch(
    /^flights 2026-01-20T05 FAILED SOURCE_EMPTY\. .+ Manifest: runs\/flights\/2026-01-20T05\/run-1\.json$/,
  );
});

it('plainly: a summary still names every ending', () => {
  expect(plainText(many)).toBe(
    'flights: 3 endings. FAILED SOURCE_EMPTY: 2026-01-20T03, 2026-01-20T04. PUBLISHED COMPLETE: 2026-01-20T05.',
  );
});

it('of any length is cut where no channel would take it', () => {
  const long: About = {
    kind: 'ending',
    manifest: manifest('SOURCE_EMPTY', { reason: { code: 'SOURCE_EMPTY', message: 'x'.repeat(5_000), hint: '' } }),
  };
  expect(plainText(long).length).toBeLessThan(1_200);
  expect(plainText(long)).toMatch(/… Manifest: runs\/flights/);
});

describe('a notice', () => {
  it('says of how many, of which, why, and where they are on record', () => {
    expect(plainText({ kind: 'untold', messages: [...named(true, 2), ...named(false, 1)] })).toBe(
      '2 messages may have arrived twice or not at all, 1 message could not be delivered otherwise: ' +
        'flights 2026-01-20T00 FAILED SOURCE_EMPTY (may have arrived twice or not at all: no answer: TimeoutError; runs/flights/2026-01-20T00/run-1.json); ' +
        'flights 2026-01-20T01 FAILED SOURCE_EMPTY (may have arrived twice or not at all: no answer: TimeoutError; runs/flights/2026-01-20T01/run-1.json); ' +
        'flights 2026-01-20T00 FAILED SOURCE_EMPTY (was not taken: msg_too_long; runs/flights/2026-01-20T00/run-1.json).',
    );
  });

  it('with blocks has a line for each and stays within what Slack takes', () => {
    const messages = named(true, 20).map((one) => ({ ...one, reason: 'r'.repeat(120) }));
    const { text, blocks } = inSlack({ kind: 'untold', messages });
    expect(text).toMatch(/^📭 20 messages may have arrived twice or not at all: flights 2026-01-20T00 FAILED/);
    const texts = blocks.map((block) => (block.type === 'section' ? block.text.text : ''));
    expect(texts.join('\n').match(/^• /gm)).toHaveLength(20);
    expect(Math.max(...texts.map((one) => one.length))).toBeLessThanOrEqual(3_000);
    expect(JSON.stringify(blocks).length).toBeLessThan(13_000);
  });
});
