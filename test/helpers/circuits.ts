import { CLOSED_CIRCUIT, type Circuit } from '../../core/contracts/run/circuit';
import type { Entrant, RunReport } from '../../core/domain/run/circuit-decisions';
import { arnOf, NOW, PARTITION } from './runs';

/** Factories for tests of the circuit breaker. */

export const DEPENDENCY = 'source-bucket';
export const LIMITS = { failures: 3, coolDownMinutes: 30, maxCoolDownMinutes: 120 };
export const OF = { dependency: DEPENDENCY, limits: LIMITS };

export const minutes = (count: number, from = NOW): Date => new Date(from.getTime() + count * 60_000);

export const circuit = (overrides: Partial<Circuit> = {}): Circuit => ({ ...CLOSED_CIRCUIT, ...overrides });

export const trouble = (overrides: Partial<NonNullable<Circuit['trouble']>> = {}): NonNullable<Circuit['trouble']> => ({
  since: NOW.toISOString(),
  openings: 1,
  cause: {
    text: 'flights 2026-01-20T04 met SOURCE_UNAVAILABLE',
    code: 'SOURCE_UNAVAILABLE',
    runId: 'run-0',
    at: NOW.toISOString(),
  },
  affected: { flights: { from: '2026-01-20', to: '2026-01-20' } },
  ...overrides,
});

/** Open since now, to be tried again in half an hour. */
export const opened = (overrides: Partial<Circuit> = {}): Circuit =>
  circuit({ generation: 1, openUntil: minutes(30).toISOString(), trouble: trouble(), ...overrides });

export const probe = (runId = 'run-1') => ({ runId, executionArn: arnOf(runId), since: NOW.toISOString() });

export const entrant = (runId = 'run-1', partition = PARTITION): Entrant => ({
  runId,
  executionArn: arnOf(runId),
  dataset: 'flights',
  partition,
});

export const report = (overrides: Partial<RunReport> = {}): RunReport => ({
  runId: 'run-1',
  dataset: 'flights',
  partition: PARTITION,
  verdict: 'failed',
  code: 'SOURCE_UNAVAILABLE',
  text: `flights ${PARTITION} met SOURCE_UNAVAILABLE`,
  startedAt: minutes(1).toISOString(),
  generation: 0,
  ...overrides,
});
