import { spawn, type ChildProcess, type SpawnOptions } from 'node:child_process';

/** Every process that the test has started and that still runs: each leads a group of its own, which ends as a whole. */
const running = new Set<ChildProcess>();

/** Starts a process that cannot outlive the test: it leads a process group that is killed when the test ends, however that is. */
export function start(command: string, args: readonly string[], options: SpawnOptions): ChildProcess {
  const child = spawn(command, args, { ...options, detached: true });
  running.add(child);
  child.once('exit', () => running.delete(child));
  child.once('error', () => running.delete(child));
  return child;
}

/** What a command that has ended printed, standard output and error as they came. */
export interface Finished {
  readonly code: number | null;
  readonly output: string;
}

/** Runs a command to its end. A command that cannot be started ends with code null and says why. */
export async function run(command: string, args: readonly string[], options: SpawnOptions = {}): Promise<Finished> {
  const child = start(command, args, { ...options, stdio: ['ignore', 'pipe', 'pipe'] });
  const chunks: Buffer[] = [];
  for (const stream of [child.stdout, child.stderr]) stream?.on('data', (chunk: Buffer) => chunks.push(chunk));
  const code = await new Promise<number | null>((resolve) => {
    child.once('close', resolve);
    child.once('error', (error) => {
      chunks.push(Buffer.from(error.message));
      resolve(null);
    });
  });
  return { code, output: Buffer.concat(chunks).toString('utf8') };
}

/** Sends a signal to a process and all that it started; nothing happens if they are gone. */
export function signalGroup(child: ChildProcess, signal: NodeJS.Signals): void {
  if (child.pid === undefined) return;
  try {
    process.kill(-child.pid, signal);
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error;
  }
}

/** Makes sure that nothing stays behind when the test ends by itself, is interrupted or breaks. */
export function killChildrenOnExit(): void {
  process.on('exit', () => {
    for (const child of running) signalGroup(child, 'SIGKILL');
  });
  for (const [signal, code] of [
    ['SIGINT', 130],
    ['SIGTERM', 143],
    ['SIGHUP', 129],
  ] as const) {
    process.on(signal, () => process.exit(code));
  }
}
