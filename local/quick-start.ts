import { enableCompileCache, registerHooks } from 'node:module';
import path from 'node:path';
import { pathToFileURL } from 'node:url';

/*
 * Imported before all else. Compiled modules are kept for the next start; and `aws-local-stepfunctions` does without a validator, which is
 * switched off, and a client for Lambda, which is never asked: together half a second of every start.
 */
enableCompileCache();

const UNUSED = new Set(['asl-validator', '@aws-sdk/client-lambda']);
const url = pathToFileURL(path.join(__dirname, 'unused.cjs')).href;
registerHooks({
  resolve: (specifier, context, next) =>
    UNUSED.has(specifier) && context.parentURL?.includes('/aws-local-stepfunctions/') === true
      ? { url, shortCircuit: true }
      : next(specifier, context),
});
