import { createRequire } from 'node:module';
import type * as Library from 'aws-local-stepfunctions';

/** It loads a validator, which we switch off, and a client for Lambda, which we stand in for: half a second at every start. */
const UNUSED = ['asl-validator', '@aws-sdk/client-lambda'];

const ofLibrary = createRequire(require.resolve('aws-local-stepfunctions'));
const stub = require.resolve('./unused.cjs');
require(stub);
// Jest, which keeps modules apart by itself, ignores what is put into the cache, and loads the real ones.
const files = UNUSED.map((name) => ofLibrary.resolve(name)).filter((file) => ofLibrary.cache[file] === undefined);
for (const file of files) ofLibrary.cache[file] = ofLibrary.cache[stub];
/** `aws-local-stepfunctions`, without what it does not need here. */
export const { StateMachine } = require('aws-local-stepfunctions') as typeof Library;
for (const file of files) delete ofLibrary.cache[file];
