import { fork } from 'node:child_process';
import { once } from 'node:events';
import { performance } from 'node:perf_hooks';
import { defineDataset } from '../core/contracts/dataset/dataset';
import { keys } from '../core/contracts/keys';
import { DAY_MS, MINUTE_MS, partitionEnd } from '../core/contracts/partition';
import { EMPTY_RECORD } from '../core/contracts/run/partition-record';
import { parseBackfillInput } from '../core/domain/backfill/backfill-request';
import { listingHash } from '../core/domain/batch/plan-batches';
import { expectedPartitions, sourcePrefix } from '../core/domain/partition/calendar';
import { makePlan } from '../core/runtime/backfill/survey';
import { createS3Client, type RequestMeter } from '../core/runtime/aws/s3';
import { SourceReader } from '../core/runtime/step/source-reader';
import { Store } from '../core/runtime/store/store';
import { VirtualClock } from '../local/clock';
import { LocalS3 } from '../local/aws/s3/local-s3';
import { ending, publication, source } from '../test/kit/runs';

/**
 * Plans a backfill of a year of hours against the local S3, which runs in a process of its own: `npm run bench:plan`. Fails where
 * that takes 10 seconds or asks S3 more often than once per partition and once per publication in the late window.
 */

const NOW = new Date('2026-01-01T06:30:00.000Z');
const YEAR = { start: '2025-01-01', end: '2025-12-31' };
const HOURS = 8_760;
const LIMIT_SECONDS = 10;

const dataset = defineDataset({
  name: 'flights',
  owner: 'bench',
  cadence: 'hourly',
  calendar: { firstPartition: '2020-01-01T00' },
  empty: 'normal',
  columns: { id: { type: 'string' } },
  source: { bucket: 'vendor', prefix: 'flights/{yyyy}/{MM}/{dd}/{HH}/', format: 'csv' },
});

/** What the process with the S3 tells the other one. */
interface Served {
  readonly url: string;
  /** Publications whose source has to be listed. */
  readonly inWindow: number;
  readonly gets: number;
  readonly lists: number;
}

/** Nine of ten hours are published from one object; of the others every second has failed, the rest never ran. */
function fill(s3: LocalS3): number {
  for (const bucket of ['ledger', 'vendor']) s3.store.createBucket(bucket);
  const partitions = expectedPartitions(dataset, new Date(`${YEAR.start}T00:00:00Z`), partitionEnd(YEAR.end));
  const windowStart = NOW.getTime() - dataset.lateWindowDays * DAY_MS - dataset.deadlineMinutes * MINUTE_MS;
  let inWindow = 0;
  for (const [index, partition] of partitions.entries()) {
    if (index % 20 === 0) continue;
    const put = (record: object) =>
      s3.store.put('ledger', keys.partition(dataset.name, partition), Buffer.from(JSON.stringify(record)));
    if (index % 20 === 10) {
      const last = { runId: 'r', ending: ending('SOURCE_CORRUPT'), at: NOW.toISOString() };
      put({ ...EMPTY_RECORD, fence: 2, last });
      continue;
    }
    const key = `${sourcePrefix(dataset.source, partition)}a.csv`;
    const { etag } = s3.store.put('vendor', key, Buffer.from(partition));
    const listed = { bucket: 'vendor', key, etag, size: partition.length, lastModified: NOW.toISOString() };
    const of = { source: { ...source, listingHash: listingHash([listed]) } };
    put({ ...EMPTY_RECORD, fence: 2, publication: publication('p', of) });
    if (partitionEnd(partition).getTime() >= windowStart) inWindow += 1;
  }
  return inWindow;
}

/** The process with the S3: says where it is, and again what it was asked for. */
async function serve(): Promise<void> {
  const clock = new VirtualClock({ start: NOW.toISOString(), flow: 'frozen' });
  const s3 = await LocalS3.start({ clock, account: '111122223333' });
  const inWindow = fill(s3);
  const tell = () => {
    const [gets, lists] = [s3.counts.get('GetObject') ?? 0, s3.counts.get('ListObjectsV2') ?? 0];
    process.send?.({ url: s3.url, inWindow, gets, lists } satisfies Served);
  };
  process.on('message', tell);
  process.once('disconnect', () => void s3.stop());
  tell();
}

async function bench(): Promise<void> {
  const server = fork(__filename, ['serve']);
  const [{ url, inWindow }] = (await once(server, 'message')) as [Served];
  process.env['AWS_ENDPOINT_URL_S3'] = url;
  process.env['AWS_REGION'] = 'us-east-1';
  process.env['AWS_ACCESS_KEY_ID'] = process.env['AWS_SECRET_ACCESS_KEY'] = 'bench';

  const meter: RequestMeter = { requests: 0 };
  const client = createS3Client(meter);
  const { request } = parseBackfillInput(YEAR, new Map([[dataset.name, dataset]]), NOW);
  if (request === undefined) throw new Error('the range is refused');
  const [started, cpuBefore] = [performance.now(), process.cpuUsage()];
  const plan = await makePlan(
    {
      ledger: new Store(client, 'ledger').forManyReads(),
      datasets: new Map([[dataset.name, dataset]]),
      source: new SourceReader(client),
      isRunning: () => Promise.resolve(false),
      codeVersion: 'bench',
      lastTry: true,
    },
    request,
    { backfillId: 'bench', now: NOW },
  );
  const seconds = (performance.now() - started) / 1000;
  const cpu = process.cpuUsage(cpuBefore);
  server.send('how often?');
  const [{ gets, lists }] = (await once(server, 'message')) as [Served];
  client.destroy();
  server.disconnect();

  const hours = plan.datasets[0]?.expected ?? 0;
  const missing = plan.items.length + plan.left.length;
  console.log(`${hours} hours planned in ${seconds.toFixed(1)} s: ${missing} missing`);
  console.log(
    `${((cpu.user + cpu.system) / 1e6).toFixed(1)} s of processor time: more of wall time is for others on this machine`,
  );
  console.log(`${gets} GET (bound ${HOURS}), ${lists} LIST (bound ${inWindow}), ${meter.requests} requests in all`);
  const failures = [
    hours === HOURS ? '' : `expected ${HOURS} hours`,
    missing === HOURS / 10 ? '' : `expected ${HOURS / 10} missing`,
    gets === HOURS && lists === inWindow && meter.requests === gets + lists ? '' : 'other requests than the bound',
    seconds < LIMIT_SECONDS ? '' : `expected less than ${LIMIT_SECONDS} s`,
  ].filter((one) => one !== '');
  if (failures.length > 0) throw new Error(failures.join('; '));
}

void (process.argv[2] === 'serve' ? serve() : bench()).catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});
