import type { Affected } from '../../core/contracts/run/circuit';
import type { CircuitOptions } from '../../core/contracts/dataset/circuit-options';
import type { Known } from './known';
import { span } from '../../core/domain/text/lists';
import { utcMinute } from '../../core/domain/text/times';

/** A circuit as people read it. */
export function printCircuit({ dependency, circuit, datasets, unreadable }: Known, now: Date): string {
  const { openUntil, probe, failures, trouble, recoveryOwed, generation } = circuit;
  const names = datasets.map(({ name }) => name).join(', ') || 'no dataset (any more)';
  if (unreadable !== undefined)
    return `${dependency}  UNREADABLE\n  guards       ${names}\n  ${unreadable}. The sweep lets it begin anew, closed.`;
  const lines = [
    `${dependency}  ${stateOf(circuit, now)}`,
    `  guards       ${names}`,
    ...(openUntil === null ? [`  failures     ${failuresOf(failures, datasets[0]?.circuit)}`] : []),
    ...(trouble === null ? [] : [`  trouble      since ${utcMinute(trouble.since)}: ${trouble.cause.text}`]),
    ...(openUntil === null || probe !== null ? [] : [`  tried again  by the first run after ${utcMinute(openUntil)}`]),
    ...(probe === null ? [] : [`  probe        ${probe.runId}, since ${utcMinute(probe.since)}`]),
    ...(Object.keys(trouble?.affected ?? {}).length === 0 ? [] : [`  kept back    ${daysOf(trouble?.affected ?? {})}`]),
    ...(recoveryOwed === null
      ? []
      : [
          `  recovery     to start, since ${utcMinute(recoveryOwed.until)}, of ${daysOf(recoveryOwed.affected)}; the sweep starts it within ten minutes`,
        ]),
    `  generation   ${generation}`,
  ];
  return lines.join('\n');
}

function stateOf({ openUntil, probe }: Known['circuit'], now: Date): string {
  if (openUntil === null) return 'CLOSED';
  if (probe !== null) return 'OPEN, being tried';
  return Date.parse(openUntil) <= now.getTime() ? 'OPEN, to be tried by the next run' : 'OPEN';
}

function failuresOf(failures: number, settings: CircuitOptions | undefined): string {
  if (settings === undefined) return `${failures} in a row`;
  return `${failures} in a row, ${settings.failures} open it${settings.counts === 'all' ? ', of whatever kind' : ''}`;
}

/** `flights 2026-01-20 – 2026-01-22, orders 2026-01-20`. */
function daysOf(affected: Affected): string {
  return Object.entries(affected)
    .map(([dataset, { from, to }]) => `${dataset} ${span(from, to)}`)
    .join(', ');
}
