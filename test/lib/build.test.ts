import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { assertNoDuckDb, bundleFor } from '../../lib/build/bundle-for-target';
import { codeVersion } from '../../lib/build/code-version';
import { assertBinary, installDuckDb } from '../../lib/build/duckdb';
import { assertElf } from '../../lib/build/elf';
import { architectureOf, parseTarget, platformOf } from '../../lib/build/build-target';
import { loadDatasets } from '../../lib/datasets';
import { DATASETS_DIR } from './synthesize';

const folder = mkdtempSync(join(tmpdir(), 'rollcall-build-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** The first bytes of a Linux library for a machine type. */
function elf(machine: number): Buffer {
  const header = Buffer.alloc(64);
  header.write('\x7fELF', 'latin1');
  header.writeUInt16LE(machine, 18);
  return header;
}
function file(name: string, content: Buffer | string): string {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
}

describe('a native library', () => {
  test('for the target is accepted', () => {
    expect(() => assertElf(file('arm.so', elf(183)), 'arm64')).not.toThrow();
    expect(() => assertElf(file('x64.so', elf(62)), 'x64')).not.toThrow();
  });

  test.each([
    ['for another processor', elf(62), /built for x64, expected a Linux library for arm64/],
    ['for a processor that Lambda does not have', elf(8), /built for machine type 8, expected/],
    ['of another system', Buffer.from('cffaedfe0c00000100000000060000000000000000', 'hex'), /not an ELF file/],
    ['that is empty', '', /not an ELF file/],
  ])('%s fails the build', (_what, content, message) => {
    expect(() => assertElf(file('wrong.so', content), 'arm64')).toThrow(message);
  });

  test('that is missing fails the build', () => {
    expect(() => assertElf(join(folder, 'nothing.so'), 'arm64')).toThrow(/not there/);
    const empty = join(folder, 'empty');
    mkdirSync(empty);
    expect(() => assertBinary(empty, { os: 'linux', cpu: 'arm64' })).toThrow(/expected duckdb.node/);
  });
});

describe('DuckDB', () => {
  test('of this machine comes from node_modules, without declarations and maps', () => {
    const to = join(folder, 'engine');
    installDuckDb(join(__dirname, '..', '..'), to, platformOf('host'));
    const native = join(to, 'node_modules', `@duckdb/node-bindings-${process.platform}-${process.arch}`);
    expect(() => assertBinary(native, platformOf('host'))).not.toThrow();
    expect(() => assertBinary(native, { os: 'linux', cpu: process.arch === 'x64' ? 'arm64' : 'x64' })).toThrow(
      /built for|not an ELF/,
    );
  });

  test('that the lock file has no build of fails before anything is downloaded', () => {
    const root = join(folder, 'project');
    for (const name of ['node-api', 'node-bindings']) {
      mkdirSync(join(root, 'node_modules/@duckdb', name), { recursive: true });
    }
    writeFileSync(join(root, 'package-lock.json'), JSON.stringify({ packages: {} }));
    expect(() => installDuckDb(root, join(folder, 'none'), { os: 'linux', cpu: 'arm64' })).toThrow(
      /package-lock.json: got no @duckdb\/node-bindings-linux-arm64/,
    );
  });

  test('in a small function fails the build, in an engine function it does not', () => {
    const output = (entryPoint: string) => ({
      outputs: {
        'index.js': {
          entryPoint,
          imports: [{ path: '@duckdb/node-api', kind: 'require-call' as const, external: true }],
          bytes: 1,
          inputs: {},
          exports: [],
        },
      },
    });
    expect(() => assertNoDuckDb(output('lambdas/claim-partition/handler.ts'))).toThrow(
      /lambdas\/claim-partition: imports @duckdb/,
    );
    expect(() => assertNoDuckDb(output('lambdas/validate-batch/handler.ts'))).not.toThrow();
  });
});

describe('the target', () => {
  test('is one of four', () => {
    expect(['arm64', 'x64', 'host', 'none'].map(parseTarget)).toEqual(['arm64', 'x64', 'host', 'none']);
    expect(() => parseTarget('arm')).toThrow('target: got "arm", expected one of arm64, x64, host, none');
  });

  test('decides the processor of the functions', () => {
    expect(architectureOf(platformOf('arm64')).name).toBe('arm64');
    expect(architectureOf(platformOf('x64')).name).toBe('x86_64');
    expect(() => architectureOf({ os: 'linux', cpu: 'riscv64' })).toThrow(/riscv64, expected arm64 or x64/);
  });

  test('none makes functions that say why they do nothing', async () => {
    const bundle = bundleFor({ target: 'none', root: folder, datasets: [], datasetsDir: folder });
    const { handler } = require(join(bundle.folderOf('record-run'), 'index.js')) as { handler: () => Promise<void> };
    await expect(handler()).rejects.toThrow('record-run: synthesized without code (target=none)');
  });
});

describe('the code version', () => {
  const root = join(folder, 'versioned');
  const write = (path: string, content: string) => {
    mkdirSync(join(root, path, '..'), { recursive: true });
    writeFileSync(join(root, path), content);
  };
  const datasets = loadDatasets(DATASETS_DIR);

  test('changes with code, packages and definitions, and with nothing else', () => {
    write('lambdas/a/handler.ts', 'export {}');
    write('core/contracts/errors.ts', 'export {}');
    write('package-lock.json', '{}');
    const before = codeVersion(root, datasets);
    expect(before).toMatch(/^[0-9a-f]{16}$/);

    write('README.md', 'new');
    const elsewhere = join(folder, 'elsewhere');
    cpSync(root, elsewhere, { recursive: true });
    expect([codeVersion(root, datasets), codeVersion(elsewhere, datasets)]).toEqual([before, before]);

    const changed = [codeVersion(root, datasets.slice(1))];
    write('package-lock.json', '{"lockfileVersion":3}');
    changed.push(codeVersion(root, datasets));
    write('lambdas/a/handler.ts', 'export { };');
    changed.push(codeVersion(root, datasets));
    write('lambdas/a/other.ts', '');
    changed.push(codeVersion(root, datasets));
    write('core/contracts/other.ts', 'export {}');
    changed.push(codeVersion(root, datasets));
    expect(new Set([before, ...changed]).size).toBe(6);
  });
});
