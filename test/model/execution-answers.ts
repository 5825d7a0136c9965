import type { SFNClient } from '@aws-sdk/client-sfn';
import { isExecutionRunning } from '../../core/runtime/aws/executions';
import { Execution } from './vocabulary';

/** What a claim may conclude of a holder's execution: for each state that it can be in, every possible conclusion. */
export type Conclusions = readonly [running: readonly boolean[], closed: readonly boolean[], cut: readonly boolean[]];

/**
 * The conclusions of the real `isExecutionRunning`, from every answer that DescribeExecution can give. It is eventually consistent: a
 * closed execution may still be called RUNNING, and a young one may be called unknown. Only a young one: an execution that has run for
 * five minutes is known.
 */
export async function realConclusions(): Promise<Conclusions> {
  const running = await Promise.all([
    conclude('RUNNING', 'young'),
    conclude('RUNNING', 'old'),
    conclude(undefined, 'young'),
  ]);
  const closed = await Promise.all([
    ...['RUNNING', 'SUCCEEDED', 'FAILED'].map((status) => conclude(status, 'old')),
    conclude(undefined, 'young'),
    // Removed after 90 days.
    conclude(undefined, 'old'),
  ]);
  const cut = await Promise.all(['RUNNING', 'ABORTED', 'TIMED_OUT'].map((status) => conclude(status, 'young')));
  const conclusions: boolean[][] = [];
  conclusions[Execution.Running] = distinct(running);
  conclusions[Execution.Closed] = distinct(closed);
  conclusions[Execution.Cut] = distinct([...cut, ...closed]);
  return conclusions as unknown as Conclusions;
}

const NOW = new Date('2026-01-20T06:15:00Z');

function conclude(status: string | undefined, age: 'young' | 'old'): Promise<boolean> {
  const since = new Date(NOW.getTime() - (age === 'young' ? 1 : 600) * 1000).toISOString();
  const send = (): Promise<unknown> =>
    status === undefined
      ? Promise.reject(Object.assign(new Error('no such execution'), { name: 'ExecutionDoesNotExist' }))
      : Promise.resolve({ status });
  return isExecutionRunning({ send } as unknown as SFNClient, { runId: 'A', executionArn: 'arn:A', since }, NOW);
}

const distinct = (values: readonly boolean[]): boolean[] => [...new Set(values)];
