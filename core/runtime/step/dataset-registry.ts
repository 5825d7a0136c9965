import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseDataset, type Dataset } from '../../contracts/dataset/dataset';

/** The deployed definitions by name. */
export type Registry = ReadonlyMap<string, Dataset>;

/** Name of the file with the definitions beside a function's code. */
const REGISTRY_FILE = 'datasets.json';

/** Parses the content of the registry file: an object from dataset name to definition. */
function parseRegistry(json: unknown): Registry {
  return new Map(
    Object.entries(json as Record<string, unknown>).map(([name, definition]) => [name, parseDataset(definition)]),
  );
}

/** The definitions in this function's bundle. */
export function loadRegistry(env: Readonly<Record<string, string | undefined>>): Registry {
  return parseRegistry(JSON.parse(readFileSync(join(env['LAMBDA_TASK_ROOT'] ?? __dirname, REGISTRY_FILE), 'utf8')));
}
