import { errorTable } from '../../core/contracts/errors';
import { FUNCTION_NAMES, functionTable, labelOf, type MachineName } from '../../core/contracts/function-table';
import { SLACK_FAULTS } from '../aws/faults';

/** Most names in a line of the help. */
const NAMES_IN_LINE = 5;

/** The names that `--fault` takes, for the help of `run`. */
export function faultsHelp(): string {
  const steps = FUNCTION_NAMES.filter((name) => isStep(functionTable[name].machines)).map(labelOf);
  const errors = Object.keys(errorTable);
  const lines = Array.from({ length: Math.ceil(errors.length / NAMES_IN_LINE) }, (_all, i) =>
    errors.slice(i * NAMES_IN_LINE, (i + 1) * NAMES_IN_LINE).join(', '),
  );
  const ofSlack = Object.keys(SLACK_FAULTS).map((name) => `Slack:${name}`);
  return [
    '',
    `Faults: <State>:throw:<Error>, <State>:timeout, <State>:kill, <State>:throttle; ${ofSlack.join(', ')}.`,
    'Each strikes every time, or only so often with :<times> behind it.',
    `  States: ${steps.join(', ')}`,
    '  Errors, besides any other name:',
    ...lines.map((line) => `    ${line}`),
    '',
    'Exit status: 0 every execution succeeded, 1 one did not, 2 nothing was run.',
  ].join('\n');
}

function isStep(machines: readonly MachineName[]): boolean {
  return machines.includes('PartitionRun');
}
