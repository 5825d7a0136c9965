import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { DuckDBInstance, type DuckDBConnection, type JS } from '@duckdb/node-api';
import { ENGINE_SETTINGS } from '../domain/engine-settings';

/** How much DuckDB may use. */
export interface Limits {
  /** Buffer pool, MB; the process takes 300–570 MB more (engine.md). */
  readonly memoryMb: number;
  /** Most that may be spilled to disk, MB. */
  readonly spillMb: number;
}

/** An open in-memory database that can read and write its work directory and nothing else. */
export class Database {
  private constructor(
    private readonly instance: DuckDBInstance,
    private readonly connection: DuckDBConnection,
  ) {}

  /**
   * Opens a database for one invocation. Everything that could leave the work directory is off and locked: a row rule or a transform
   * is SQL that somebody wrote, and runs in here.
   */
  static async open(workDir: string, limits: Limits): Promise<Database> {
    const spill = join(workDir, 'spill');
    await mkdir(spill, { recursive: true });
    const instance = await DuckDBInstance.create(':memory:', {
      ...ENGINE_SETTINGS.database,
      memory_limit: `${limits.memoryMb}MB`,
      // The default is `.tmp` in the working directory, which Lambda makes read-only.
      temp_directory: spill,
      max_temp_directory_size: `${limits.spillMb}MB`,
      autoinstall_known_extensions: 'false',
      autoload_known_extensions: 'false',
      allow_community_extensions: 'false',
    });
    try {
      const connection = await instance.connect();
      await connection.run(`SET TimeZone = '${ENGINE_SETTINGS.timeZone}'`);
      // The directory is ours (mkdtemp); its name is still escaped like any other text.
      await connection.run(`SET allowed_directories = ['${workDir.replaceAll("'", "''")}']`);
      await connection.run('SET enable_external_access = false');
      await connection.run('SET lock_configuration = true');
      return new Database(instance, connection);
    } catch (error) {
      instance.closeSync();
      throw error;
    }
  }

  /** Runs one statement. */
  async run(sql: string, values: readonly string[] = []): Promise<void> {
    await this.connection.run(sql, [...values]);
  }

  /** All rows of a small result. */
  async rows(sql: string, values: readonly string[] = []): Promise<Record<string, JS>[]> {
    const reader = await this.connection.runAndReadAll(sql, [...values]);
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
    const result = await this.connection.stream(sql);
    yield* result.yieldRowObjectJs();
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
    this.instance.closeSync();
  }
}
