import { spawn, type ChildProcess } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { devNull, tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import type { VirtualClock } from '../../clock';
import {
  exited,
  findFunction,
  respond,
  timedOut,
  type FunctionFailure,
  type Invocation,
  type InvokeRequest,
  type InvokeResult,
  type Invoker,
} from './invoker';
import type { FunctionResource } from '../../template/template';

const BOOTSTRAP = path.join(__dirname, 'lambda-process.cjs');

/** How long a process may take to note the time; one that is busy computing does not hold up the world. */
const TELL_TIME_MS = 250;

/** A line that a function wrote. */
export interface LogLine {
  readonly functionName: string;
  /** Undefined for what is written between invocations. */
  readonly requestId: string | undefined;
  readonly stream: 'stdout' | 'stderr';
  readonly line: string;
}

export interface ProcessInvokerOptions {
  readonly clock: VirtualClock;
  readonly functions: readonly FunctionResource[];
  /** Where the local AWS listens: added to every function's environment. */
  readonly endpoints: Readonly<Record<string, string>>;
  readonly region: string;
  readonly log?: (line: LogLine) => void;
  /** Processes a function may have at once; further invocations wait. Default 4. */
  readonly concurrency?: number;
}

/** What a deployment changes about the functions, whose code stays: files of their bundles, and their environment. */
export interface Release {
  readonly name: string;
  /** Content by the file's name in the bundle. */
  readonly files: Readonly<Record<string, string>>;
  readonly environment: Readonly<Record<string, string>>;
}

type ChildMessage =
  | { readonly type: 'clock' }
  | { readonly type: 'started'; readonly requestId: string }
  | { readonly type: 'result'; readonly requestId: string; readonly body?: string; readonly error?: FunctionFailure };

/** Runs each function's bundle in processes of its own, kept warm between invocations as Lambda does. */
export class ProcessInvoker implements Invoker {
  readonly #pools = new Map<string, Pool>();
  readonly #processes = new Map<string, LambdaProcess>();
  readonly #temporary = mkdtempSync(path.join(tmpdir(), 'rollcall-lambda-'));
  readonly #stopListening: () => void;
  /** In the order of their deployment. */
  readonly #releases: { readonly at: number; readonly release: Release }[] = [];
  #nextKey = 1;
  #stopped = false;

  constructor(readonly options: ProcessInvokerOptions) {
    this.#stopListening = options.clock.onJump(async (now) => {
      await Promise.all([...this.#processes.values()].map((process) => process.tellTime(now)));
    });
  }

  invoke(request: InvokeRequest): Invocation {
    if (this.#stopped) throw new Error('The local Lambda has been stopped');
    const { resource, version } = findFunction(this.options.functions, request.functionName);
    const requestId = randomUUID();
    return { requestId, version, done: this.#run(resource, version, requestId, request) };
  }

  /**
   * Deploys the functions anew: `$LATEST` is this release from now on, and so are the versions that executions started from now on name.
   * Executions that are going keep theirs.
   */
  deploy(release: Release): void {
    this.#releases.push({ at: this.options.clock.now(), release });
  }

  /** The release that an invocation gets; undefined for the one of the bundles. */
  #releaseFor(version: string, since: number | undefined): Release | undefined {
    // An execution of the same moment was there first: it is what brought the deployment about.
    return this.#releases.findLast(({ at }) => version === '$LATEST' || since === undefined || at < since)?.release;
  }

  /** The function and request that an access key id belongs to: each process has a key id of its own. */
  callerOf(accessKeyId: string): { functionName: string; requestId: string | undefined } | undefined {
    const process = this.#processes.get(accessKeyId);
    return process === undefined ? undefined : { functionName: process.resource.name, requestId: process.requestId };
  }

  /** Kills the process with that access key id, in the middle of whatever it does. */
  kill(accessKeyId: string): void {
    this.#processes.get(accessKeyId)?.kill();
  }

  /** Ends every process; the next invocation of each function is a cold start. */
  async recycle(): Promise<void> {
    await Promise.all([...this.#processes.values()].map((process) => process.end()));
  }

  async reset(): Promise<void> {
    // What was deployed is undone; its processes would only take memory.
    this.#releases.length = 0;
    const working = [...this.#processes.values()].filter(
      (process) => process.requestId !== undefined || process.isOfRelease,
    );
    await Promise.all(working.map((process) => process.end()));
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    this.#stopListening();
    await this.recycle();
    rmSync(this.#temporary, { recursive: true, force: true });
  }

  async #run(
    resource: FunctionResource,
    version: string,
    requestId: string,
    request: InvokeRequest,
  ): Promise<InvokeResult> {
    const release = this.#releaseFor(version, request.since);
    const pool = this.#pool([resource.name, version, release?.name ?? ''].join(':'));
    const process = await pool.acquire(() => this.#spawn(resource, version, release));
    const result = await process.invoke(requestId, version, request);
    pool.release(process);
    return result;
  }

  /** The bundle as it is in a release: its files by links, but for those that the release brings. */
  #taskRoot(functionId: string, bundle: string, { name, files }: Release): string {
    const folder = path.join(this.#temporary, `release-${name}`, functionId);
    if (existsSync(folder)) return folder;
    mkdirSync(folder, { recursive: true });
    for (const file of readdirSync(bundle).filter((each) => !(each in files)))
      symlinkSync(path.join(bundle, file), path.join(folder, file));
    for (const [file, content] of Object.entries(files)) writeFileSync(path.join(folder, file), content);
    return folder;
  }

  #pool(version: string): Pool {
    let pool = this.#pools.get(version);
    if (pool === undefined) this.#pools.set(version, (pool = new Pool(this.options.concurrency ?? 4)));
    return pool;
  }

  #spawn(resource: FunctionResource, version: string, release: Release | undefined): LambdaProcess {
    if (this.#stopped) throw new Error('The local Lambda has been stopped');
    if (resource.assetDirectory === undefined)
      throw new Error(`${resource.logicalId} has no bundle that could be run here`);
    const key = `LOCAL${String(this.#nextKey++).padStart(11, '0')}`;
    const temporary = path.join(this.#temporary, key);
    mkdirSync(temporary, { recursive: true });
    const process = new LambdaProcess(resource, this.options, release !== undefined, {
      ...resource.environment,
      ...release?.environment,
      ...this.options.endpoints,
      ...lambdaEnvironment(resource, version, this.options.region),
      ...(release === undefined
        ? {}
        : { LAMBDA_TASK_ROOT: this.#taskRoot(resource.logicalId, resource.assetDirectory, release) }),
      AWS_ACCESS_KEY_ID: key,
      AWS_SECRET_ACCESS_KEY: 'local',
      TMPDIR: temporary,
    });
    this.#processes.set(key, process);
    void process.ended.then(() => this.#processes.delete(key));
    return process;
  }
}

/** At most so many processes of one function; a call that comes when all are at work waits in line. */
class Pool {
  readonly #idle: LambdaProcess[] = [];
  readonly #waiting: (() => void)[] = [];
  #running = 0;

  constructor(readonly limit: number) {}

  async acquire(create: () => LambdaProcess): Promise<LambdaProcess> {
    while (this.#running >= this.limit) await new Promise<void>((resolve) => this.#waiting.push(resolve));
    this.#running += 1;
    for (let process = this.#idle.pop(); process !== undefined; process = this.#idle.pop()) {
      if (process.alive) return process;
    }
    try {
      return create();
    } catch (error) {
      this.#running -= 1;
      throw error;
    }
  }

  release(process: LambdaProcess): void {
    this.#running -= 1;
    if (process.alive) this.#idle.push(process);
    this.#waiting.shift()?.();
  }
}

/** One warm process of one function. */
class LambdaProcess {
  readonly ended: Promise<void>;
  requestId: string | undefined;
  #child: ChildProcess;
  #alive = true;
  #settle: ((result: InvokeResult) => void) | undefined;
  #killOnStart = false;
  #noted: (() => void) | undefined;

  constructor(
    readonly resource: FunctionResource,
    readonly options: ProcessInvokerOptions,
    readonly isOfRelease: boolean,
    environment: Readonly<Record<string, string>>,
  ) {
    this.#child = spawn(
      process.execPath,
      ['--enable-source-maps', `--max-old-space-size=${resource.memoryMb}`, BOOTSTRAP],
      {
        cwd: resource.assetDirectory,
        env: environment,
        stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
      },
    );
    this.#child.on('message', (message) => this.#onMessage(message as ChildMessage));
    this.#capture('stdout');
    this.#capture('stderr');
    this.ended = new Promise((resolve) => {
      const end = (how: string): void => {
        this.#alive = false;
        this.#settle?.(exited(this.requestId ?? '', how));
        resolve();
      };
      this.#child.once('error', (error) => end(error.message));
      this.#child.once('exit', (code, signal) =>
        end(signal === null ? `exit status ${code ?? 0}` : `signal: ${signal === 'SIGKILL' ? 'killed' : signal}`),
      );
    });
  }

  get alive(): boolean {
    return this.#alive && this.#child.connected;
  }

  /** Resolves once the process has taken note, and fired its time-outs; at the latest after a moment of real time. */
  async tellTime(now: number): Promise<void> {
    if (this.requestId === undefined || !this.alive) return;
    const noted = new Promise<void>((resolve) => (this.#noted = resolve));
    this.#child.send({ type: 'clock', now }, () => undefined);
    const patience = new Promise<void>((resolve) => setTimeout(resolve, TELL_TIME_MS).unref());
    await Promise.race([noted, this.ended, patience]);
  }

  kill(): void {
    this.#alive = false;
    this.#child.kill('SIGKILL');
  }

  async end(): Promise<void> {
    this.kill();
    await this.ended;
  }

  /** Resolves with the handler's result, or with what became of the process. */
  async invoke(requestId: string, version: string, request: InvokeRequest): Promise<InvokeResult> {
    const { clock } = this.options;
    const { resource } = this;
    const limit = resource.timeoutSeconds * 1000;
    const deadline = clock.now() + limit;
    this.requestId = requestId;
    this.#killOnStart = request.kill ?? false;
    let timedOutAt: InvokeResult | undefined;
    const expire = (): void => {
      timedOutAt = timedOut(requestId, resource);
      this.kill();
    };
    // In simulated time for what only pretends to take long; in real time for a handler that really hangs.
    const cancel = clock.timer(new Date(deadline), expire, { background: true });
    const timer = setTimeout(() => void clock.advance(Math.max(0, deadline - clock.now())), limit);
    try {
      const result = await new Promise<InvokeResult>((resolve) => {
        this.#settle = resolve;
        const arn = version === '$LATEST' ? resource.arn : `${resource.arn}:${version}`;
        const event = JSON.stringify(request.payload);
        const frozen = clock.flow === 'frozen';
        this.#child.send({ type: 'invoke', requestId, event, now: clock.now(), frozen, deadline, arn }, (error) => {
          if (error !== null) this.kill();
        });
      });
      return timedOutAt ?? result;
    } finally {
      cancel();
      clearTimeout(timer);
      this.#settle = undefined;
      this.requestId = undefined;
    }
  }

  #onMessage(message: ChildMessage): void {
    if (message.type === 'clock') return this.#noted?.();
    if (message.requestId !== this.requestId) return;
    if (message.type === 'started') {
      if (this.#killOnStart) this.kill();
      return;
    }
    if (this.#killOnStart) return;
    if (message.error !== undefined) this.#settle?.({ ok: false, error: message.error });
    else this.#settle?.(respond(message.body ?? 'null'));
  }

  #capture(stream: 'stdout' | 'stderr'): void {
    const source = this.#child[stream];
    if (source === null) return;
    createInterface({ input: source }).on('line', (line) => {
      this.options.log?.({ functionName: this.resource.name, requestId: this.requestId, stream, line });
    });
  }
}

function lambdaEnvironment(resource: FunctionResource, version: string, region: string): Record<string, string> {
  return {
    _HANDLER: resource.handler,
    AWS_CONFIG_FILE: devNull,
    AWS_DEFAULT_REGION: region,
    AWS_EC2_METADATA_DISABLED: 'true',
    AWS_EXECUTION_ENV: `AWS_Lambda_${resource.runtime}`,
    AWS_LAMBDA_FUNCTION_MEMORY_SIZE: String(resource.memoryMb),
    AWS_LAMBDA_FUNCTION_NAME: resource.name,
    AWS_LAMBDA_FUNCTION_VERSION: version,
    AWS_LAMBDA_INITIALIZATION_TYPE: 'on-demand',
    AWS_LAMBDA_LOG_GROUP_NAME: `/aws/lambda/${resource.name}`,
    AWS_LAMBDA_LOG_STREAM_NAME: 'local',
    AWS_REGION: region,
    AWS_SHARED_CREDENTIALS_FILE: devNull,
    LAMBDA_TASK_ROOT: resource.assetDirectory ?? '',
    LANG: 'en_US.UTF-8',
    NODE_PATH: path.join(resource.assetDirectory ?? '', 'node_modules'),
    PATH: process.env['PATH'] ?? '',
    TZ: ':UTC',
  };
}
