import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type * as CheckSql from '../core/engine/sql/check-sql';

/*
 * Here and not in `lib`: what is synthesized knows nothing of the engine, and a template can be looked at (tests, pictures) without a native
 * module. The app's entry is where the two meet; it runs whatever the functions are built for, with this machine's own DuckDB.
 */

/** More than any planning needs; a definition whose planning computes without end must not hang a synthesis. */
const TIMEOUT_MS = 60_000;

/** Thrown when this machine has no DuckDB to ask. */
class MissingDuckDb extends Error {
  override readonly name = 'MissingDuckDb';
}

/** What checking needs of the engine. */
type Engine = typeof CheckSql;

/**
 * Has DuckDB look at all SQL of the definitions: rules, patterns, transforms, expectations. Some 60 ms for the app's own datasets, of which
 * 40 load DuckDB.
 * @throws InvalidDataset naming each dataset, field, its value and what was expected; MissingDuckDb
 */
export async function checkDefinitions(datasets: Parameters<Engine['checkSql']>[0]): Promise<void> {
  const { checkSql } = loadEngine();
  const workDir = mkdtempSync(join(tmpdir(), 'rollcall-synth-'));
  try {
    await checkSql(datasets, workDir, { memoryMb: 512, spillMb: 64, timeoutMs: TIMEOUT_MS });
  } finally {
    rmSync(workDir, { recursive: true, force: true });
  }
}

function loadEngine(): Engine {
  try {
    // Only now, so that what is missing can be said.
    return require('../core/engine/sql/check-sql') as Engine;
  } catch (cause) {
    throw new MissingDuckDb(
      `DuckDB, which checks the SQL of the definitions, cannot be loaded on this machine (${process.platform} ${process.arch}): run npm ci`,
      { cause },
    );
  }
}
