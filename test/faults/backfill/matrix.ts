import {
  BACKFILL_PASSING_STATES,
  LEDGERS,
  ROUTES,
  SLACKS,
  type Act,
  type BackfillPassingState,
  type Injection,
  type LedgerState,
  type Route,
  type SlackState,
} from '../case';
import { dealer } from '../dealer';
import { actsAt, faultsOf, FOREVER } from '../strikes';
import { idOf, type BackfillCase, type StoryName } from './case';
import { NET_POINTS, TASK_POINTS, TASKS } from './points';

/** The matrix of the Backfill machine, enumerated like that of PartitionRun. */
export function backfillMatrix(): readonly BackfillCase[] {
  const cases: BackfillCase[] = [];
  const add: Add = (one) => {
    const full = { target: 'backfill', slack: 'fine', ledger: 'fine', turn: cases.length, ...one } as const;
    cases.push({ ...full, id: idOf(full) });
  };
  for (const part of [surroundings, tasks, passing, requests, nets, children]) part(add);
  const ids = new Set(cases.map(({ id }) => id));
  if (ids.size !== cases.length) throw new Error('two cases have one id');
  return cases;
}

type Add = (one: Pick<BackfillCase, 'family' | 'situation' | 'injections' | 'route'> & Partial<BackfillCase>) => void;

/** Nothing goes wrong inside: every story × the ledger, Slack and events in turn. */
function surroundings(add: Add): void {
  const [route, slack] = [dealer(ROUTES), dealer(SLACKS)];
  for (const situation of ['recovers', 'mixed', 'nothing', 'allFail', 'badRange'] as const)
    for (const ledger of LEDGERS)
      add({ family: 'backfill-surroundings', situation, injections: [], route: route(), slack: slack(), ledger });
}

/** Every Task × every kind of fault, with the event delivered and lost or otherwise. */
function tasks(add: Add): void {
  const stories = {
    PlanBackfill: dealer<StoryName>(['recovers', 'nothing', 'mixed']),
    SummarizeBackfill: dealer<StoryName>(['recovers', 'mixed', 'nothing', 'allFail']),
    RecordRun: dealer<StoryName>(['mixed', 'recovers', 'badRange', 'nothing', 'allFail']),
  };
  const [other, slack] = [dealer<Route>(['lost', 'twice', 'lost', 'late']), dealer(slacks)];
  const ledger = dealer<LedgerState>(['fine', 'refused', 'fine', 'fine', 'away', 'fine', 'fine']);
  for (const at of TASKS)
    for (const fault of faultsOf(at))
      for (const route of ['delivered', other()] as const)
        add({
          family: 'backfill-task',
          situation: stories[at](),
          injections: [fault],
          route,
          slack: slack(),
          ledger: ledger(),
        });
}

const slacks: readonly SlackState[] = ['fine', 'fine', 'down', 'fine', 'slow'];

/** Stopped, or out of time, on entering each state that invokes no function. */
function passing(add: Add): void {
  const [other, slack] = [dealer<Route>(['lost', 'twice', 'lost', 'late']), dealer(slacks)];
  const situation: Partial<Record<BackfillPassingState, StoryName>> = { RunFailed: 'mixed', RunSucceeded: 'recovers' };
  const any = dealer<StoryName>(['recovers', 'mixed']);
  const leads: Partial<Record<BackfillPassingState, Injection>> = {
    PlanFailed: { kind: 'throw', at: 'PlanBackfill', error: 'SchemaMismatch', times: FOREVER },
  };
  for (const at of BACKFILL_PASSING_STATES)
    for (const how of ['abort', 'limit'] as const)
      for (const route of ['delivered', other()] as const) {
        const lead = leads[at];
        const injections: Injection[] = [...(lead === undefined ? [] : [lead]), { kind: 'cut', at, how }];
        add({ family: 'backfill-cut', situation: situation[at] ?? any(), injections, route, slack: slack() });
      }
}

/** Every request of every Task × what can happen at it; the fate of the event goes round. */
function requests(add: Add): void {
  const [route, slack] = [dealer<Route>(['delivered', 'lost', 'twice', 'lost', 'late']), dealer(slacks)];
  for (const at of TASKS)
    for (const point of TASK_POINTS[at])
      for (const act of actsAt(point))
        add({
          family: 'backfill-request',
          situation: point.name === 'list-source' ? 'mixed' : 'recovers',
          injections: [{ kind: 'request', at, point, act }],
          route: route(),
          slack: point.afterPost === true ? 'fine' : slack(),
        });
}

/** The nets themselves are struck at each of their requests, after endings that only they can record. */
function nets(add: Add): void {
  const dies = dealer<Injection>([
    { kind: 'cut', at: 'SummarizeBackfill', how: 'abort' },
    { kind: 'cut', at: 'ForEachPartition', how: 'limit' },
    { kind: 'kill', at: 'RecordRun' },
  ]);
  const acts: readonly Act[] = ['kill-before', 'kill-after', 'error-500', 'hang'];
  for (const at of ['ExecutionEnded', 'Sweep'] as const)
    for (const point of NET_POINTS[at])
      for (const act of acts) {
        if (point.operation === 'api' && act === 'hang') continue;
        if (!point.writes && act === 'kill-after') continue;
        const injections = [dies(), { kind: 'request', at, point, act } as const];
        add({
          family: 'backfill-net',
          situation: 'recovers',
          injections,
          route: at === 'Sweep' ? 'lost' : 'delivered',
        });
      }
}

/** A run of the backfill fails or dies, at each of its states that write what counts. */
function children(add: Add): void {
  const [other, slack] = [dealer<Route>(['lost', 'late']), dealer(slacks)];
  const situation = dealer<StoryName>(['recovers', 'mixed', 'recovers']);
  for (const at of ['ClaimPartition', 'ValidateBatch', 'PublishPartition', 'RecordRun'] as const)
    for (const fault of [
      { kind: 'throw', at, error: 'SchemaMismatch', times: FOREVER },
      { kind: 'kill', at },
      { kind: 'time-out', at, of: 'lambda' },
      { kind: 'cut', at, how: 'abort' },
      { kind: 'cut', at, how: 'limit' },
    ] as const)
      for (const route of ['delivered', other()] as const)
        add({
          family: 'backfill-child',
          situation: situation(),
          injections: [fault],
          target: 'child',
          route,
          slack: slack(),
        });
}
