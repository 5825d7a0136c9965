import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { lintAsl } from '../../cli/commands/lint-asl';
import { catchTo, holes, machine, task } from '../asl-lint/machines';

const folder = mkdtempSync(join(tmpdir(), 'rollcall-cli-'));
afterAll(() => rmSync(folder, { recursive: true }));

function file(name: string, content: unknown): string {
  const path = join(folder, name);
  writeFileSync(path, typeof content === 'string' ? content : JSON.stringify(content));
  return path;
}
const sound = file('sound.asl.json', machine('Work', { Work: task('RecordRun') }));
const broken = file('broken.asl.json', holes());

describe('rollcall lint-asl', () => {
  test('says that there are no findings, with status 0', () => {
    expect(lintAsl(sound, {})).toEqual({ out: `no findings in ${sound}`, err: '', status: 0 });
  });

  test('lists findings, with status 1', () => {
    const { out, status } = lintAsl(broken, { terminal: 'Report' });
    expect(status).toBe(1);
    expect(out).toMatch(/^\d+ findings in .*broken\.asl\.json:\n {2}path-without-terminal · Work\n/);
  });

  test('gives findings as JSON', () => {
    const { out, status } = lintAsl(broken, { terminal: 'Report', json: true });
    expect(status).toBe(1);
    expect(JSON.parse(out)[0]).toEqual({
      machine: '',
      rule: 'path-without-terminal',
      state: 'Work',
      message: expect.any(String),
      hint: expect.any(String),
    });
    expect(lintAsl(sound, { json: true }).out).toBe('[]');
  });

  test('with --ours and --strict, also finds what the contract of a step promises and its Choice does not ask for', () => {
    const definition = machine('LoadPartition', {
      LoadPartition: task('PartitionReady?', { OutputPath: '$.Payload', Catch: [catchTo('RecordRun', '$')] }),
      'PartitionReady?': {
        Type: 'Choice',
        Choices: [{ Variable: '$.ready', BooleanEquals: true, Next: 'RecordRun' }],
        Default: 'RecordRun',
      },
    });
    const unasked = file('unasked.asl.json', definition);
    expect(lintAsl(unasked, { ours: true }).status).toBe(0);
    const { out, status } = lintAsl(unasked, { ours: true, strict: true });
    expect([status, out]).toEqual([1, expect.stringContaining('path-may-be-missing · PartitionReady?')]);
  });

  test('finds the machines of a template and names them', () => {
    const definition = JSON.stringify(holes());
    const template = file('t.json', {
      Resources: { Hourly: { Type: 'AWS::StepFunctions::StateMachine', Properties: { DefinitionString: definition } } },
    });
    expect(lintAsl(template, { terminal: 'Report' }).out).toContain('findings in Hourly (');
  });

  test.each([
    ['a file that is not there', join(folder, 'none.json'), /none\.json: cannot be read: ENOENT/],
    ['a folder', folder, /cannot be read: EISDIR/],
    ['no JSON', file('text.json', 'StartAt'), /text\.json: is not JSON/],
    ['YAML', file('m.yaml', 'StartAt: A'), /YAML is not read; convert it to JSON/],
    ['another document', file('other.json', { a: 1 }), /neither a state machine/],
    ['a template without machines', file('empty.json', { Resources: {} }), /has no state machine/],
    ['a state of no known type', file('s.json', { StartAt: 'A', States: { A: {} } }), /state "A" is not valid/],
  ])('%s is an error of its own, with status 2', (_, path, message) => {
    const { out, err, status } = lintAsl(path, {});
    expect({ out, status }).toEqual({ out: '', status: 2 });
    expect(err).toMatch(message);
  });
});

describe('npx rollcall', () => {
  const run = (args: string[], input = '') =>
    spawnSync(process.execPath, [resolve(__dirname, '../../cli/rollcall.cjs'), ...args], { encoding: 'utf8', input });

  test('reads standard input and passes the status on', () => {
    const { stdout, status } = run(['lint-asl', '-', '--terminal', 'Report'], JSON.stringify(holes()));
    expect(stdout).toMatch(/findings in -:/);
    expect(status).toBe(1);
  });

  test('wrong usage has status 2 and says what is right', () => {
    const { stderr, status } = run(['lint-asl']);
    expect(stderr).toContain("missing required argument 'file'");
    expect(status).toBe(2);
  });
});
