/**
 * The engine's settings that decide what is in a file and in which order. Part of every fingerprint: a changed setting makes new files,
 * and nothing that was made with another is taken for a finished batch. What only decides how fast it goes (memory, /tmp) is not here.
 */
export const ENGINE_OPTIONS = {
  /** DuckDB's, when a database is opened. */
  database: {
    // A Lambda of 1,769 MB has one vCPU; a second thread gains at most 15 % (`docs/engine.md` §1).
    threads: '1',
    // Record numbers are the order of rows, and the first of several records with one key is the one that is kept.
    preserve_insertion_order: 'true',
  },
  timeZone: 'UTC',
  /** Of COPY. */
  parquet: 'FORMAT parquet, COMPRESSION zstd',
} as const;

/**
 * What decides, besides, what is in a file of text; part of the fingerprints of such files only.
 *
 * Level 1 of gzip: 1.5 million flights as JSONL take 1.7 s of processor time and 38 MB, at level 6 4.2 s, more than all else that is done
 * with them before they are read back, and 32 MB.
 */
export const TEXT_OPTIONS = { gzipLevel: 1 } as const;
