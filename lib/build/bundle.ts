import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Architecture } from 'aws-cdk-lib/aws-lambda';
import { FUNCTION_NAMES, functionTable, type FunctionName } from '../../core/contracts/function-table';

/** The functions' code as folders on disk, ready to be zipped. */
export interface Bundle {
  readonly architecture: Architecture;
  /** Version of code and definitions, 16 hex digits; each function has it in its environment. */
  readonly codeVersion: string;
  /** Folder of a function's asset; the engine functions share one, so that DuckDB is uploaded once. */
  folderOf(name: FunctionName): string;
  /** Lambda's `handler` setting. */
  handlerOf(name: FunctionName): string;
}

/** The functions that are built on DuckDB. */
export const ENGINE_FUNCTIONS = FUNCTION_NAMES.filter((name) => functionTable[name].engine);

/** Where a function's code is inside a folder of assets, the same for the real bundle and for stubs. */
export function assetLayout(root: string): Pick<Bundle, 'folderOf' | 'handlerOf'> {
  return {
    folderOf: (name) => join(root, functionTable[name].engine ? 'engine' : name),
    handlerOf: (name) => (functionTable[name].engine ? `${name}.handler` : 'index.handler'),
  };
}

/**
 * Functions that do nothing but throw: for looking at the template only (tests, pictures, `-c target=none`), since building takes
 * seconds and a native binary.
 */
export function stubBundle(): Bundle {
  const root = mkdtempSync(join(tmpdir(), 'rollcall-stub-'));
  process.once('exit', () => rmSync(root, { recursive: true, force: true }));
  const layout = assetLayout(root);
  for (const name of FUNCTION_NAMES) {
    mkdirSync(layout.folderOf(name), { recursive: true });
    const file = `${layout.handlerOf(name).replace(/\.handler$/, '')}.js`;
    writeFileSync(
      join(layout.folderOf(name), file),
      `exports.handler = async () => { throw new Error('${name}: synthesized without code (target=none)'); };\n`,
    );
  }
  return { architecture: Architecture.ARM_64, codeVersion: '0000000000000000', ...layout };
}
