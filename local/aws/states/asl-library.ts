import { registerHooks } from 'node:module';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import type * as Library from 'aws-local-stepfunctions';

/** It loads a validator, which we switch off, and a client for Lambda, which we stand in for: half a second at every start. */
const UNUSED = new Set(['asl-validator', '@aws-sdk/client-lambda']);

const url = pathToFileURL(path.join(__dirname, 'unused.cjs')).href;
const hooks = registerHooks({
  resolve: (specifier, context, next) =>
    UNUSED.has(specifier) ? { url, shortCircuit: true } : next(specifier, context),
});
/** `aws-local-stepfunctions`, without what it does not need here. */
export const { StateMachine } = require('aws-local-stepfunctions') as typeof Library;
hooks.deregister();
