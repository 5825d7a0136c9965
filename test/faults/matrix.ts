import {
  FORMS,
  LEDGERS,
  ONE_MESSAGE_SLACKS,
  nameOf,
  PASSING_STATES,
  type PassingState,
  ROUTES,
  SLACKS,
  type Act,
  type Case,
  type Injection,
  type LedgerState,
  type Route,
  type SlackState,
  type SpoiltName,
} from './case';
import { dealer } from './dealer';
import { CHANGES } from './deployments';
import { api, POINTS, type Point } from './points';
import { actsAt, faultsOf, FOREVER, REACHED_IN, SITUATIONS_OF, TASKS } from './strikes';
import type { SituationName } from './situations';

/*
 * The whole matrix, enumerated: no chance, so a case's id is all that it takes to run it again. States × faults × events are full; Slack,
 * the ledger and what the source holds go round beside them, each with a period of its own, so that every pair of values meets.
 */

type Spoil = Extract<Injection, { kind: 'spoil' }>;

interface Rest {
  readonly situation: SituationName;
  readonly route: Route;
  readonly slack: SlackState;
  readonly ledger: LedgerState;
}

class Matrix {
  readonly cases: Case[] = [];

  add(family: Case['family'], injections: readonly Injection[], rest: Rest, more: Partial<Case> = {}): void {
    const { situation, route, slack, ledger } = rest;
    const after = more.successorAfterSeconds === undefined ? [] : [`next-after-${more.successorAfterSeconds}s`];
    const missed = more.neverStarted === undefined ? [] : [`not-started-for-${more.neverStarted}m`];
    const what = injections.length === 0 ? ['nothing'] : injections.map(nameOf);
    this.cases.push({
      id: [family, ...what, ...after, ...missed, situation, `event-${route}`, `slack-${slack}`, `s3-${ledger}`].join(
        '/',
      ),
      family,
      situation,
      injections,
      route,
      slack,
      ledger,
      turn: this.cases.length,
      successorAfterSeconds: undefined,
      neverStarted: undefined,
      ...more,
    });
  }
}

/** Every case, in order. */
export function matrix(): readonly Case[] {
  const made = new Matrix();
  surroundings(made);
  tasks(made);
  passing(made);
  requests(made);
  nets(made);
  successors(made);
  starts(made);
  deployments(made);
  together(made);
  moods(made);
  unreadable(made);
  const ids = new Set(made.cases.map(({ id }) => id));
  if (ids.size !== made.cases.length) throw new Error('two cases have one id');
  return made.cases;
}

/** Nothing goes wrong inside the run: every situation × the ledger, each with Slack in turn. */
function surroundings(made: Matrix): void {
  const route = dealer(ROUTES);
  const all: SituationName[] = [
    'good',
    'partial',
    'empty',
    'again',
    'two',
    'oneFails',
    'duplicates',
    'corrupt',
    'shaped',
    'arriving',
    'unfinished',
  ];
  const slack = dealer(SLACKS);
  for (const situation of all)
    for (const ledger of LEDGERS) made.add('surroundings', [], { situation, route: route(), slack: slack(), ledger });
}

/** Every Task × every kind of fault × every fate of the event; and × every mood of Slack, with each fate of the event in turn. */
function tasks(made: Matrix): void {
  const ledger = dealer<LedgerState>(['fine', 'refused', 'fine', 'away', 'refused', 'fine', 'fine']);
  const any = dealer(ROUTES);
  for (const at of TASKS) {
    const situation = dealer(SITUATIONS_OF[at]);
    for (const fault of faultsOf(at)) {
      const rows = [
        ...ROUTES.map((route) => ({ route, slack: 'fine' as const })),
        { route: any(), slack: 'down' as const },
        { route: any(), slack: 'slow' as const },
      ];
      for (const row of rows) made.add('task', [fault], { ...row, situation: situation(), ledger: ledger() });
    }
  }
}

/** Where a run comes through a state that not every run does … */
const PASSED_IN: Partial<Record<PassingState, SituationName>> = {
  WaitForPartition: 'arriving',
  BatchNotValidated: 'oneFails',
  BatchNotProcessed: 'shaped',
  OmitDuplicates: 'duplicates',
  RunFailed: 'corrupt',
};
/** … and what leads it there. */
const LEADS: Partial<Record<PassingState, readonly Injection[]>> = {
  ClaimFailed: [{ kind: 'throw', at: 'ClaimPartition', error: 'SchemaMismatch', times: FOREVER }],
  BatchNotProcessed: [{ kind: 'throw', at: 'ProcessBatch', error: 'SchemaMismatch', times: FOREVER }],
};

/** Stopped, or out of time, on entering each state that invokes nothing × every fate of the event. */
function passing(made: Matrix): void {
  const slack = dealer<SlackState>(['fine', 'down', 'fine', 'fine', 'slow']);
  const ledger = dealer<LedgerState>(['fine', 'fine', 'refused']);
  for (const at of PASSING_STATES)
    for (const how of ['abort', 'limit'] as const)
      for (const route of ROUTES) {
        const injections: Injection[] = [...(LEADS[at] ?? []), { kind: 'cut', at, how }];
        made.add('cut', injections, { situation: PASSED_IN[at] ?? 'good', route, slack: slack(), ledger: ledger() });
      }
}

/** Every request of every Task × what can happen at it, with the event delivered and lost. */
function requests(made: Matrix): void {
  const slack = dealer<SlackState>(['fine', 'fine', 'down', 'fine', 'fine', 'fine', 'slow', 'fine']);
  const ledger = dealer<LedgerState>(['fine', 'fine', 'refused', 'fine', 'fine', 'fine', 'away']);
  const other = dealer<Route>(['lost', 'twice', 'lost', 'late']);
  for (const at of TASKS) {
    const situation = dealer(REACHED_IN[at]);
    for (const point of POINTS[at])
      for (const act of actsAt(point))
        for (const route of ['delivered', other()] as const) {
          const injection: Injection = { kind: 'request', at, point, act };
          const mood = slack();
          made.add('request', [injection], {
            situation: situation(),
            route,
            slack: point.afterPost === true ? 'fine' : mood,
            ledger: ledger(),
          });
        }
  }
}

/** The nets themselves are struck at each of their requests, after endings that only they can record. */
function nets(made: Matrix): void {
  const slack = dealer<SlackState>(['fine', 'fine', 'slow', 'fine', 'down']);
  const dies = dealer<Injection>([
    { kind: 'cut', at: 'CheckPartition', how: 'abort' },
    { kind: 'cut', at: 'LoadPartition', how: 'limit' },
    { kind: 'kill', at: 'RecordRun' },
    { kind: 'output', at: 'LoadPartition', shape: 'wrong-types' },
  ]);
  const acts: readonly Act[] = ['kill-before', 'kill-after', 'answer-lost', 'error-500', 'conflict-409', 'hang'];
  const routes = { ExecutionEnded: dealer<Route>(['delivered', 'twice']), Sweep: dealer<Route>(['lost', 'late']) };
  for (const at of ['ExecutionEnded', 'Sweep'] as const)
    for (const point of POINTS[at])
      for (const act of acts) {
        if (point.operation === 'api' && act === 'hang') continue;
        if (act === 'conflict-409' && point.operation !== 'PutObject') continue;
        const injections = [dies(), { kind: 'request', at, point, act } as const];
        const mood = slack();
        const calm = point.afterPost === true || at === 'Sweep';
        made.add('net', injections, {
          situation: 'good',
          route: routes[at](),
          slack: calm ? 'fine' : mood,
          ledger: 'fine',
        });
      }
}

/** The run is cut off in the middle of a write, another run comes, and then the first one's Lambda goes on. */
function successors(made: Matrix): void {
  const slack = dealer<SlackState>(['fine', 'fine', 'fine', 'down']);
  for (const at of TASKS)
    for (const point of POINTS[at].filter(({ writes }) => writes))
      for (const act of ['abort-soon', 'limit-late', 'orphan-soon', 'orphan-late'] as const)
        for (const [route, successorAfterSeconds] of [
          ['delivered', 20],
          ['lost', 20],
          ['late', 45],
        ] as const) {
          const injection: Injection = { kind: 'request', at, point, act };
          const situation = at === 'ProcessBatch' ? 'shaped' : 'good';
          const mood = slack();
          const rest = { situation, route, slack: point.afterPost === true ? 'fine' : mood, ledger: 'fine' } as const;
          made.add('successor', [injection], rest, { successorAfterSeconds });
        }
}

/** The run is not started: the sweep does it, or, where it comes to it only after the deadline, records that it was not. */
function starts(made: Matrix): void {
  for (const situation of ['good', 'corrupt'] as const)
    for (const slack of SLACKS)
      for (const ledger of ['fine', 'refused'] as const)
        for (const neverStarted of [0, 30, 90, 106, 130])
          made.add('start', [], { situation, route: 'lost', slack, ledger }, { neverStarted });
  // The sweep that starts it is struck as it does.
  const point = api('states:StartExecution');
  for (const act of ['kill-before', 'kill-after', 'answer-lost', 'error-500'] as const)
    for (const slack of SLACKS) {
      const injection: Injection = { kind: 'request', at: 'Sweep', point, act };
      made.add('start', [injection], { situation: 'good', route: 'lost', slack, ledger: 'fine' }, { neverStarted: 0 });
    }
}

/** Ways in which a run ends, by the place among the Tasks of the first that it does not come to; RecordRun comes after those that are caught, too. */
const ENDS: readonly { readonly until: number; readonly recorded: boolean; readonly by: readonly Injection[] }[] = [
  { until: 9, recorded: true, by: [] },
  { until: 4, recorded: false, by: [{ kind: 'cut', at: 'CheckPartition', how: 'abort' }] },
  { until: 6, recorded: false, by: [{ kind: 'kill', at: 'RecordRun' }] },
  { until: 1, recorded: false, by: [{ kind: 'cut', at: 'LoadPartition', how: 'limit' }] },
  { until: 0, recorded: true, by: [{ kind: 'throw', at: 'ClaimPartition', error: 'SchemaMismatch', times: FOREVER }] },
  { until: 8, recorded: true, by: [{ kind: 'cut', at: 'RunSucceeded', how: 'abort' }] },
  {
    until: 5,
    recorded: true,
    by: [{ kind: 'throw', at: 'PublishPartition', error: 'SomethingUnknown', times: FOREVER }],
  },
];
/**
 * The app is deployed anew between two acts: before every request of every actor and at every state, with every kind of change, of runs
 * that end in every way that lets them come so far, and whose event comes in every way.
 */
function deployments(made: Matrix): void {
  const end = dealer(ENDS);
  const route = dealer(ROUTES);
  const add = (deploy: Injection, ends: readonly Injection[], situation: SituationName, how: Route) => {
    // Where the source is damaged no run publishes, and none succeeds.
    const possible = ends.flatMap((end): Injection[] => {
      if (situation !== 'corrupt') return [end];
      if (end.at === 'PublishPartition') return [];
      return [end.kind === 'cut' && end.at === 'RunSucceeded' ? { ...end, at: 'RunFailed' } : end];
    });
    made.add('deployment', [...possible, deploy], { situation, route: how, slack: 'fine', ledger: 'fine' });
  };
  for (const at of TASKS) {
    const situation = dealer(REACHED_IN[at]);
    const ends = (): readonly Injection[] => {
      for (;;) {
        const { until, recorded, by } = end();
        if (at === 'RecordRun' ? recorded : until > TASKS.indexOf(at)) return by;
      }
    };
    for (const point of POINTS[at].filter(({ cold }) => cold !== true))
      for (const change of CHANGES) add({ kind: 'deploy', at, point, change }, ends(), situation(), route());
  }
  const unrecorded = dealer(ENDS.filter(({ recorded }) => !recorded));
  const routes = { ExecutionEnded: dealer<Route>(['delivered', 'twice']), Sweep: dealer<Route>(['lost', 'late']) };
  for (const at of ['ExecutionEnded', 'Sweep'] as const)
    for (const point of POINTS[at].filter(({ cold }) => cold !== true))
      for (const change of CHANGES) add({ kind: 'deploy', at, point, change }, unrecorded().by, 'good', routes[at]());
  for (const at of PASSING_STATES)
    for (const change of CHANGES)
      add({ kind: 'deploy', at, change }, LEADS[at] ?? [], PASSED_IN[at] ?? 'good', route());
}

/**
 * Three recorders at the same time, struck at each of their requests; beside them RecordRun, where it is still at work when the event
 * comes, and a sweep, where the event is late.
 */
function together(made: Matrix): void {
  const slack = dealer<SlackState>(['fine', 'slow', 'fine', 'down', 'fine']);
  const dies = dealer<readonly Injection[]>([
    [{ kind: 'cut', at: 'CheckPartition', how: 'abort' }],
    [{ kind: 'cut', at: 'LoadPartition', how: 'limit' }],
    [{ kind: 'kill', at: 'RecordRun' }],
    [{ kind: 'cut', at: 'RecordRun', how: 'abort' }],
    [{ kind: 'output', at: 'LoadPartition', shape: 'wrong-types' }],
  ]);
  for (const mood of SLACKS)
    for (let turn = 0; turn < 5; turn += 1)
      made.add('together', dies(), { situation: 'good', route: 'together', slack: mood, ledger: 'fine' });
  const acts: readonly Act[] = ['kill-before', 'kill-after', 'answer-lost', 'error-500', 'conflict-409', 'hang'];
  for (const point of POINTS.ExecutionEnded.filter(({ cold }) => cold !== true))
    for (const act of acts) {
      if (point.operation === 'api' && act === 'hang') continue;
      if (act === 'conflict-409' && point.operation !== 'PutObject') continue;
      const mood = slack();
      made.add('together', [...dies(), { kind: 'request', at: 'ExecutionEnded', point, act }], {
        situation: 'good',
        route: 'together',
        slack: point.afterPost === true ? 'fine' : mood,
        ledger: 'fine',
      });
    }
  // RecordRun is held up at one of its requests, and the event comes three times meanwhile.
  for (const point of POINTS.RecordRun.filter(({ cold }) => cold !== true))
    for (const act of ['abort-soon', 'limit-soon', 'orphan-soon'] as const)
      made.add('together', [{ kind: 'request', at: 'RecordRun', point, act }], {
        situation: 'corrupt',
        route: 'together',
        slack: 'fine',
        ledger: 'fine',
      });
}

/**
 * Slack has something against one message, or never answers it: its own way of ending, whichever recorder posts it, and
 * others beside it.
 */
function moods(made: Matrix): void {
  const ends: readonly (readonly [SituationName, readonly Injection[]])[] = [
    ['good', []],
    ['corrupt', []],
    ['partial', []],
    ['good', [{ kind: 'cut', at: 'CheckPartition', how: 'abort' }]],
    ['good', [{ kind: 'kill', at: 'RecordRun' }]],
  ];
  const route = dealer<Route>(['delivered', 'lost', 'together', 'late', 'twice']);
  for (const slack of ONE_MESSAGE_SLACKS)
    for (const [situation, injections] of ends)
      for (let turn = 0; turn < 2; turn += 1)
        made.add('mood', injections, { situation, route: route(), slack, ledger: 'fine' }, { innocents: true });
  // The process that posts dies beside it.
  const acts: readonly Act[] = ['kill-before', 'kill-after', 'answer-lost', 'error-500', 'conflict-409'];
  const points = POINTS.Sweep.filter(({ name }) => name === 'put-lease' || name === 'head-receipt');
  for (const slack of ONE_MESSAGE_SLACKS)
    for (const point of points)
      for (const act of acts) {
        if (act === 'conflict-409' && point.operation !== 'PutObject') continue;
        made.add(
          'mood',
          [
            { kind: 'kill', at: 'RecordRun' },
            { kind: 'request', at: 'Sweep', point, act },
          ],
          {
            situation: 'good',
            route: 'lost',
            slack,
            ledger: 'fine',
          },
        );
      }
}

/**
 * Documents that become unreadable while a run works on them, between its end and its recording, and under the eyes of a sweep: each kind
 * in each form.
 */
function unreadable(made: Matrix): void {
  const route = dealer<Route>(['delivered', 'lost', 'late', 'together']);
  const stopped: Injection = { kind: 'cut', at: 'CheckPartition', how: 'abort' };
  const listing = api('states:ListExecutions');
  for (const form of FORMS) {
    const spoil = (at: Spoil['at'], what: SpoiltName, point?: Point): Injection => {
      return { kind: 'spoil', at, what, form, ...(point === undefined ? {} : { point }) };
    };
    const add = (injections: readonly Injection[], how = route(), slack: SlackState = 'fine') =>
      made.add('unreadable', injections, { situation: 'good', route: how, slack, ledger: 'fine' });
    for (const at of ['LoadPartition', 'PublishPartition', 'RecordRun'] as const) {
      add([spoil(at, 'record')]);
      add([spoil(at, 'plan')]);
    }
    for (const at of ['PublishPartition', 'RecordRun'] as const) add([spoil(at, 'check')]);
    for (const at of ['CheckPartition', 'PublishPartition'] as const) add([spoil(at, 'batch')]);
    for (const what of ['executions', 'dataset'] as const) {
      add([spoil('LoadPartition', what), stopped]);
      add([stopped, spoil('Sweep', what, listing)], 'lost');
    }
    add([stopped, spoil('Sweep', 'record', listing)], 'lost');
    add([spoil('Sweep', 'pointer', listing)], 'lost', 'down');
  }
}
