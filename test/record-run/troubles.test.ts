import { keys } from '../../core/contracts/keys';
import type { Troubles } from '../../core/contracts/run/troubles';
import { Hours } from '../kit/hours';
import { Mortal } from '../kit/mortal';
import { dataset } from '../kit/datasets';

const KEY = keys.troubles('flights');
const world = (when: 'every-run' | 'changes' = 'every-run') => {
  return new Hours([dataset({ calendar: { firstPartition: '2026-01-20T05' }, notify: { when } })]);
};
const troubles = (hours: Hours): Troubles => hours.s3.json('ledger', KEY);
const tellings = (hours: Hours) => hours.manifestsOf('flights').map(({ telling }) => telling);

describe.each(['before', 'after'] as const)('a recorder killed %s any of its calls', (mode) => {
  it('and completed by another counts the failure once, and tells what was decided first', async () => {
    for (let n = 0; ; n += 1) {
      const hours = world();
      await hours.end('flights', 'SCHEMA_MISMATCH', { name: 'run-a' });
      hours.hour = '2026-01-20T06';
      hours.setClock(15);
      const mortal = new Mortal(n, mode);
      const wasKilled = await hours
        .end('flights', 'SCHEMA_MISMATCH', { name: 'run-b', mortal })
        .then(() => mortal.count > n)
        .catch(() => true);
      // The next one comes a day later, when it would be told whole.
      hours.minutesLater(24 * 60);
      await hours.end('flights', 'SCHEMA_MISMATCH', { name: 'run-b' });
      expect(troubles(hours).trouble?.failures).toBe(2);
      const wasDecided = troubles(hours).decided.at(-1)?.telling;
      expect(tellings(hours).at(-1)).toEqual(wasDecided);
      if (!wasKilled) break;
      expect(n).toBeLessThan(60);
    }
  });
});

it('recorders at the same time decide one thing', async () => {
  const hours = world();
  await Promise.all(Array.from({ length: 5 }, () => hours.end('flights', 'SCHEMA_MISMATCH', { name: 'run-a' })));
  expect(troubles(hours)).toMatchObject({ trouble: { failures: 1 }, missing: [{ partition: '2026-01-20T05' }] });
  expect(tellings(hours)).toMatchObject([{ how: 'whole', nth: 1 }]);
});

it('hours that end at the same time are all counted, and one of them is told whole', async () => {
  const hours = world();
  const partitions = Array.from({ length: 10 }, (_unused, i) => `2026-01-20T${String(i + 5).padStart(2, '0')}`);
  hours.minutesLater(10 * 60);
  await Promise.all(partitions.map((partition) => hours.end('flights', 'SCHEMA_MISMATCH', { partition })));
  expect(troubles(hours).trouble).toMatchObject({ failures: 10, from: '2026-01-20T05', to: '2026-01-20T14' });
  expect(tellings(hours).filter((telling) => telling?.how === 'whole')).toHaveLength(1);
});

describe('a record that cannot be read', () => {
  it.each([
    '',
    '{"schemaVersion": 1, "dataset": "fli',
    '[]',
    '{"schemaVersion": 9}',
    '{"schemaVersion":1,"trouble":{}}',
  ])('(%s) keeps no ending from being told, whole, and is begun anew', async (text) => {
    const hours = world();
    hours.s3.put('ledger', KEY, text);
    await hours.end('flights', 'SCHEMA_MISMATCH');
    expect(tellings(hours)).toMatchObject([{ how: 'whole' }]);
    expect(hours.posts).toHaveLength(1);
    expect(troubles(hours).trouble?.failures).toBe(1);
    expect(hours.logs.join()).toContain('the troubles of a dataset cannot be read');
    await hours.sweep();
  });

  it('nor does one that cannot be written', async () => {
    const hours = world();
    const denied = Object.assign(new Error('AccessDenied'), {
      name: 'AccessDenied',
      $metadata: { httpStatusCode: 403 },
    });
    hours.fault = ({ operation, key }) => (operation === 'PUT' && key === KEY ? denied : undefined);
    await hours.end('flights', 'SCHEMA_MISMATCH');
    expect(tellings(hours)).toEqual([{ how: 'whole', nth: 1, from: '2026-01-20T05' }]);
    expect(hours.posts).toHaveLength(1);
  });
});

it('a manifest of the release before is told as that would have told it', async () => {
  const hours = world('changes');
  await hours.end('flights', 'SCHEMA_MISMATCH', { name: 'run-a' });
  const [key = ''] = hours.s3.keys('ledger', 'runs/');
  const { telling: _none, ...former } = hours.s3.json('ledger', key) as Record<string, unknown>;
  hours.s3.put('ledger', key, former);
  for (const receipt of hours.s3.keys('ledger', 'receipts/')) hours.s3.objects.delete(`ledger/${receipt}`);
  await hours.end('flights', 'SCHEMA_MISMATCH', { name: 'run-a' });
  expect(hours.posts).toHaveLength(2);
  expect(hours.s3.json('ledger', key)).toEqual(former);
});
