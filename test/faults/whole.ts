import type { BackfillCase } from './backfill/case';
import { backfillMatrix } from './backfill/matrix';
import { judgeBackfill } from './backfill/oracle';
import { runBackfillCase } from './backfill/run-case';
import type { Case } from './case';
import type { FaultWorld } from './fault-world';
import { matrix } from './matrix';
import { judge, type Verdict } from './oracle';
import { runCase } from './run-case';

/** A case of either machine. */
export type AnyCase = Case | BackfillCase;

/** The whole matrix: that of PartitionRun, and that of Backfill. */
export function allCases(): readonly AnyCase[] {
  return [...matrix(), ...backfillMatrix()];
}

/** Runs a case and judges what it left. `say` hears of everything that happens, and at last of what is left. */
export async function runAndJudge(world: FaultWorld, one: AnyCase, say?: (line: string) => void): Promise<Verdict> {
  if ('target' in one) {
    const outcome = await runBackfillCase(world, one, say);
    say?.(JSON.stringify(outcome.seen.backfills, undefined, 1));
    say?.(JSON.stringify(outcome.seen.manifests.map(({ runId, code, writtenAt }) => ({ runId, code, writtenAt }))));
    return judgeBackfill(outcome);
  }
  const { seen, ...outcome } = await runCase(world, one, say);
  for (const { name, status, error, cause } of seen.executions)
    say?.(`execution ${JSON.stringify({ name, status, error, cause })}`);
  for (const manifest of seen.manifests) say?.(`manifest ${JSON.stringify(manifest, undefined, 1)}`);
  say?.(`records ${JSON.stringify([...seen.records], undefined, 1)}`);
  return judge({ seen, ...outcome });
}
