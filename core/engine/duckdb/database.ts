import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { DuckDBInstance, type DuckDBConnection, type JS } from '@duckdb/node-api';
import { StepTimedOut } from '../../contracts/errors';
import { ENGINE_OPTIONS } from '../../domain/batch/engine-options';
import { briefly } from './briefly';
import { readTextsExactly } from './exact-texts';

readTextsExactly();

/** How much DuckDB may use. */
export interface Limits {
  /** Buffer pool, MB; the process takes 300–570 MB more (`docs/engine.md` §1). */
  readonly memoryMb: number;
  /** Most that may be spilled to disk, MB. */
  readonly spillMb: number;
  /** Milliseconds after which what still runs is ended; none: the caller ends it. */
  readonly timeoutMs?: number;
}

/** What the end of an invocation is kept free for: telling that DuckDB did not come to one. */
const RESERVE_MS = 20_000;

/** The limits of a step: its room, and its time but for what it takes to say that it was not enough. */
export function limitsOf({
  env,
  remainingMs,
}: {
  readonly env: { readonly ENGINE_MEMORY_MB: number; readonly ENGINE_SPILL_MB: number };
  readonly remainingMs: () => number;
}): Limits {
  return {
    memoryMb: env.ENGINE_MEMORY_MB,
    spillMb: env.ENGINE_SPILL_MB,
    timeoutMs: Math.max(0, remainingMs() - RESERVE_MS),
  };
}

/** Ends what a database runs when its time is over; shared by all of its sessions. */
class Deadline {
  private over = false;
  private readonly timer: NodeJS.Timeout | undefined;
  private readonly connections = new Set<DuckDBConnection>();

  constructor(private readonly timeoutMs: number | undefined) {
    if (timeoutMs === undefined) return;
    this.timer = setTimeout(() => {
      this.over = true;
      for (const connection of this.connections) connection.interrupt();
    }, timeoutMs);
    this.timer.unref();
  }

  /** @throws StepTimedOut when the time is over, before it or while it ran */
  async bounding<T>(connection: DuckDBConnection, work: () => Promise<T>): Promise<T> {
    if (this.over) throw this.error();
    this.connections.add(connection);
    try {
      return await work();
    } catch (error) {
      throw this.over && /^INTERRUPT Error/i.test(briefly(error)) ? this.error() : error;
    } finally {
      this.connections.delete(connection);
    }
  }

  stop(): void {
    clearTimeout(this.timer);
  }

  private error(): StepTimedOut {
    return new StepTimedOut(`the SQL did not finish in ${((this.timeoutMs ?? 0) / 1000).toFixed(0)} s`);
  }
}

/** An open in-memory database that can read and write its work directory and nothing else. */
export class Database {
  private constructor(
    private readonly instance: DuckDBInstance,
    private readonly connection: DuckDBConnection,
    private readonly deadline: Deadline,
    private readonly isSession: boolean,
  ) {}

  /**
   * Opens a database for one invocation. Everything that could leave the work directory is off and locked: a row rule or a transform
   * is SQL that a user wrote, and runs in here.
   */
  static async open(workDir: string, limits: Limits): Promise<Database> {
    const spill = join(workDir, 'spill');
    await mkdir(spill, { recursive: true });
    const instance = await DuckDBInstance.create(':memory:', {
      ...ENGINE_OPTIONS.database,
      memory_limit: `${limits.memoryMb}MB`,
      // The default is `.tmp` in the working directory, which Lambda makes read-only.
      temp_directory: spill,
      autoinstall_known_extensions: 'false',
      autoload_known_extensions: 'false',
      allow_community_extensions: 'false',
    });
    try {
      const connection = await instance.connect();
      // Given when the database is opened it is shown by `current_setting`, and not in force.
      await connection.run(`SET max_temp_directory_size = '${limits.spillMb}MB'`);
      // Of all connections.
      await connection.run(`SET GLOBAL TimeZone = '${ENGINE_OPTIONS.timeZone}'`);
      // The directory is ours (mkdtemp); its name is still escaped like any other text.
      await connection.run(`SET allowed_directories = ['${workDir.replaceAll("'", "''")}']`);
      await connection.run('SET enable_external_access = false');
      await connection.run('SET lock_configuration = true');
      return new Database(instance, connection, new Deadline(limits.timeoutMs), false);
    } catch (error) {
      instance.closeSync();
      throw error;
    }
  }

  /** A session with temporary tables, views and macros of its own, to be closed before the database. */
  async session(): Promise<Database> {
    return new Database(this.instance, await this.instance.connect(), this.deadline, true);
  }

  /**
   * Runs one statement.
   * @throws StepTimedOut when the time is over, as all that asks the database does
   */
  async run(sql: string, values: readonly string[] = []): Promise<void> {
    await this.bounded(() => this.connection.run(sql, [...values]));
  }

  /** All rows of a small result. */
  async rows(sql: string, values: readonly string[] = []): Promise<Record<string, JS>[]> {
    const reader = await this.bounded(() => this.connection.runAndReadAll(sql, [...values]));
    return reader.getRowObjectsJS();
  }

  /** The first row of a result that always has one. */
  async row(sql: string, values: readonly string[] = []): Promise<Record<string, JS>> {
    const [first] = await this.rows(sql, values);
    if (first === undefined) throw new Error('a query that always has a row gave none');
    return first;
  }

  /** One whole number. */
  async count(sql: string, values: readonly string[] = []): Promise<number> {
    const [value] = Object.values(await this.row(sql, values));
    return Number(value);
  }

  /** Rows of a large result, a chunk at a time. */
  async *stream(sql: string): AsyncGenerator<Record<string, JS>[]> {
    const result = await this.bounded(() => this.connection.stream(sql));
    const chunks = result.yieldRowObjectJs();
    for (;;) {
      const next = await this.bounded(() => chunks.next());
      if (next.done === true) return;
      yield next.value;
    }
  }

  /** How many statements a text holds, as DuckDB's own parser sees it. Throws when it is no SQL. */
  async statements(sql: string): Promise<number> {
    return (await this.connection.extractStatements(sql)).count;
  }

  /**
   * Adds rows of text to a table (no temporary one), faster than statements would; only `close()` makes all of them seen. On a connection
   * of its own: rows that are written while a result is streamed end that stream without a word.
   */
  async appender(table: string): Promise<{ append(row: readonly (string | null)[]): void; close(): void }> {
    const connection = await this.instance.connect();
    const appender = await connection.createAppender(table);
    return {
      append(row) {
        for (const value of row) {
          if (value === null) appender.appendNull();
          else appender.appendVarchar(value);
        }
        appender.endRow();
      },
      close: () => {
        try {
          appender.closeSync();
        } finally {
          connection.closeSync();
        }
      },
    };
  }

  close(): void {
    this.connection.closeSync();
    if (this.isSession) return;
    this.deadline.stop();
    this.instance.closeSync();
  }

  private bounded<T>(work: () => Promise<T>): Promise<T> {
    return this.deadline.bounding(this.connection, work);
  }
}
