import { keys } from '../../core/contracts/keys';
import type { Troubles } from '../../core/contracts/run/troubles';
import { Hours } from '../kit/hours';
import { Mortal } from '../kit/mortal';
import { dataset } from '../kit/datasets';
import { publication, record } from '../kit/runs';

const world = (escalate: { after?: number; hours?: number } = {}) =>
  new Hours([dataset({ calendar: { firstPartition: '2026-01-20T05' }, escalate })]);
const said = (hours: Hours) =>
  hours.calls
    .filter(({ incident }) => incident.kind === 'failing')
    .map(({ incident, over }) => `${over ? 'over' : 'began'}: ${incident.summary}`);
const passes = async (hours: Hours, count: number) => {
  for (let i = 0; i < count; i += 1) await hours.next({ flights: 'COMPLETE' });
};

it('one hour that is missing for `escalate.hours` calls a person, and is over when it is published', async () => {
  const hours = world({ hours: 3 });
  await hours.next({ flights: 'SCHEMA_MISMATCH' });
  await passes(hours, 2);
  expect(said(hours)).toEqual([]);
  await passes(hours, 2);
  expect(said(hours)).toEqual(['began: flights 2026-01-20T05 failed, and is not published after 3 hours.']);
  await hours.end('flights', 'COMPLETE', { partition: '2026-01-20T05', input: { trigger: 'manual' } });
  await passes(hours, 2);
  expect(said(hours).slice(1)).toEqual(['over: flights does not keep failing any more.']);
});

it('so many failures in a row as `escalate.after` says call a person, whatever they are of', async () => {
  const hours = world({ after: 2, hours: 100 });
  await hours.next({ flights: 'SCHEMA_MISMATCH' });
  expect(said(hours)).toEqual([]);
  await hours.next({ flights: 'SOURCE_CORRUPT' });
  expect(said(hours)).toEqual([
    'began: flights keeps failing: 2 hours in a row (2026-01-20T05 – 2026-01-20T06), at last SOURCE_CORRUPT.',
  ]);
  await passes(hours, 1);
  expect(said(hours).slice(1)).toEqual([
    'over: flights does not keep failing any more. 2 hours that failed are missing.',
  ]);
});

it('a partition that never had a run counts too', async () => {
  const hours = world();
  await hours.next({});
  for (let i = 0; i < 6; i += 1) await hours.next({}, 2);
  expect(said(hours)).toEqual([expect.stringContaining('3 hours in a row')]);
  expect(said(hours)[0]).toContain('at last NEVER_STARTED');
});

it('an hour that stays lost does not keep a later trouble from calling a person', async () => {
  const hours = world();
  await hours.next({ flights: 'SCHEMA_MISMATCH' });
  await passes(hours, 48);
  expect(said(hours)).toHaveLength(1);
  for (let i = 0; i < 5; i += 1) await hours.next({ flights: 'SCHEMA_MISMATCH' });
  expect(said(hours)).toHaveLength(2);
  expect(said(hours)[1]).toContain('began: flights keeps failing: 3 hours in a row');
});

it('what the ledger says is believed before what is remembered', async () => {
  const hours = world({ hours: 1 });
  await hours.next({ flights: 'SCHEMA_MISMATCH' });
  // The run that published it died, or was of the release before, which remembers nothing.
  hours.s3.put('ledger', keys.partition('flights', '2026-01-20T05'), record({ publication: publication() }));
  await passes(hours, 3);
  expect(said(hours)).toEqual([]);
  const { missing, trouble } = hours.s3.json('ledger', keys.troubles('flights')) as Troubles;
  expect({ missing, trouble }).toEqual({ missing: [], trouble: null });
});

it('what the calendar does not ask for any more is missing no longer', async () => {
  const hours = world({ hours: 1 });
  await hours.next({ flights: 'SCHEMA_MISMATCH' });
  await passes(hours, 2);
  expect(said(hours)).toHaveLength(1);
  const paused = [{ from: '2026-01-20T05', to: '2026-01-20T05' }];
  const next = dataset({ calendar: { firstPartition: '2026-01-20T05', paused }, escalate: { hours: 1 } });
  hours.datasets = new Map([[next.name, next]]);
  await passes(hours, 1);
  expect(said(hours).slice(1)).toEqual(['over: flights does not keep failing any more.']);
});

it('is over for a dataset that is not deployed any more', async () => {
  const hours = world();
  for (let i = 0; i < 3; i += 1) await hours.next({ flights: 'SCHEMA_MISMATCH' });
  hours.datasets = new Map();
  await hours.sweep();
  expect(said(hours)[1]).toBe('over: flights is not deployed any more.');
});

it('is announced by a later sweep where one died, under the same key, and kept apart from what the release before knows', async () => {
  const broken = async () => {
    const hours = world();
    for (let i = 0; i < 3; i += 1) await hours.end('flights', 'SCHEMA_MISMATCH', { partition: `2026-01-20T0${5 + i}` });
    hours.minutesLater(180);
    return hours;
  };
  for (let n = 0; ; n += 1) {
    const hours = await broken();
    const mortal = new Mortal(n);
    const died = await hours.sweep(mortal).then(
      () => mortal.count > n,
      () => true,
    );
    for (let i = 0; i < 3; i += 1) {
      hours.minutesLater(10);
      await hours.sweep();
    }
    // Again only where it died between the call and the note that it was made.
    expect(said(hours).length).toBeGreaterThan(0);
    expect(new Set(said(hours)).size).toBe(1);
    expect(Object.keys(hours.s3.json('ledger', keys.sweep('failing')).incidents)).toEqual(['failing/flights']);
    const others = (hours.s3.json('ledger', keys.sweep('incidents')) ?? { incidents: {} }) as { incidents: object };
    expect(JSON.stringify(others.incidents)).not.toContain('failing');
    if (!died) break;
    expect(n).toBeLessThan(150);
  }
}, 120_000);
