import { createHash, type Hash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { canonicalJson } from '../../core/contracts/canonical-json';
import type { Dataset } from '../../core/contracts/dataset/dataset';

/**
 * Version of everything that decides what the functions do: their sources, the definitions and the locked packages. 16 hex digits. Two
 * checkouts of the same state have the same; time, machine and folder play no part.
 */
export function codeVersion(root: string, datasets: readonly Dataset[]): string {
  const hash = createHash('sha256');
  addFolder(hash, join(root, 'core'), 'core');
  addFolder(hash, join(root, 'lambdas'), 'lambdas');
  addFile(hash, join(root, 'package-lock.json'), 'package-lock.json');
  hash.update(canonicalJson(datasets));
  return hash.digest('hex').slice(0, 16);
}

/** Adds a folder's files, in the order of their names, each with its path inside it. */
export function addFolder(hash: Hash, folder: string, label: string): void {
  const entries = readdirSync(folder, { withFileTypes: true }).sort((a, b) => (a.name < b.name ? -1 : 1));
  for (const entry of entries) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) addFolder(hash, path, `${label}/${entry.name}`);
    else addFile(hash, path, `${label}/${entry.name}`);
  }
}

function addFile(hash: Hash, path: string, label: string): void {
  const content = existsSync(path) ? readFileSync(path) : Buffer.alloc(0);
  hash.update(`${label}\0${content.length}\0`).update(content);
}
