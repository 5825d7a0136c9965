/**
 * `npm run test:deploy`: the first deployment, without an AWS account. The pinned CDK CLI bootstraps an emulated account and
 * deploys the app to it, two real objects are delivered, the app's own schedules start the runs, and what the runs left behind
 * is checked: one hour published, one refused because its object is truncated. Needs Python 3.10 or newer; where that is missing
 * it says so and ends with status 77, which `.ci/run` counts as skipped. What the emulator does differently from AWS is listed in `emulator.ts`.
 */
import { S3Client } from '@aws-sdk/client-s3';
import { ListExecutionsCommand, SFNClient, type ExecutionListItem } from '@aws-sdk/client-sfn';
import { PutSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { join, relative } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Cdk, type Outputs } from './cdk';
import { killChildrenOnExit } from './children';
import { endingOf, type Clients, type Ending } from './ending';
import { REGION, startEmulator } from './emulator';
import { nextFiring, type Firing } from './firing';
import { findPython, virtualEnvironment } from './python';
import { startSlack, type Slack } from './slack';
import { anHourOfFlights, deliver, makeSourceBucket, type Delivery } from './source';

const ROOT = join(__dirname, '..', '..');
const STACK = 'Rollcall';
/** The secret with the webhooks, as the stack's output `SetSlackWebhook` names it. */
const SLACK_SECRET = `${STACK}/slack-webhooks`;
/** Seconds between planning a firing and the firing, one per attempt: a slow machine deploys again with more time. */
const HEAD_START = [60, 180, 420];
/** The emulator looks for new schedules every ten seconds, and must have seen one before the minute in which it fires. */
const SEEN_BEFORE_MS = 12_000;
const RUN_TAKES_AT_MOST_MS = 180_000;
/** How long what a failed test left behind is kept at least. */
const KEPT_MS = 3_600_000;

/** The status of what was skipped, as in automake's tests. */
const SKIPPED_STATUS = 77;

/** The status to end with. */
async function main(): Promise<number> {
  const python = await findPython();
  if (python === undefined) {
    say('skipped: Python 3.10 or newer not found (it needs its modules venv and ensurepip, too)');
    return SKIPPED_STATUS;
  }
  const parent = join(ROOT, '.build', 'deploy');
  mkdirSync(parent, { recursive: true });
  removeOld(parent);
  const folder = mkdtempSync(join(parent, 'run-'));
  try {
    await story(python, folder);
  } catch (error) {
    say(`What the emulator and the CDK left behind is in ${relative(ROOT, folder)}.`);
    throw error;
  }
  rmSync(folder, { recursive: true, force: true });
  return 0;
}

/** What failed or interrupted tests left is for looking at, but not for ever: each is some 300 MB. */
function removeOld(parent: string): void {
  for (const name of readdirSync(parent)) {
    const folder = join(parent, name);
    if (statSync(folder).mtimeMs < Date.now() - KEPT_MS) rmSync(folder, { recursive: true, force: true });
  }
}

async function story(python: NonNullable<Awaited<ReturnType<typeof findPython>>>, folder: string): Promise<void> {
  const interpreter = await timed(`MiniStack in a virtual environment of its own (Python ${python.version})`, () =>
    virtualEnvironment(python, ROOT, join(__dirname, 'requirements.txt')),
  );
  const emulator = await timed('MiniStack started', () => startEmulator(interpreter, folder));
  const slack = await startSlack();
  try {
    const connection = {
      endpoint: emulator.endpoint,
      region: REGION,
      credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
    };
    const clients = { s3: new S3Client({ ...connection, forcePathStyle: true }), sfn: new SFNClient(connection) };
    const cdk = new Cdk(ROOT, emulator.endpoint, folder);
    await timed(`cdk bootstrap on ${emulator.endpoint}`, () => cdk.bootstrap());
    await makeSourceBucket(clients.s3);
    const delivery = await anHourOfFlights(ROOT, folder);
    const [firing, app] = await deployBeforeItFires(cdk, clients, (planned) =>
      deliverBoth(clients.s3, planned, delivery),
    );
    await new SecretsManagerClient(connection).send(
      new PutSecretValueCommand({ SecretId: SLACK_SECRET, SecretString: JSON.stringify({ default: slack.url }) }),
    );

    say(`Waiting for ${firing.at.toISOString()}, when the schedules start the runs of hour ${firing.partition} …`);
    const giveUpAt = new Date(firing.at.getTime() + RUN_TAKES_AT_MOST_MS);
    const published = await endingOf(clients, app, 'flights', firing.partition, giveUpAt);
    tell(published);
    const refused = await endingOf(clients, app, 'flights-truncated', firing.partition, giveUpAt);
    tell(refused);
    checkStartedBySchedule(published, firing);
    checkStartedBySchedule(refused, firing);
    checkPublished(published, delivery);
    checkRefused(refused);
    await checkNothingElseRan(clients, app);
    checkMessages(slack);
    say('Deployed, run by its schedules, recorded and told: as it should be.');
  } catch (error) {
    say(`The end of the emulator's log:\n${emulator.log().split('\n').slice(-40).join('\n')}`);
    throw error;
  } finally {
    slack.close();
    await emulator.stop();
  }
}

/** Deploys with a firing that is near; if the deployment came too late for it, once more with a later one. */
async function deployBeforeItFires(
  cdk: Cdk,
  clients: Clients,
  prepare: (planned: Firing) => Promise<void>,
): Promise<[Firing, Outputs]> {
  for (const seconds of HEAD_START) {
    const firing = nextFiring(new Date(), seconds);
    await prepare(firing);
    const app = await timed(
      `cdk deploy ${STACK}, its schedules at minute ${firing.availableMinutes} of every hour`,
      () => cdk.deploy(firing),
    );
    const spare = firing.at.getTime() - Date.now();
    if (spare > SEEN_BEFORE_MS) return [firing, app];
    // Too close to tell: only a look after that minute's start shows whether the schedules fired.
    await sleep(Math.max(0, spare + 2 * SEEN_BEFORE_MS));
    if ((await executionsOf(clients, app)).length > 0) return [firing, app];
    say('That was too slow for this minute; once more with a later one.');
  }
  throw new Error(`cdk deploy took longer than ${HEAD_START.at(-1)} seconds`);
}

async function deliverBoth(s3: S3Client, firing: Firing, { body }: Delivery): Promise<void> {
  await deliver(s3, 'flights', firing.partition, body);
  await deliver(s3, 'flights-truncated', firing.partition, body.subarray(0, Math.floor(body.length / 2)));
}

function checkStartedBySchedule({ manifest, execution }: Ending, firing: Firing): void {
  assert.equal(manifest.trigger, 'schedule', 'trigger in the manifest');
  assert.equal(Date.parse(manifest.times.scheduled ?? ''), firing.at.getTime(), 'scheduled time in the manifest');
  assert.equal(manifest.runId, execution.name, 'the run is named like its execution');
}

function checkPublished({ manifest, record, execution, recordsInFiles }: Ending, delivery: Delivery): void {
  const { read, accepted, quarantined, duplicates, dropped, added, published } = manifest.records;
  assert.equal(`${manifest.status} ${manifest.reason.code}`, 'PUBLISHED COMPLETE');
  assert.equal(read, delivery.records, 'records read are the records delivered');
  assert.equal(read, accepted + quarantined + duplicates, 'every record read is accounted for');
  assert.equal(published, accepted - dropped + added, 'every record published is accounted for');
  assert.equal(recordsInFiles, published, 'records in the published Parquet files');
  assert.equal(record.publication?.runId, manifest.runId, 'the partition is published by this run');
  assert.equal(record.holder, null, 'no run holds the partition any more');
  assert.equal(execution.status, 'SUCCEEDED');
}

function checkRefused({ manifest, record, execution }: Ending): void {
  assert.equal(`${manifest.status} ${manifest.reason.code}`, 'FAILED SOURCE_CORRUPT');
  assert.equal(record.publication, null, 'nothing of a truncated object is published');
  assert.equal(record.holder, null, 'no run holds the partition any more');
  assert.equal(record.last?.runId, manifest.runId, 'the partition knows its last ending');
  assert.equal(execution.status, 'FAILED');
  assert.equal(execution.error, 'SOURCE_CORRUPT', 'the execution fails with the reason');
}

async function checkNothingElseRan(clients: Clients, app: Outputs): Promise<void> {
  assert.equal((await executionsOf(clients, app)).length, 2, 'one execution for each of the two schedules');
}

async function executionsOf({ sfn }: Clients, app: Outputs): Promise<ExecutionListItem[]> {
  const { executions = [] } = await sfn.send(new ListExecutionsCommand({ stateMachineArn: app.PartitionRunArn }));
  return executions;
}

function checkMessages(slack: Slack): void {
  assert.equal(slack.posts.length, 2, 'one message for each ending');
  for (const dataset of ['flights', 'flights-truncated']) {
    assert.ok(
      slack.posts.some((post) => new RegExp(`\\b${dataset}(?!-)\\b`).test(post)),
      `a message about ${dataset}`,
    );
  }
}

function tell({ manifest, execution }: Ending): void {
  const { status, reason, records, dataset, partition } = manifest;
  say(
    `${dataset} ${partition}: ${status} (${reason.code}), ${records.read} records read, ${records.published} published; execution ${execution.status}`,
  );
  if (reason.error !== undefined) say(`  ${reason.state ?? 'unknown state'}: ${reason.error}: ${reason.message}`);
}

async function timed<T>(what: string, work: () => Promise<T>): Promise<T> {
  const start = Date.now();
  const result = await work();
  say(`${what} (${((Date.now() - start) / 1000).toFixed(1)} s)`);
  return result;
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

killChildrenOnExit();
main().then(
  // Explicitly, since idle connections would keep the process for a while.
  (status) => process.exit(status),
  (error: unknown) => {
    say(`test:deploy failed: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
    process.exit(1);
  },
);
