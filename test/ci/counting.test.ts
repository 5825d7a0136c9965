import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** What `.ci/run` says of its guards: a pass, a failure, and what guarded nothing. */

const counting = join(__dirname, '../../.ci/counting.sh');
let results: string;
beforeEach(() => {
  results = mkdtempSync(join(tmpdir(), 'rollcall-test-'));
});
afterEach(() => rmSync(results, { recursive: true }));

/** Runs some guards as `.ci/run` does; the last line, and whether it was content. */
function run(...guards: string[]): { readonly last: string; readonly content: boolean; readonly output: string } {
  const script = ['set -uo pipefail', `results=${results}`, `source ${counting}`, ...guards, 'summary'].join('\n');
  const { stdout, status } = spawnSync('bash', ['-c', script], { encoding: 'utf8' });
  return { last: stdout.trimEnd().split('\n').at(-1) ?? '', content: status === 0, output: stdout };
}

/** A command that writes a report as jest does, and ends with a status. */
function jest(status: number, report: object | string): string {
  const path = join(results, 'fake-jest.sh');
  const text = typeof report === 'string' ? report : JSON.stringify(report);
  writeFileSync(join(results, 'given'), text);
  writeFileSync(
    path,
    `for argument in "$@"; do case $argument in --outputFile=*) cp ${join(results, 'given')} "\${argument#--outputFile=}";; esac; done\nexit ${status}\n`,
  );
  return `check_jest 'tests' bash ${path}`;
}
const counts = (more: object = {}) => ({
  numPassedTests: 7,
  numFailedTests: 0,
  numRuntimeErrorTestSuites: 0,
  numPendingTests: 0,
  numTodoTests: 0,
  ...more,
});

test('all that pass is well', () => {
  expect(run('check types true', jest(0, counts()))).toMatchObject({
    last: '8 passed, 0 failed, 0 skipped',
    content: true,
  });
});

test('one that fails is told, and the others are run all the same', () => {
  const { last, content, output } = run('check types false', 'check lint true');
  expect({ last, content }).toEqual({ last: '1 passed, 1 failed, 0 skipped', content: false });
  expect(output).toMatch(/::: types FAILED \(\d+ s, \d+ s of processor time\)\n::: lint\n::: lint passed/);
});

test('a table at the end has what each took by the clock and of the processors, its children included', () => {
  const work = 'const end = process.cpuUsage().user + 600_000; while (process.cpuUsage().user < end);';
  const busy = `check 'two words' bash -c '${process.execPath} -e "${work}"; true'`;
  const { output } = run('check types true', busy, 'check lint false');
  expect(output).toMatch(/^guard +seconds +processor\ntypes +\d+ +0 {2}passed\ntwo words +\d+ +[1-9]\d* {2}passed\n/m);
  expect(output).toMatch(/^lint +\d+ +0 {2}FAILED\ntogether +\d+ +[1-9]\d*$/m);
});

test('one that was skipped is counted apart, and is no pass', () => {
  const { last, content, output } = run('check types true', "check 'deployment' bash -c 'exit 77'");
  expect({ last, content }).toEqual({ last: '1 passed, 0 failed, 1 skipped', content: false });
  expect(output).toContain('::: deployment SKIPPED');
});

test.each<[string, number, object | string, string]>([
  ['failed tests', 1, counts({ numFailedTests: 2 }), '7 passed, 2 failed, 0 skipped'],
  ['suites that could not be run', 1, counts({ numRuntimeErrorTestSuites: 1 }), '7 passed, 1 failed, 0 skipped'],
  ['pending and to-do tests', 0, counts({ numPendingTests: 3, numTodoTests: 1 }), '7 passed, 0 failed, 4 skipped'],
  ['a jest that fails without a failed test', 1, counts(), '7 passed, 1 failed, 0 skipped'],
  ['a run without any test', 0, counts({ numPassedTests: 0 }), '0 passed, 1 failed, 0 skipped'],
  ['no report', 1, '', '0 passed, 1 failed, 0 skipped'],
  ['a report that is none', 0, '{"numPassedTests"', '0 passed, 1 failed, 0 skipped'],
])('of jest, %s are not content', (_what, status, report, last) => {
  expect(run(jest(status, report))).toMatchObject({ last, content: false });
});

test('nothing at all is not content', () => {
  expect(run()).toMatchObject({ last: '0 passed, 0 failed, 0 skipped', content: false });
});

test('the deployment test says that it was skipped where there is no Python', () => {
  // A PATH without any: Node is called by its own path.
  const main = join(__dirname, '../deploy/main.ts');
  const tsx = execFileSync(process.execPath, ['-p', 'require.resolve("tsx/cli")'], { encoding: 'utf8' }).trim();
  const { status, stdout } = spawnSync(process.execPath, [tsx, main], { encoding: 'utf8', env: { PATH: results } });
  expect(stdout).toMatch(/^skipped: Python 3\.10 or newer not found/);
  expect(status).toBe(77);
});

test('of the guards only those run that are asked for', () => {
  const { last, content, output } = run(
    "asked=('long tests' types)",
    'check types true',
    'check lint false',
    jestAs('long tests'),
  );
  expect({ last, content }).toEqual({ last: '8 passed, 0 failed, 0 skipped', content: true });
  expect(output).not.toContain('lint');
});

test('a guard that is asked for and does not exist is a failure', () => {
  const { last, content, output } = run('asked=(types typos)', 'check types true');
  expect({ last, content }).toEqual({ last: '1 passed, 1 failed, 0 skipped', content: false });
  expect(output).toContain('there is no guard called typos');
});

function jestAs(name: string): string {
  return jest(0, counts()).replace("'tests'", `'${name}'`);
}
