import { fork, type ChildProcess } from 'node:child_process';
import path from 'node:path';
import type { Judged } from './report';

/** What a worker is told and what it answers. */
export type ToWorker = { readonly id: string } | 'end';
export type FromWorker = { readonly ready: true } | { readonly judged: Judged };

/** A case takes a tenth of a second. One that takes a minute of real time hangs, and its world with it. */
const PATIENCE_MS = 60_000;

/** Runs cases in worker processes, a world in each; `done` hears of every case as it ends. */
export async function runInWorkers(
  cases: readonly { readonly id: string }[],
  assembly: string,
  workers: number,
  done: (judged: Judged) => void,
): Promise<void> {
  const waiting = [...cases];
  const next = (): { readonly id: string } | undefined => waiting.shift();
  await Promise.all(Array.from({ length: Math.min(workers, cases.length) }, () => work(next, assembly, done)));
}

/** One worker after another, for as long as there are cases: one that hangs is replaced. */
async function work(
  next: () => { readonly id: string } | undefined,
  assembly: string,
  done: (judged: Judged) => void,
): Promise<void> {
  let one = next();
  while (one !== undefined) {
    // The caller may run under jest, which compiles for itself: workers are compiled by tsx.
    const worker = fork(path.join(__dirname, 'worker.ts'), [assembly], {
      execArgv: ['--import', 'tsx'],
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    });
    await answer(worker);
    while (one !== undefined) {
      const started = performance.now();
      worker.send({ id: one.id } satisfies ToWorker);
      const answered = await answer(worker, PATIENCE_MS);
      if (answered === undefined || !('judged' in answered)) {
        done(hung(one.id, performance.now() - started));
        one = next();
        break;
      }
      done(answered.judged);
      one = next();
    }
    await end(worker);
  }
}

/** The worker's next answer; undefined when it died or was silent for too long. */
function answer(worker: ChildProcess, patienceMs = 5 * PATIENCE_MS): Promise<FromWorker | undefined> {
  return new Promise((resolve) => {
    const settle = (value: FromWorker | undefined): void => {
      clearTimeout(timer);
      worker.off('message', onMessage);
      worker.off('exit', onExit);
      resolve(value);
    };
    const onMessage = (message: unknown): void => settle(message as FromWorker);
    const onExit = (): void => settle(undefined);
    const timer = setTimeout(() => settle(undefined), patienceMs);
    worker.on('message', onMessage);
    worker.on('exit', onExit);
  });
}

function hung(id: string, ms: number): Judged {
  const says = `the case did not come to an end in ${Math.round(ms / 1000)} s of real time`;
  return {
    id,
    ms,
    verdict: { violations: [{ of: 'missing', says }], exactlyOne: false, told: false, repeated: 0, outrun: 0 },
  };
}

/** Lets a worker put its world away; kills it where it cannot. */
async function end(worker: ChildProcess): Promise<void> {
  if (worker.exitCode !== null || worker.signalCode !== null) return;
  const exited = new Promise<void>((resolve) => worker.once('exit', () => resolve()));
  if (worker.connected) worker.send('end' satisfies ToWorker);
  const timer = setTimeout(() => worker.kill('SIGKILL'), 10_000);
  await exited;
  clearTimeout(timer);
}
