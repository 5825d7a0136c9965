import { join } from 'node:path';
import { runInNewContext } from 'node:vm';
import { build } from 'esbuild';
import * as errors from '../../../core/contracts/errors';

type ErrorClass = new (
  message: string,
  options?: { details?: Record<string, unknown>; cause?: unknown },
) => errors.RollcallError;

/** Every class that the module exports, found by what it is, so that one missing in the module's own list is noticed. */
const classes = Object.entries(errors).flatMap(([name, value]: [string, unknown]): [string, ErrorClass][] =>
  typeof value === 'function' && value.prototype instanceof errors.RollcallError ? [[name, value as ErrorClass]] : [],
);

describe('errors of the steps', () => {
  it.each(classes)('%s has its own name as a literal, and keeps message, details and cause', (name, Class) => {
    const cause = new Error('below');
    const error = new Class('what happened', { details: { object: 'a.csv' }, cause });
    expect(error.name).toBe(name);
    expect(error).toMatchObject({ message: 'what happened', details: { object: 'a.csv' }, cause });
    expect(new Class('').details).toEqual({});
  });

  it('keep their names when a minifier renames the classes', async () => {
    const { outputFiles } = await build({
      stdin: {
        contents: `import * as errors from './errors'; globalThis.names = Object.values(errors)
          .filter((c) => typeof c === 'function' && /^class/.test(String(c)) && c !== errors.RollcallError)
          .map((C) => [new C('').name, C.name]);`,
        resolveDir: join(__dirname, '..', '..', '..', 'core', 'contracts'),
      },
      bundle: true,
      minify: true,
      write: false,
      platform: 'node',
      format: 'cjs',
      logLevel: 'silent',
    });
    const sandbox: { names?: [string, string][]; require: NodeJS.Require } = { require };
    runInNewContext(outputFiles[0]?.text ?? '', sandbox);
    expect(sandbox.names?.map(([name]) => name).toSorted()).toEqual(classes.map(([name]) => name).toSorted());
    // Otherwise this test proves nothing.
    expect(sandbox.names?.some(([name, renamed]) => name !== renamed)).toBe(true);
  });

  it('are each in exactly one family: to be retried, or final', () => {
    const { RETRYABLE_ERROR_NAMES: retryable, FINAL_ERROR_NAMES: final } = errors;
    expect([...retryable, ...final].toSorted()).toEqual(classes.map(([name]) => name).toSorted());
    expect(retryable.filter((name) => final.includes(name))).toEqual([]);
    expect(retryable.toSorted()).toEqual([
      'DependencyUnavailable',
      'LedgerContention',
      'PlatformFault',
      'SourceChanged',
      'TransientError',
    ]);
  });

  it.each(classes.filter(([name]) => errors.RETRYABLE_ERROR_NAMES.includes(name)))(
    '%s, given up, is of the same reason with the same words, and is not retried',
    (_name, Class) => {
      const error = new Class('s3://b/k: SlowDown', { details: { bucket: 'b' } });
      const last = errors.givenUp(error);
      expect(last).toMatchObject({ message: 's3://b/k: SlowDown', details: { bucket: 'b' }, cause: error });
      expect([last.code, last.retryable]).toEqual([error.code, false]);
      expect(errors.FINAL_ERROR_NAMES).toContain(last.name);
      // What a Catch keeps is a name alone.
      expect(errors.reasonOfError(last.name)).toBe(error.code);
      expect(errors.givenUp(last)).toBe(last);
    },
  );

  it('never share a name with an error of Lambda or Step Functions', () => {
    for (const name of errors.RETRYABLE_SERVICE_ERRORS) {
      expect(name).toContain('.');
      expect(errors.isOwnErrorName(name)).toBe(false);
    }
  });

  it.each([
    ['Lambda.TooManyRequestsException', 'Rate exceeded', 'PLATFORM_UNAVAILABLE'],
    ['Lambda.ServiceException', '', 'PLATFORM_UNAVAILABLE'],
    ['Sandbox.Timedout', '', 'STEP_TIMED_OUT'],
    ['States.Timeout', '', 'STEP_TIMED_OUT'],
    ['Runtime.OutOfMemory', '', 'OUT_OF_MEMORY'],
    [
      'Runtime.ExitError',
      '{"errorMessage":"RequestId: x Error: Runtime exited with error: signal: killed"}',
      'OUT_OF_MEMORY',
    ],
    ['Runtime.ExitError', '{"errorMessage":"Runtime exited with error: exit status 1"}', 'INTERNAL_ERROR'],
    ['Lambda.Unknown', '{"errorMessage":"Task timed out after 900.00 seconds"}', 'STEP_TIMED_OUT'],
    ['States.Runtime', 'the JSONPath could not be found', 'INTERNAL_ERROR'],
    // A data error that speaks of memory is still what its name says.
    ['SourceCorrupt', 'a value reads "out of memory"', 'SOURCE_CORRUPT'],
    ['Error', 'out of memory', 'INTERNAL_ERROR'],
  ])('%s with cause %j is %s', (name, cause, code) => {
    expect(errors.reasonOfError(name, cause)).toBe(code);
  });
});
