import { randomBytes } from 'node:crypto';
import { StartExecutionCommand, type SFNClient } from '@aws-sdk/client-sfn';

/** The manifest of an execution that died is written by the event or by the sweep, some minutes later. */
const MANIFEST_PATIENCE = 30;

/** Name of an execution that is started from the command line: when, and something that no other has. */
export function executionName(prefix: string, now: Date): string {
  return `${prefix}-${now.toISOString().slice(0, 19).replaceAll(':', '')}-${randomBytes(2).toString('hex')}`;
}

/** Starts an execution; its ARN. */
export async function startExecution(sfn: SFNClient, machine: string, input: unknown, name: string): Promise<string> {
  const { executionArn } = await sfn.send(
    new StartExecutionCommand({ stateMachineArn: machine, name, input: JSON.stringify(input) }),
  );
  return executionArn ?? `${machine.replace(':stateMachine:', ':execution:')}:${name}`;
}

/** What is read once it is there; undefined where it does not come. */
export async function whenThere<T>(
  read: () => Promise<{ readonly value: T } | undefined>,
  pause: () => Promise<void>,
): Promise<T | undefined> {
  for (let look = 0; look < MANIFEST_PATIENCE; look += 1) {
    const found = await read();
    if (found !== undefined) return found.value;
    await pause();
  }
  return undefined;
}
