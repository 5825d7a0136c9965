import { randomUUID } from 'node:crypto';
import type { VirtualClock } from '../../clock';
import type { FunctionResource } from '../../template/template';

/** An invocation that failed, in the words of Lambda's own response. */
export interface FunctionFailure {
  readonly errorType: string;
  readonly errorMessage: string;
  readonly trace?: readonly string[];
}

export type InvokeResult =
  { readonly ok: true; readonly payload: unknown } | { readonly ok: false; readonly error: FunctionFailure };

export interface InvokeRequest {
  /** Name or ARN, with or without a version. */
  readonly functionName: string;
  readonly payload: unknown;
  /** Kill what runs the handler once the handler has started. */
  readonly kill?: boolean;
  /** When the execution that invokes was started, epoch milliseconds: a published version is the one that was deployed then. */
  readonly since?: number;
}

export interface Invocation {
  readonly requestId: string;
  readonly version: string;
  /** Never rejects. */
  readonly done: Promise<InvokeResult>;
}

/** Who runs Lambda functions. Invoking one that doesn't exist throws `FunctionNotFound`. */
export interface Invoker {
  invoke(request: InvokeRequest): Invocation;
  /** Ends what is still at work, as far as it can be ended; what is idle stays warm. */
  reset(): Promise<void>;
  stop(): Promise<void>;
}

export class FunctionNotFound extends Error {
  override readonly name = 'FunctionNotFound';
}

/** The context that a handler gets, as far as Lambda documents it. */
interface LambdaContext {
  readonly functionName: string;
  readonly functionVersion: string;
  readonly invokedFunctionArn: string;
  readonly memoryLimitInMB: string;
  readonly awsRequestId: string;
  getRemainingTimeInMillis(): number;
}

export type Handler = (event: unknown, context: LambdaContext) => Promise<unknown>;

/** Lambda's limit for a synchronous response, in bytes. */
const MAX_RESPONSE_BYTES = 6_291_556;

/** The function that a name, an ARN or a version's ARN means, and the version. */
export function findFunction(
  functions: readonly FunctionResource[],
  nameOrArn: string,
): { resource: FunctionResource; version: string } {
  const match = /^(?:arn:aws:lambda:[^:]*:[^:]*:function:)?([^:]+)(?::([^:]+))?$/.exec(nameOrArn);
  const resource = functions.find((each) => each.name === match?.[1]);
  if (resource === undefined) throw new FunctionNotFound(`Function not found: ${nameOrArn}`);
  return { resource, version: match?.[2] ?? '$LATEST' };
}

/**
 * The function whose name, logical id or construct id (the logical id without CDK's hash) this is.
 * Throws where none or several are.
 */
export function functionByLabel(functions: readonly FunctionResource[], label: string): FunctionResource {
  const exact = functions.filter((each) => each.name === label || each.logicalId === label);
  const loose = functions.filter((each) =>
    new RegExp(`${label}(Function|Handler|Lambda)?[0-9A-F]{8}$`).test(each.logicalId),
  );
  const found = exact.length > 0 ? exact : loose;
  if (found.length === 1 && found[0] !== undefined) return found[0];
  const known = functions.map((each) => each.logicalId).join(', ');
  throw new FunctionNotFound(
    `${found.length === 0 ? 'No' : 'More than one'} function is called ${label}; there are ${known}`,
  );
}

export function timedOut(requestId: string, resource: FunctionResource): InvokeResult {
  const seconds = resource.timeoutSeconds.toFixed(2);
  return failed('Sandbox.Timedout', `RequestId: ${requestId} Error: Task timed out after ${seconds} seconds`);
}

export function exited(requestId: string, how: string): InvokeResult {
  return failed('Runtime.ExitError', `RequestId: ${requestId} Error: Runtime exited with error: ${how}`);
}

/** What Lambda makes of a response: parsed JSON, or an error where it is too large. */
export function respond(body: string): InvokeResult {
  const bytes = Buffer.byteLength(body);
  if (bytes > MAX_RESPONSE_BYTES) {
    return failed(
      'Function.ResponseSizeTooLarge',
      `Response payload size exceeded maximum allowed payload size (${MAX_RESPONSE_BYTES} bytes).`,
    );
  }
  return { ok: true, payload: JSON.parse(body) as unknown };
}

function failed(errorType: string, errorMessage: string): InvokeResult {
  return { ok: false, error: { errorType, errorMessage } };
}

/**
 * Runs handlers in this process: for tests of everything but the bundles. A handler that outlives
 * its function's time-out in simulated time runs on, unheard.
 */
export class InProcessInvoker implements Invoker {
  readonly #handlers: ReadonlyMap<string, Handler>;

  constructor(
    readonly clock: VirtualClock,
    readonly functions: readonly FunctionResource[],
    handlers: Readonly<Record<string, Handler>>,
  ) {
    this.#handlers = new Map(
      Object.entries(handlers).map(([label, handler]) => [functionByLabel(functions, label).name, handler]),
    );
  }

  invoke(request: InvokeRequest): Invocation {
    const { resource, version } = findFunction(this.functions, request.functionName);
    const requestId = randomUUID();
    return { requestId, version, done: this.#run(resource, version, requestId, request) };
  }

  async #run(
    resource: FunctionResource,
    version: string,
    requestId: string,
    request: InvokeRequest,
  ): Promise<InvokeResult> {
    const handler = this.#handlers.get(resource.name);
    if (handler === undefined)
      return failed('Runtime.HandlerNotFound', `No handler was given for ${resource.logicalId}`);
    if (request.kill === true) return exited(requestId, 'signal: killed');
    const deadline = this.clock.now() + resource.timeoutSeconds * 1000;
    const context: LambdaContext = {
      functionName: resource.name,
      functionVersion: version,
      invokedFunctionArn: version === '$LATEST' ? resource.arn : `${resource.arn}:${version}`,
      memoryLimitInMB: String(resource.memoryMb),
      awsRequestId: requestId,
      getRemainingTimeInMillis: () => Math.max(0, deadline - this.clock.now()),
    };
    let cancel = (): void => undefined;
    const timeout = new Promise<InvokeResult>((resolve) => {
      cancel = this.clock.timer(new Date(deadline), () => resolve(timedOut(requestId, resource)), { background: true });
    });
    const work = async (): Promise<InvokeResult> => {
      try {
        const value = await handler(JSON.parse(JSON.stringify(request.payload)), context);
        return respond(JSON.stringify(value) ?? 'null');
      } catch (error) {
        const { name, message, stack } = error instanceof Error ? error : new Error(String(error));
        return { ok: false, error: { errorType: name, errorMessage: message, trace: (stack ?? '').split('\n') } };
      }
    };
    try {
      return await Promise.race([work(), timeout]);
    } finally {
      cancel();
    }
  }

  async reset(): Promise<void> {}

  async stop(): Promise<void> {}
}
