import { DescribeExecutionCommand, GetExecutionHistoryCommand, SFNClient } from '@aws-sdk/client-sfn';
import { mockClient } from 'aws-sdk-client-mock';
import { isExecutionRunning, readHistory } from '../../../../core/runtime/aws/executions';
import { arnOf, holder, NOW } from '../../../kit/runs';

const sfn = mockClient(SFNClient);
const client = () => sfn as unknown as SFNClient;
beforeEach(() => sfn.reset());

const named = (name: string) => Object.assign(new Error(name), { name, $metadata: { httpStatusCode: 400 } });
const minutesAgo = (minutes: number) => holder('run-0', new Date(NOW.getTime() - minutes * 60_000).toISOString());

test.each([
  ['RUNNING', true],
  ['PENDING_REDRIVE', true],
  ['SUCCEEDED', false],
  ['FAILED', false],
  ['TIMED_OUT', false],
  ['ABORTED', false],
] as const)('an execution that is %s runs: %s', async (status, running) => {
  sfn.on(DescribeExecutionCommand, { executionArn: arnOf('run-0') }).resolves({ status });
  expect(await isExecutionRunning(client(), minutesAgo(60), NOW)).toBe(running);
});

test.each([
  [4.9, true],
  [5, false],
])(
  'an execution that Step Functions does not know, of a claim %d minutes old, counts as running: %s',
  async (minutes, running) => {
    sfn.on(DescribeExecutionCommand).rejects(named('ExecutionDoesNotExist'));
    expect(await isExecutionRunning(client(), minutesAgo(minutes), NOW)).toBe(running);
  },
);

test('a throttled question is an error, not an answer', async () => {
  sfn.on(DescribeExecutionCommand).rejects(named('ThrottlingException'));
  await expect(isExecutionRunning(client(), minutesAgo(60), NOW)).rejects.toThrow('ThrottlingException');
});

test('a history is read page by page', async () => {
  sfn.on(GetExecutionHistoryCommand).resolvesOnce({ events: [{ id: 1 } as never], nextToken: 'more' });
  sfn.on(GetExecutionHistoryCommand, { nextToken: 'more' }).resolves({ events: [{ id: 2 } as never] });
  expect((await readHistory(client(), arnOf('run-1'))).map(({ id }) => id)).toEqual([1, 2]);
});
