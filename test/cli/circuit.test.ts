import { open, reset, show } from '../../cli/commands/circuit';
import { knownCircuits } from '../../cli/circuit/known';
import { circuitSchema } from '../../core/contracts/run/circuit';
import { keys } from '../../core/contracts/keys';
import { DEPENDENCY, minutes, opened, probe } from '../helpers/circuits';
import { MemoryS3 } from '../helpers/memory-s3';
import { dataset, NOW, registry } from '../helpers/runs';

const key = keys.circuit(DEPENDENCY);
let s3: MemoryS3;
beforeEach(() => {
  s3 = new MemoryS3();
});
const DATASETS = registry(
  dataset(),
  dataset({ name: 'orders', circuit: { dependency: 'vendor-api', coolDownMinutes: 20 } }),
  dataset({ name: 'nightly', circuit: { counts: 'all', failures: 5 } }),
  dataset({ name: 'unguarded', circuit: { enabled: false } }),
);
const target = () => ({ s3: s3.client().s3, ledger: s3.store('ledger'), now: () => NOW });
const known = () => knownCircuits(s3.store('ledger'), DATASETS);
const stored = (of = key) => circuitSchema.optional().parse(s3.json('ledger', of));
const options = { datasets: 'datasets' };

test('show prints every dependency that is guarded, and those of which only a record is left', async () => {
  s3.put('ledger', keys.circuit('gone'), opened());
  const printed = await show(target(), await known(), undefined);
  expect(printed).toMatch(/^gone {2}OPEN\n {2}guards {7}no dataset \(any more\)\n/m);
  expect(printed).toContain('source-bucket  CLOSED\n  guards       flights\n  failures     0 in a row, 3 open it');
  expect(printed).toContain(
    'dataset.nightly  CLOSED\n  guards       nightly\n  failures     0 in a row, 5 open it, of whatever kind',
  );
  expect(printed).toContain('vendor-api  CLOSED\n  guards       orders');
  expect(s3.keys('ledger')).toEqual([keys.circuit('gone')]);
});

test('show says since when and why it is open, what is kept back, and who tries it', async () => {
  s3.put('ledger', key, opened());
  const printed = await show(target(), await known(), DEPENDENCY);
  expect(printed.split('\n')).toEqual([
    'source-bucket  OPEN',
    '  guards       flights',
    '  trouble      since 2026-01-20 06:30 UTC: flights 2026-01-20T04 met SOURCE_UNAVAILABLE',
    '  tried again  by the first run after 2026-01-20 07:00 UTC',
    '  kept back    flights 2026-01-20',
    '  generation   1',
  ]);
  s3.put('ledger', key, opened({ probe: probe('run-7') }));
  expect(await show(target(), await known(), DEPENDENCY)).toMatch(
    /OPEN, being tried\n[^]*probe {8}run-7, since 2026-01-20/,
  );
  const later = { ...target(), now: () => minutes(31) };
  s3.put('ledger', key, opened());
  expect(await show(later, await known(), DEPENDENCY)).toContain('OPEN, to be tried by the next run');
});

test('one that cannot be read is shown as that, hides no other, and is not changed', async () => {
  s3.put('ledger', key, 'spoilt');
  const printed = await show(target(), await known(), undefined);
  expect(printed).toContain(`source-bucket  UNREADABLE\n  guards       flights\n  s3://ledger/${key} is not JSON.`);
  expect(printed).toContain('vendor-api  CLOSED');
  for (const act of [reset, open])
    await expect(act(target(), await known(), DEPENDENCY, options)).rejects.toMatchObject({ name: 'UsageError' });
  expect(s3.text('ledger', key)).toBe('spoilt');
});

test.each([
  ['show', async () => show(target(), await known(), 'sourcebucket')],
  ['reset', async () => reset(target(), await known(), 'sourcebucket', options)],
  ['open', async () => open(target(), await known(), 'sourcebucket', options)],
])('%s of a dependency that there is not names those that there are', async (_name, act) => {
  await expect(act()).rejects.toMatchObject({
    name: 'UsageError',
    message: 'dependency: got "sourcebucket", expected one of dataset.nightly, source-bucket, vendor-api',
  });
});

test('reset closes it, and what it kept back is recovered later', async () => {
  s3.put('ledger', key, opened({ probe: probe() }));
  const printed = await reset(target(), await known(), DEPENDENCY, options);
  expect(printed).toMatch(
    /^source-bucket {2}CLOSED\n[^]*recovery {5}to start, since 2026-01-20 06:30 UTC, of flights 2026-01-20; the sweep starts it/,
  );
  expect(stored()).toMatchObject({ generation: 2, openUntil: null, probe: null, recoveryOwed: { generation: 2 } });
});

test('reset of one that never failed changes nothing', async () => {
  expect(await reset(target(), await known(), DEPENDENCY, options)).toContain('nothing was changed');
  expect(s3.keys('ledger')).toEqual([]);
});

test('open has it left alone for so long as is asked, or as its definition says', async () => {
  await open(target(), await known(), DEPENDENCY, { ...options, minutes: '90' });
  expect(stored()).toMatchObject({ openUntil: minutes(90).toISOString(), notices: [{ kind: 'opened', runId: null }] });
  await open(target(), await known(), 'vendor-api', options);
  expect(stored(keys.circuit('vendor-api'))).toMatchObject({ openUntil: minutes(20).toISOString() });
});

test.each(['0', '-5', '1.5', 'soon', '', '10081'])('open for %j minutes is refused', async (wrong) => {
  await expect(open(target(), await known(), DEPENDENCY, { ...options, minutes: wrong })).rejects.toMatchObject({
    name: 'UsageError',
    message: `--minutes: got ${JSON.stringify(wrong)}, expected a whole number from 1 to 10080`,
  });
  expect(s3.keys('ledger')).toEqual([]);
});
