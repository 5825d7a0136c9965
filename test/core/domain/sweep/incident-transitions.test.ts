import type { IncidentsState } from '../../../../core/contracts/sweep/sweep-state';
import { confirmed, transitions, type Finding } from '../../../../core/domain/sweep/incident-transitions';

const NONE: IncidentsState = { schemaVersion: 1, incidents: {} };
const at = (minute: number) => new Date(Date.parse('2026-01-20T06:00:00.000Z') + minute * 60_000);
const finding = (active: boolean | undefined): Finding => ({
  kind: 'deadline',
  dataset: 'flights',
  owner: 'us',
  severity: 'warning',
  summary: active === true ? 'missed' : 'in time',
  active,
});

/** One sweep after another; `true` where it dies before it confirms. */
type Sweep = readonly [active: boolean | undefined, dies?: boolean];
function story(...sweeps: readonly Sweep[]): string[] {
  let state = NONE;
  const said: string[] = [];
  for (const [i, [active, dies]] of sweeps.entries()) {
    const { marked, announcements } = transitions(state, [finding(active)], at(i * 10));
    said.push(
      announcements.map(({ over, incident }) => `${over ? 'over' : 'began'}: ${incident.summary}`).join() || '-',
    );
    state = dies === true ? marked : confirmed(marked, announcements);
  }
  return said;
}

it.each<[string, Sweep[], string[]]>([
  ['nothing where nothing happened', [[false], [undefined]], ['-', '-']],
  ['once when it begins', [[true], [true], [undefined]], ['began: missed', '-', '-']],
  ['once when it is over', [[true], [false], [false]], ['began: missed', 'over: in time', '-']],
  ['not over while it is not known', [[true], [undefined], [false]], ['began: missed', '-', 'over: in time']],
  ['again when it begins again', [[true], [false], [true]], ['began: missed', 'over: in time', 'began: missed']],
  ['again what was never confirmed', [[true, true], [true], [true]], ['began: missed', 'began: missed', '-']],
  [
    'again an end that was never confirmed',
    [[true], [false, true], [false], [false]],
    ['began: missed', 'over: in time', 'over: in time', '-'],
  ],
])('announces %s', (_what, sweeps, expected) => {
  expect(story(...sweeps)).toEqual(expected);
});

it('leaves a fresh mark to the sweep that made it', () => {
  const { marked } = transitions(NONE, [finding(true)], at(0));
  expect(transitions(marked, [finding(true)], at(4)).announcements).toEqual([]);
});
