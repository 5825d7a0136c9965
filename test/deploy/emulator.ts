import { closeSync, mkdirSync, openSync, readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { delimiter, dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { signalGroup, start } from './children';

/*
 * MiniStack 1.5.33 is not AWS. What it does differently, as far as it matters here (found by running it and reading its source):
 *
 * | Where                | AWS                                            | MiniStack                                                   |
 * |----------------------|------------------------------------------------|-------------------------------------------------------------|
 * | Scheduler            | fills in `<aws.scheduler.scheduled-time>` etc. | passes them on as text. Closed by emulator.py                 |
 * | Lambda errors        | `errorType` is the thrown error's name         | always `Runtime.HandlerError`. Closed by emulator.py          |
 * | Scheduler            | fires within the minute, retries, dead letters | looks every 10 s; no retries, dead letters or time zones;     |
 * |                      |                                                | a cron fires only in a minute after the one of its creation   |
 * | IAM, bucket policies | decide every call                              | no call is refused:    grants are *not* tested here          |
 * | ExpectedBucketOwner  | refuses another account's bucket (403)         | ignored                                                     |
 * | KMS, TLS-only        | enforced                                       | stored, not enforced                                        |
 * | Lifecycle rules      | delete                                         | stored, never carried out                                   |
 * | Lambda processor     | arm64 or x86_64 as declared                    | the host's; hence `-c target=host`                            |
 * | Lambda memory, /tmp  | limited, /tmp private                          | neither limited nor private                                 |
 * | Lambda environment   | a clean one                                    | also everything the emulator was started with               |
 * | Lambda after error   | the environment is kept                        | a new process; modules are loaded again                     |
 * | Retry                | `MaxDelaySeconds`, `JitterStrategy`            | both ignored; no delay is longer than 60 s                    |
 * | Time-out of machine  | `TimeoutSeconds` ends it as TIMED_OUT          | ignored; nothing ever ends as TIMED_OUT                     |
 * | StopExecution        | stops before the next state                    | the same, and a Lambda runs on, as on AWS                   |
 * | `$$`                 | the whole context object                       | null; single fields (`$$.Execution.Id`) are right             |
 * | Execution history    | all events, linked by `previousEventId`        | no links, no TaskStarted, no state events inside a Map; so a  |
 * |                      |                                                | manifest has no steps and its cost only transitions here    |
 * | JSONPath             | a path that leads nowhere: States.Runtime      | null                                                        |
 * | Payload limits       | 256 KiB, 25,000 events                         | none                                                        |
 * | Logging, X-Ray       | logs and traces of each execution              | settings stored, nothing written                            |
 * | SNS e-mail           | sent                                           | a line in the log                                           |
 *
 * The same as on AWS, and relied on: conditional PutObject (412 PreconditionFailed on If-None-Match: * and on a stale If-Match, 404
 * NoSuchKey for If-Match on nothing), ETags (MD5 of the content), range and conditional GET, list pages, NoSuchBucket, published
 * versions of functions, Retry and Catch by error name, Task time-outs, `$$.State.RetryCount`, Choice, Wait, inline Map with
 * ItemSelector, Describe-, List- and StopExecution, status-change events on the default bus, secrets.
 */

/** Region of the deployment. Any would do: nothing leaves this machine. */
export const REGION = 'us-east-1';
/** MiniStack's account for credentials that are not an account number. */
export const ACCOUNT = '000000000000';

/** A running emulator. */
export interface Emulator {
  readonly endpoint: string;
  /** Everything it and the Lambdas printed. */
  log(): string;
  /** Ends it and its Lambdas. */
  stop(): Promise<void>;
}

/**
 * Starts MiniStack on a free port of the loopback interface. Its Lambdas run with the Node that runs this test, without
 * Docker, and get `AWS_ENDPOINT_URL` from it; as that is an IP address, the SDK's S3 client uses path-style addresses by itself.
 * @param interpreter Python with MiniStack
 * @param folder where its log and the Lambdas' code go
 */
export async function startEmulator(interpreter: string, folder: string): Promise<Emulator> {
  const port = await freePort();
  const endpoint = `http://127.0.0.1:${port}`;
  const temporary = join(folder, 'tmp');
  mkdirSync(temporary, { recursive: true });
  const logFile = join(folder, 'emulator.log');
  const log = openSync(logFile, 'w');
  const child = start(interpreter, [join(__dirname, 'emulator.py')], {
    cwd: folder,
    // Only this: the Lambdas inherit it.
    env: {
      PATH: [dirname(process.execPath), process.env['PATH'] ?? ''].join(delimiter),
      HOME: folder,
      TMPDIR: temporary,
      BIND_HOST: '127.0.0.1',
      MINISTACK_HOST: '127.0.0.1',
      GATEWAY_PORT: String(port),
      MINISTACK_ACCOUNT_ID: ACCOUNT,
      MINISTACK_REGION: REGION,
      LAMBDA_EXECUTOR: 'local',
      // No other listeners, and no look-out for a Docker that the machine may have.
      IOT_MTLS_ENABLED: '0',
      SFTP_ENABLED: '0',
      DOCKER_HOST: 'unix:///nonexistent',
    },
    stdio: ['pipe', log, log],
  });
  closeSync(log);
  const ended = new Promise<void>((resolve) => {
    child.once('exit', () => resolve());
    child.once('error', () => resolve());
  });
  const emulator: Emulator = {
    endpoint,
    // Without the banner, unless that is all there is.
    log: () => readFileSync(logFile, 'utf8').replace(/^.*\[ministack\] Ready[^\n]*\n/s, ''),
    stop: async () => {
      signalGroup(child, 'SIGTERM');
      await Promise.race([ended, sleep(5000, undefined, { ref: false })]);
      signalGroup(child, 'SIGKILL');
      await ended;
    },
  };
  const giveUp = Date.now() + 60_000;
  while (!(await isReady(endpoint))) {
    if (child.exitCode !== null || child.signalCode !== null || Date.now() > giveUp) {
      await emulator.stop();
      throw new Error(`MiniStack did not start:\n${emulator.log()}`);
    }
    await sleep(100);
  }
  return emulator;
}

async function isReady(endpoint: string): Promise<boolean> {
  try {
    return (await fetch(`${endpoint}/_ministack/ready`, { signal: AbortSignal.timeout(2000) })).ok;
  } catch {
    // Not listening yet.
    return false;
  }
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() =>
        address !== null && typeof address === 'object' ? resolve(address.port) : reject(new Error('no port')),
      );
    });
  });
}
