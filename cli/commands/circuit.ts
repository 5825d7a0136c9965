import type { Command } from 'commander';
import { openByHand, resetByHand } from '../../core/domain/run/circuit-decisions';
import { swapCircuit } from '../../core/runtime/ledger/circuit-record';
import { definitionsOf } from '../backfill/deployed-definitions';
import { targetOf, type Target } from '../backfill/target';
import { UsageError, usageStatus } from '../backfill/usage-error';
import { knownCircuits, pick, pickReadable, type Known } from '../circuit/known';
import { printCircuit } from '../circuit/print-circuit';
import { say } from '../print';
import { describeProblem } from '../../core/contracts/problems';

interface CircuitOptions {
  readonly ledger?: string;
  readonly datasets: string;
  readonly minutes?: string;
}

/** A week, as in a definition. */
const MAX_MINUTES = 7 * 24 * 60;

type Act = (target: Target, known: readonly Known[], dependency: string, options: CircuitOptions) => Promise<string>;

/** What all of them print. @throws UsageError */
export async function show(target: Target, known: readonly Known[], dependency: string | undefined): Promise<string> {
  if (dependency !== undefined) return printCircuit(pick(known, dependency), target.now());
  if (known.length === 0) return 'No circuit: every dataset has circuit.enabled: false.';
  return known.map((one) => printCircuit(one, target.now())).join('\n\n');
}

/** @throws UsageError */
export const reset: Act = async ({ ledger, now }, known, dependency) => {
  const { circuit: before, datasets } = pickReadable(known, dependency);
  const at = now();
  const circuit = await swapCircuit(ledger, dependency, (one) => resetByHand(one, dependency, at));
  const printed = printCircuit({ dependency, circuit, datasets }, at);
  if (circuit.generation === before.generation)
    return `${printed}\n\nIt was closed, without a failure: nothing was changed.`;
  return `${printed}\n\nReset: the next run asks the dependency as ever.`;
};

/** @throws UsageError */
export const open: Act = async ({ ledger, now }, known, dependency, { minutes }) => {
  const { datasets } = pickReadable(known, dependency);
  const at = now();
  const wanted = minutesOf(minutes, datasets[0]?.circuit.coolDownMinutes);
  const circuit = await swapCircuit(ledger, dependency, (one) => openByHand(one, dependency, wanted, at));
  return `${printCircuit({ dependency, circuit, datasets }, at)}\n\nOpened for ${wanted} minutes. Runs that are going are not stopped.`;
};

function minutesOf(given: string | undefined, coolDown: number | undefined): number {
  if (given === undefined && coolDown !== undefined) return coolDown;
  const minutes = Number(given ?? Number.NaN);
  if (!Number.isInteger(minutes) || minutes < 1 || minutes > MAX_MINUTES)
    throw new UsageError(
      describeProblem({ field: '--minutes', value: given, expected: `a whole number from 1 to ${MAX_MINUTES}` }),
    );
  return minutes;
}

/** `rollcall circuit show [dependency]`, `reset <dependency>`, `open <dependency>` */
export function addCircuit(program: Command): void {
  const circuit = program.command('circuit').description('circuit breakers of what the datasets depend on');
  const add = (name: string, argument: string, description: string) =>
    circuit
      .command(name)
      .description(description)
      .argument(argument, 'a dependency: by default the name of the source bucket')
      .option('--ledger <bucket>', 'ledger bucket; default: ROLLCALL_LEDGER_BUCKET')
      .option('--datasets <folder>', 'definitions, where the ledger has none yet', 'datasets');
  add('show', '[dependency]', 'print its status, or that of all; changes nothing').action(
    async (dependency: string | undefined, options: CircuitOptions) => {
      await run(options, (target, known) => show(target, known, dependency));
    },
  );
  add('reset', '<dependency>', 'close it, forget its failures, and have what it kept back recovered').action(
    async (dependency: string, options: CircuitOptions) => {
      await run(options, (target, known) => reset(target, known, dependency, options));
    },
  );
  add('open', '<dependency>', 'have it left alone, e.g. while it is being maintained')
    .option('--minutes <n>', "for how long; default: the definition's coolDownMinutes")
    .action(async (dependency: string, options: CircuitOptions) => {
      await run(options, (target, known) => open(target, known, dependency, options));
    });
}

async function run(
  options: CircuitOptions,
  act: (target: Target, known: readonly Known[]) => Promise<string>,
): Promise<void> {
  process.exitCode = await usageStatus(async () => {
    const target = targetOf(options, process.env);
    const known = await knownCircuits(target.ledger, await definitionsOf(target.ledger, options.datasets));
    say(await act(target, known));
    return 0;
  });
}
