import { spawn, type ChildProcessByStdio } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import path from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import type { Turn } from './contestants';
import type { Counts } from './job';
import { treeOf } from './process-tree';
import { number } from '../../core/domain/text/numbers';

/** What a turn cost. */
interface Cost {
  /** Wall time from the start of its process to committed files: interpreter and imports included, for all alike. */
  readonly seconds: number;
  /** Processor time of it and what it started. */
  readonly cpuSeconds: number;
  /** Resident memory at its highest, MB; of several processes the sum. */
  readonly peakMb: number;
}

/** How a turn ended: finished, or given up on for a reason that a reader should know. */
export type Turned =
  | { readonly done: true; readonly counts: Counts; readonly cost: Cost }
  | { readonly done: false; readonly why: string };

/** When a contestant is given up on. */
export interface Limits {
  readonly seconds: number;
  readonly memoryMb: number;
}

const TASKSET = '/usr/bin/taskset';
/** How often memory is looked at; the peak is the kernel's own. */
const WATCH_MS = 200;
/** How interpreters say that there was not enough memory. */
const OUT_OF_MEMORY =
  /heap out of memory|MemoryError|OutOfMemoryError|memory allocation of \d+ bytes failed|Out of Memory Error/i;

/** Whether processes can be held to one core here. */
export const onOneCore = existsSync(TASKSET);

type Child = ChildProcessByStdio<Writable, Readable, Readable>;

/**
 * Runs a contestant in a process of its own, on one core where the system can do that; its temporary files are removed.
 * @throws Error where it fails for anything but time and memory
 */
export async function measure(
  command: readonly string[],
  turn: Turn,
  { env, folder, limits }: { env: Readonly<Record<string, string>>; folder: string; limits: Limits },
): Promise<Turned> {
  const own = mkdtempSync(path.join(folder, 'turn-'));
  const [file = '', ...args] = onOneCore ? [TASKSET, '-c', '0', ...command] : command;
  const started = performance.now();
  const child = spawn(file, args, { env: { ...process.env, ...env, TMPDIR: own }, stdio: ['pipe', 'pipe', 'pipe'] });
  const { pid } = child;
  if (pid === undefined) throw new Error(`${command.join(' ')} can't be started`);
  // Of one that dies before it has read its turn, its exit says so.
  child.stdin.on('error', () => undefined);
  child.stdin.write(`${JSON.stringify(turn)}\n`);
  try {
    return await turned(child, pid, started, { command, limits });
  } finally {
    await end(child, pid);
    rmSync(own, { recursive: true, force: true });
  }
}

async function turned(
  child: Child,
  pid: number,
  started: number,
  { command, limits }: { command: readonly string[]; limits: Limits },
): Promise<Turned> {
  const told: string[] = [];
  child.stderr.setEncoding('utf8').on('data', (text: string) => void told.push(text));
  const result = new Promise<Turned>((resolve) => {
    createInterface({ input: child.stdout }).on('line', (line) => {
      if (!line.startsWith('{"accepted"')) return;
      const seconds = (performance.now() - started) / 1000;
      const { cpuSeconds, peakMb } = treeOf(pid);
      resolve({ done: true, counts: JSON.parse(line) as Counts, cost: { seconds, cpuSeconds, peakMb } });
    });
  });
  const exit = once(child, 'close').then(([code, signal]): Turned => {
    const text = told.join('');
    if (OUT_OF_MEMORY.test(text)) return { done: false, why: 'out of memory' };
    throw new Error(`${command.join(' ')} ended with ${String(code ?? signal)}:\n${text.slice(-4000)}`);
  });
  const watch = new AbortController();
  try {
    return await Promise.race([result, exit, tooMuch(pid, limits, watch.signal)]);
  } finally {
    watch.abort();
    exit.catch(() => undefined);
  }
}

/** Resolves when the process is over a limit. */
function tooMuch(pid: number, { seconds, memoryMb }: Limits, signal: AbortSignal): Promise<Turned> {
  return new Promise((resolve) => {
    const until = performance.now() + seconds * 1000;
    const timer = setInterval(() => {
      if (performance.now() > until) resolve({ done: false, why: `stopped after ${seconds} s` });
      else if (treeOf(pid).residentMb > memoryMb)
        resolve({ done: false, why: `stopped at ${number(memoryMb)} MB of memory` });
    }, WATCH_MS);
    signal.addEventListener('abort', () => clearInterval(timer));
  });
}

/** Ends the process and what it started. */
async function end(child: Child, pid: number): Promise<void> {
  for (const one of treeOf(pid).pids) {
    try {
      process.kill(one, 'SIGKILL');
    } catch (error) {
      // Ended by itself meanwhile.
      if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
    }
  }
  if (child.exitCode === null && child.signalCode === null) await once(child, 'close');
}
