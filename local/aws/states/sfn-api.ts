import { SfnError, type Execution, type Executions, type ExecutionStatus } from './local-executions';
import { jsonText } from './history-events';

type Input = Readonly<Record<string, unknown>>;
type Operation = (sfn: Executions, input: Input) => Record<string, unknown>;

const text = (input: Input, name: string): string => {
  const value = input[name];
  if (typeof value !== 'string') throw new SfnError('ValidationException', `${name} is missing`);
  return value;
};

/** Dates of the JSON protocol: seconds since the epoch. */
const seconds = (ms: number): number => ms / 1000;

function summary(execution: Execution): Record<string, unknown> {
  return {
    executionArn: execution.arn,
    stateMachineArn: execution.machine.arn,
    name: execution.name,
    status: execution.status,
    startDate: seconds(execution.startDate),
    ...(execution.stopDate === undefined ? {} : { stopDate: seconds(execution.stopDate) }),
    redriveCount: 0,
  };
}

function describe(execution: Execution): Record<string, unknown> {
  return {
    ...summary(execution),
    input: jsonText(execution.input),
    inputDetails: { included: true },
    ...(execution.status === 'SUCCEEDED'
      ? { output: jsonText(execution.output), outputDetails: { included: true } }
      : {}),
    ...(execution.error === undefined ? {} : { error: execution.error }),
    ...(execution.cause === undefined ? {} : { cause: execution.cause }),
    redriveStatus: execution.status === 'RUNNING' || execution.status === 'SUCCEEDED' ? 'NOT_REDRIVABLE' : 'REDRIVABLE',
  };
}

function page<T>(items: readonly T[], input: Input, limit: number): { items: readonly T[]; nextToken?: string } {
  const size = Math.min(Number(input['maxResults']) || limit, 1000);
  const from =
    input['nextToken'] === undefined ? 0 : Number(Buffer.from(String(input['nextToken']), 'base64').toString());
  if (!Number.isInteger(from)) throw new SfnError('InvalidToken', `Invalid Token: '${String(input['nextToken'])}'`);
  const more = from + size < items.length;
  return {
    items: items.slice(from, from + size),
    ...(more ? { nextToken: Buffer.from(String(from + size)).toString('base64') } : {}),
  };
}

function token(page: { readonly nextToken?: string }): { nextToken?: string } {
  return page.nextToken === undefined ? {} : { nextToken: page.nextToken };
}

function parseInput(value: unknown): unknown {
  try {
    return value === undefined ? {} : (JSON.parse(String(value)) as unknown);
  } catch {
    throw new SfnError('InvalidExecutionInput', 'Invalid State Machine Execution Input: not JSON');
  }
}

const STATUSES: readonly ExecutionStatus[] = ['RUNNING', 'SUCCEEDED', 'FAILED', 'TIMED_OUT', 'ABORTED'];

/** The calls of the Step Functions API that the local world answers. */
export const SFN_OPERATIONS: Readonly<Record<string, Operation>> = {
  StartExecution(sfn, input) {
    const execution = sfn.start(
      text(input, 'stateMachineArn'),
      parseInput(input['input']),
      input['name'] as string | undefined,
    );
    return { executionArn: execution.arn, startDate: seconds(execution.startDate) };
  },
  DescribeExecution: (sfn, input) => describe(sfn.get(text(input, 'executionArn'))),
  ListExecutions(sfn, input) {
    const status = input['statusFilter'] as string | undefined;
    if (status !== undefined && status !== 'PENDING_REDRIVE' && !STATUSES.includes(status as ExecutionStatus)) {
      throw new SfnError('ValidationException', `Not a status: ${status}`);
    }
    const found = page(sfn.list(text(input, 'stateMachineArn'), status), input, 100);
    return { executions: found.items.map(summary), ...token(found) };
  },
  StopExecution(sfn, input) {
    const stopped = sfn.stop(
      text(input, 'executionArn'),
      input['error'] as string | undefined,
      input['cause'] as string | undefined,
    );
    return { stopDate: seconds(stopped.stopDate ?? stopped.startDate) };
  },
  GetExecutionHistory(sfn, input) {
    const { history } = sfn.get(text(input, 'executionArn'));
    const found = page(input['reverseOrder'] === true ? [...history].reverse() : history, input, 100);
    return { events: found.items.map((event) => ({ ...event, timestamp: seconds(event.timestamp) })), ...token(found) };
  },
  ListStateMachines(sfn, input) {
    const found = page(sfn.machines, input, 100);
    const stateMachines = found.items.map(({ arn, name, type }) => ({
      stateMachineArn: arn,
      name,
      type,
      creationDate: 0,
    }));
    return { stateMachines, ...token(found) };
  },
  DescribeStateMachine(sfn, input) {
    const { arn, name, type, definition, roleArn } = sfn.machine(text(input, 'stateMachineArn'));
    return { stateMachineArn: arn, name, status: 'ACTIVE', definition, roleArn, type, creationDate: 0 };
  },
};
