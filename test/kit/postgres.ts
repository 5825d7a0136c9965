import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';

interface Answer {
  readonly port?: number;
  readonly rows?: Record<string, unknown>[];
  readonly error?: string;
}

/** PostgreSQL on loopback, in a process of its own. */
export class LocalPostgres {
  private constructor(
    private readonly process: ChildProcess,
    readonly port: number,
  ) {}

  static async start(): Promise<LocalPostgres> {
    const child = fork(join(__dirname, 'postgres-process.cjs'), { execArgv: [] });
    return new LocalPostgres(child, (await answerOf(child)).port ?? 0);
  }

  /** Runs statements past the server, one call at a time; the rows of the last. */
  async run(sql: string): Promise<Record<string, unknown>[]> {
    this.process.send(sql);
    const { rows, error } = await answerOf(this.process);
    if (rows === undefined) throw new Error(error);
    return rows;
  }

  async stop(): Promise<void> {
    const gone = once(this.process, 'exit');
    this.process.disconnect();
    await gone;
  }
}

async function answerOf(child: ChildProcess): Promise<Answer> {
  const died = new AbortController();
  const exit = () => died.abort(new Error('the PostgreSQL process ended'));
  child.once('exit', exit);
  try {
    const [answer] = (await once(child, 'message', { signal: died.signal })) as [Answer];
    return answer;
  } finally {
    child.off('exit', exit);
  }
}
