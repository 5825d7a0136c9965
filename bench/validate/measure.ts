import { fork, execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { CONTESTANTS, type Counts, type Turn } from './contestants';

/** One run of one contestant, in a process of its own. */
export interface Measured extends Counts {
  /** Wall time and processor time (user and system) from its first line to committed files, imports included. */
  readonly seconds: number;
  readonly cpuSeconds: number;
  /** Resident memory at its highest, MB. */
  readonly peakMb: number;
}

/** Runs a contestant in a process of its own, on one core where the system can do that. */
export async function measure(
  contestant: string,
  turn: Turn,
  env: Readonly<Record<string, string>>,
): Promise<Measured> {
  const child = fork(path.join(__dirname, 'measure.ts'), [contestant], {
    execArgv: ['--import', 'tsx'],
    env: { ...process.env, ...env },
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  if (child.pid !== undefined && existsSync('/usr/bin/taskset'))
    execFileSync('/usr/bin/taskset', ['-acp', '0', String(child.pid)], { stdio: 'ignore' });
  child.send(turn);
  const failed = once(child, 'exit').then(([code]) => {
    throw new Error(`${contestant} ended with ${String(code)}`);
  });
  const [measured] = (await Promise.race([once(child, 'message'), failed])) as [Measured];
  failed.catch(() => undefined);
  child.kill();
  return measured;
}

async function contest(name: string): Promise<void> {
  const one = CONTESTANTS[name];
  if (one === undefined) throw new Error(`no contestant ${name}`);
  const [turn] = (await once(process, 'message')) as [Turn];
  const [started, before] = [performance.now(), process.cpuUsage()];
  const counts = await one.run(turn);
  const cpu = process.cpuUsage(before);
  process.send?.({
    ...counts,
    seconds: (performance.now() - started) / 1000,
    cpuSeconds: (cpu.user + cpu.system) / 1e6,
    peakMb: Math.round(process.resourceUsage().maxRSS / 1024),
  } satisfies Measured);
}

if (require.main === module) {
  contest(process.argv[2] ?? '').catch((error: unknown) => {
    console.error(error);
    process.exit(1);
  });
}
