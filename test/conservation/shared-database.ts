import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Database } from '../../core/engine/duckdb/database';
import { identifier } from '../../core/engine/duckdb/sql';

/**
 * One database for a thousand batches, because opening one takes longer than a small batch: closing it only empties it. Everything that
 * the engine asks of it can be watched, and altered, by the case that is running.
 */
export class SharedDatabase {
  readonly directory = mkdtempSync(join(tmpdir(), 'rollcall-conservation-'));
  /** Called before and after each statement. */
  before: (sql: string) => Promise<void> = async () => undefined;
  after: (sql: string) => Promise<void> = async () => undefined;
  /** Called when all bytes of an object were read. */
  brought: () => Promise<void> = async () => undefined;
  private database: Database | undefined;
  private busy = false;
  private batches = 0;

  /** Puts itself in the place of `Database.open`. */
  async install(): Promise<void> {
    const database = await Database.open(this.directory, { memoryMb: 256, spillMb: 512 });
    this.database = database;
    const run = database.run.bind(database);
    const count = database.count.bind(database);
    const row = database.row.bind(database);
    jest.spyOn(database, 'run').mockImplementation((sql, values) => this.watched(sql, () => run(sql, values)));
    jest.spyOn(database, 'count').mockImplementation((sql, values) => this.watched(sql, () => count(sql, values)));
    jest.spyOn(database, 'row').mockImplementation((sql, values) => this.watched(sql, () => row(sql, values)));
    jest.spyOn(database, 'close').mockImplementation(() => undefined);
    jest.spyOn(Database, 'open').mockImplementation(async () => {
      await this.empty();
      return database;
    });
  }

  close(): void {
    jest.restoreAllMocks();
    this.database?.close();
    rmSync(this.directory, { recursive: true, force: true });
  }

  /** An empty directory that the database may read and write. */
  workDir(): string {
    const directory = join(this.directory, `batch-${this.batches++}`);
    mkdirSync(directory);
    return directory;
  }

  /** A statement that is not watched; the number that it gives, if any. */
  async quietly(sql: string): Promise<number> {
    return this.withoutWatching(async () => {
      const [row] = await this.open.rows(sql);
      return Number(Object.values(row ?? {})[0] ?? 0);
    });
  }

  async columnsOf(table: string): Promise<{ name: string; type: string }[]> {
    const rows = await this.withoutWatching(() => this.open.rows(`DESCRIBE ${table}`));
    return rows.map((row) => ({ name: String(row['column_name']), type: String(row['column_type']) }));
  }

  private async withoutWatching<T>(work: () => Promise<T>): Promise<T> {
    const was = this.busy;
    this.busy = true;
    try {
      return await work();
    } finally {
      this.busy = was;
    }
  }

  private get open(): Database {
    if (this.database === undefined) throw new Error('install() first');
    return this.database;
  }

  private async empty(): Promise<void> {
    await this.withoutWatching(async () => {
      for (const { name, view } of await this.open.rows(
        `SELECT table_name AS name, false AS view FROM duckdb_tables() WHERE temporary
         UNION ALL SELECT view_name, true FROM duckdb_views() WHERE temporary AND NOT internal`,
      ))
        await this.open.run(`DROP ${view === true ? 'VIEW' : 'TABLE'} ${identifier(String(name))}`);
    });
  }

  private async watched<T>(sql: string, work: () => Promise<T>): Promise<T> {
    if (this.busy) return work();
    this.busy = true;
    try {
      await this.before(sql);
      this.busy = false;
      const result = await work();
      this.busy = true;
      await this.after(sql);
      return result;
    } finally {
      this.busy = false;
    }
  }
}
