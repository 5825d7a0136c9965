'use strict';
/**
 * What Lambda's runtime is to a handler, in a process of its own: loads the bundle, takes one
 * invocation at a time from its parent, and answers. Plain JavaScript without dependencies, so
 * that it runs from anywhere. `Date` and time-outs follow the parent's virtual clock.
 */
const path = require('node:path');
const util = require('node:util');
const { performance } = require('node:perf_hooks');
const { pathToFileURL } = require('node:url');

const RealDate = Date;
const real = { setTimeout, clearTimeout };
const clock = { base: RealDate.now(), at: performance.now(), frozen: false };
/** Time-outs set by the handler: handle -> {due, run}. A jump of the clock fires those it passes. */
const timeouts = new Map();

function now() {
  return clock.frozen ? clock.base : clock.base + Math.floor(performance.now() - clock.at);
}

const VirtualDate = new Proxy(RealDate, {
  construct: (target, args, newTarget) =>
    Reflect.construct(target, args.length === 0 ? [now()] : args, newTarget === VirtualDate ? target : newTarget),
  apply: () => new RealDate(now()).toString(),
  get: (target, property, receiver) => (property === 'now' ? now : Reflect.get(target, property, receiver)),
});
RealDate.prototype.constructor = VirtualDate;
globalThis.Date = VirtualDate;

globalThis.setTimeout = function setTimeout(callback, ms, ...args) {
  const run = () => {
    timeouts.delete(handle);
    callback(...args);
  };
  const handle = real.setTimeout(run, ms);
  timeouts.set(handle, { due: now() + (Number(ms) || 0), run });
  return handle;
};
globalThis.setTimeout[util.promisify.custom] = (ms, value) =>
  new Promise((done) => globalThis.setTimeout(done, ms, value));
globalThis.clearTimeout = function clearTimeout(handle) {
  timeouts.delete(handle);
  real.clearTimeout(handle);
};
AbortSignal.timeout = (ms) => {
  const controller = new AbortController();
  const expire = () => controller.abort(new DOMException('The operation was aborted due to timeout', 'TimeoutError'));
  globalThis.setTimeout(expire, ms).unref();
  return controller.signal;
};

function setClock(instant, frozen) {
  clock.base = instant;
  clock.at = performance.now();
  clock.frozen = frozen;
  const passed = [...timeouts].filter(([, timeout]) => timeout.due <= instant);
  for (const [handle, timeout] of passed.sort(([, a], [, b]) => a.due - b.due)) {
    real.clearTimeout(handle);
    timeout.run();
  }
}

/** As Lambda's runtime: the error's name is its type. */
function describe(error) {
  if (error instanceof Error || (typeof error === 'object' && error !== null && 'message' in error)) {
    return {
      errorType: String(error.name ?? 'Error'),
      errorMessage: String(error.message),
      trace: String(error.stack ?? '').split('\n'),
    };
  }
  return {
    errorType: typeof error,
    errorMessage: typeof error === 'string' ? error : String(util.inspect(error)),
    trace: [],
  };
}

function failure(errorType, errorMessage) {
  const error = new Error(errorMessage);
  error.name = errorType;
  return error;
}

let handler;

async function loadHandler() {
  const specified = process.env._HANDLER ?? '';
  const dot = specified.lastIndexOf('.');
  const file = path.join(process.env.LAMBDA_TASK_ROOT ?? '.', specified.slice(0, dot));
  const found = ['.js', '.mjs', '.cjs']
    .map((extension) => file + extension)
    .find((candidate) => require('node:fs').existsSync(candidate));
  if (found === undefined)
    throw failure('Runtime.ImportModuleError', `Error: Cannot find module '${path.basename(file)}'`);
  const module = await import(pathToFileURL(found).href);
  const exported = module[specified.slice(dot + 1)] ?? module.default?.[specified.slice(dot + 1)];
  if (typeof exported !== 'function')
    throw failure('Runtime.HandlerNotFound', `${specified} is undefined or not exported`);
  return exported;
}

async function invoke(message) {
  setClock(message.now, message.frozen);
  process.env._X_AMZN_TRACE_ID = `Root=1-${message.requestId.slice(0, 8)}-${message.requestId.replaceAll('-', '').slice(8)};Parent=0000000000000000;Sampled=0`;
  const context = {
    callbackWaitsForEmptyEventLoop: true,
    functionName: process.env.AWS_LAMBDA_FUNCTION_NAME,
    functionVersion: process.env.AWS_LAMBDA_FUNCTION_VERSION,
    memoryLimitInMB: process.env.AWS_LAMBDA_FUNCTION_MEMORY_SIZE,
    logGroupName: process.env.AWS_LAMBDA_LOG_GROUP_NAME,
    logStreamName: process.env.AWS_LAMBDA_LOG_STREAM_NAME,
    invokedFunctionArn: message.arn,
    awsRequestId: message.requestId,
    getRemainingTimeInMillis: () => Math.max(0, message.deadline - now()),
  };
  try {
    handler ??= await loadHandler();
    const result = handler(JSON.parse(message.event), context);
    process.send({ type: 'started', requestId: message.requestId });
    const value = await result;
    const body = value === undefined ? 'null' : JSON.stringify(value);
    if (body === undefined) throw failure('Runtime.MarshalError', 'Unable to stringify response body');
    process.send({ type: 'result', requestId: message.requestId, body });
  } catch (error) {
    process.send({ type: 'result', requestId: message.requestId, error: describe(error) });
  }
}

process.on('message', (message) => {
  if (message.type === 'invoke') void invoke(message);
  else if (message.type === 'clock') {
    setClock(message.now, clock.frozen);
    setImmediate(() => process.send({ type: 'clock' }));
  }
});
process.on('disconnect', () => process.exit(0));
