import { readdirSync, readFileSync } from 'node:fs';

/** What a process and all that it started have used, as the kernel counts it. */
export interface Used {
  /** User and system. */
  readonly cpuSeconds: number;
  /** Each process's resident memory at its highest, summed: MB of 1,048,576 bytes. */
  readonly peakMb: number;
  /** Resident now. */
  readonly residentMb: number;
  readonly pids: readonly number[];
}

/** Ticks of `/proc/<pid>/stat`, the same on every Linux. */
const TICKS_PER_SECOND = 100;

/** Reads `/proc`. A process that ended is counted in the processor time of its parent, and not in its memory. */
export function treeOf(root: number): Used {
  const parents = new Map<number, number>();
  const ticks = new Map<number, number>();
  for (const name of readdirSync('/proc')) {
    const fields = /^\d+$/.test(name)
      ? read(`/proc/${name}/stat`)
          ?.replace(/^.*\) /s, '')
          .split(' ')
      : undefined;
    if (fields === undefined) continue;
    parents.set(Number(name), Number(fields[1]));
    // utime, stime, and those of children that were waited for.
    ticks.set(
      Number(name),
      fields.slice(11, 15).reduce((sum, field) => sum + Number(field), 0),
    );
  }
  const pids = [...parents.keys()].filter((pid) => belongs(pid, root, parents));
  const memory = (field: string): number =>
    pids.reduce((sum, pid) => {
      const kib = new RegExp(`^${field}:\\s+(\\d+) kB`, 'm').exec(read(`/proc/${pid}/status`) ?? '')?.[1];
      return sum + Number(kib ?? 0) / 1024;
    }, 0);
  return {
    cpuSeconds: pids.reduce((sum, pid) => sum + (ticks.get(pid) ?? 0), 0) / TICKS_PER_SECOND,
    peakMb: Math.round(memory('VmHWM')),
    residentMb: Math.round(memory('VmRSS')),
    pids,
  };
}

function belongs(pid: number, root: number, parents: ReadonlyMap<number, number>): boolean {
  for (let one: number | undefined = pid; one !== undefined && one > 1; one = parents.get(one))
    if (one === root) return true;
  return false;
}

/** Undefined where the process has ended meanwhile. */
function read(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if (['ENOENT', 'ESRCH'].includes((error as NodeJS.ErrnoException).code ?? '')) return undefined;
    throw error;
  }
}
