import { accountsForRead } from '../core/contracts/batch/batch';
import { statuses } from '../core/contracts/run/endings';
import type { Manifest } from '../core/contracts/run/manifest';
import type { Execution } from './aws/states/local-executions';
import { printSlackMessage, type SlackMessage } from './slack';
import type { World } from './world';
import { minute } from '../core/domain/text/times';
import { mailOf } from './aws/sns';

/** Where the story goes: one call per line. */
export type Say = (line: string) => void;

export interface NarratorOptions {
  readonly say: Say;
  /** Also show each state that an execution enters. */
  readonly states: boolean;
  /** Show the whole message of every ending; otherwise only the first line of those that went well. */
  readonly wholeMessages: boolean;
  /** Show every run of a backfill (the default), or only those that fail: a week of hours has many. */
  readonly runsOfBackfills?: 'all' | 'failed';
}

/** Tells what happens in a world while it happens: executions that start and end, and messages that reach Slack. */
export function narrate(world: World, { say, states, wholeMessages, runsOfBackfills = 'all' }: NarratorOptions): void {
  const time = (): string => minute(world.clock.date().toISOString());
  world.sfn.onStatusChange((event) => {
    const { executionArn, status } = event.detail;
    const execution = world.sfn.get(executionArn);
    const isQuiet = runsOfBackfills === 'failed' && (status === 'RUNNING' || status === 'SUCCEEDED');
    if (isQuiet && isOfBackfill(execution)) return;
    if (status === 'RUNNING') say(`${time()}  ▶ ${subject(execution)}`);
    // SUCCEEDED and RunFailed are in the message; what dies outside the machine is not.
    else if (status === 'TIMED_OUT' || status === 'ABORTED') say(`${time()}  ■ ${execution.name} ${status}`);
    // The message of its backfill tells of it, in the end.
    else if (isOfBackfill(execution)) say(`${time()}  ■ ${subject(execution)} ${execution.error ?? status}`);
  });
  if (states) {
    world.sfn.onHistory((execution, event) => {
      const line = describeEvent(event);
      if (line !== undefined) say(`${time()}    ${line}`);
      if (event.type === 'WaitStateEntered') {
        const state = execution.history.at(-1)?.['stateEnteredEventDetails'] as { input?: string } | undefined;
        const load = parse(state?.input)?.['load'] as
          { Payload?: { waitingFor?: string; resumeAt?: string } } | undefined;
        if (load?.Payload?.waitingFor !== undefined)
          say(`${time()}      waiting until ${load.Payload.resumeAt ?? '?'}: ${load.Payload.waitingFor}`);
      }
    });
  }
  const tell = ([first = '', ...rest]: readonly string[]): void => {
    const brief = !wholeMessages && /(PUBLISHED|NO_DATA)/.test(first) && !/retr/i.test(first);
    say(`${first.slice(0, 16)}  ✉ ${first.slice(17).trimStart()}`);
    for (const line of brief ? [] : rest) say(`                     ${line.trimStart()}`);
  };
  world.slack.onMessage = (message: SlackMessage) => tell(printSlackMessage(message));
  world.aws.onPublication = (publication) => {
    // What is not for a channel calls a person, which is another story.
    if (publication.attributes['channel'] === undefined) return;
    const topic = publication.topicArn.slice(publication.topicArn.lastIndexOf(':') + 1);
    const { subject, lines } = mailOf(publication);
    tell([
      `${minute(new Date(publication.at).toISOString())}Z ${topic}: ${subject}`,
      ...lines.filter((line) => line !== ''),
    ]);
  };
}

function isOfBackfill({ input }: Execution): boolean {
  return (input as { trigger?: unknown } | null)?.trigger === 'backfill';
}

/** What an execution is about, in a few words. */
function subject(execution: Execution): string {
  if (execution.machine.name.endsWith('-Backfill'))
    return `backfill ${JSON.stringify(execution.input)} (${execution.name})`;
  const input = execution.input as {
    dataset?: unknown;
    partition?: unknown;
    scheduledTime?: unknown;
    trigger?: unknown;
  } | null;
  const what =
    input?.partition === undefined ? `scheduled for ${String(input?.scheduledTime ?? '?')}` : String(input.partition);
  return `${String(input?.dataset ?? 'run')} ${what} (${String(input?.trigger ?? 'manual')}, ${execution.name})`;
}

function describeEvent(event: Readonly<Record<string, unknown>> & { readonly type: string }): string | undefined {
  const entered = event['stateEnteredEventDetails'] as { name?: string } | undefined;
  if (entered?.name !== undefined) return `→ ${entered.name}`;
  const failed = (event['taskFailedEventDetails'] ?? event['taskTimedOutEventDetails']) as
    { error?: string; cause?: string } | undefined;
  if (failed !== undefined) return `✗ ${failed.error ?? 'error'}${failed.cause ? `: ${firstLine(failed.cause)}` : ''}`;
  return undefined;
}

function firstLine(cause: string): string {
  const message = parse(cause)?.['errorMessage'];
  return (typeof message === 'string' ? message : cause).split('\n')[0]?.slice(0, 160) ?? '';
}

function parse(text: string | undefined): Record<string, unknown> | undefined {
  if (text === undefined) return undefined;
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : undefined;
  } catch {
    // Not every cause is JSON: Step Functions' own are plain text.
    return undefined;
  }
}

/** One line for each manifest: what it says, and whether its records add up. */
export function manifestLine(manifest: Manifest): string {
  const { read, accepted, quarantined, duplicates, deleted = 0, dropped, added, published } = manifest.records;
  const outcome = statuses[manifest.status].publishes
    ? `${published} published = ${accepted} − ${dropped} + ${added}`
    : 'nothing published';
  const sum = `${read} read = ${accepted} accepted + ${quarantined} quarantined + ${duplicates} duplicates${deleted === 0 ? '' : ` + ${deleted} deleted`}; ${outcome}`;
  return `${(manifest.dataset ?? '?').padEnd(18)} ${(manifest.partition ?? '?').padEnd(13)} ${manifest.status.padEnd(10)} ${manifest.reason.code.padEnd(24)} ${sum}`;
}

/** Whether the records of a manifest add up. */
export function addsUp(manifest: Pick<Manifest, 'records' | 'status'>): boolean {
  const { accepted, dropped, added, published } = manifest.records;
  const shouldBe = statuses[manifest.status].publishes ? accepted - dropped + added : 0;
  return accountsForRead(manifest.records) && published === shouldBe;
}
