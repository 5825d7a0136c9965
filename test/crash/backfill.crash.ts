import { backfill, RANGE } from '../workflow/backfills';
import { Workflow } from '../workflow/workflow';
import { begin, crash, outcomeOf, undisturbed, type Death, type Outcome } from './crashing';

/**
 * A backfill of six hours that dies at its k-th S3 request, for every k, and is started again: the publications and the data files are
 * those of one that was not disturbed. `npm run test:crash`; CRASH_EVERY=<n> takes every n-th k only, CRASH_FROM=<k> begins there.
 */

const EVERY = Number(process.env['CRASH_EVERY'] ?? 1);
const FROM = Number(process.env['CRASH_FROM'] ?? 1);
/** Dying processes alone are taken at so many k less: each costs the same time. */
const RARER = 5;

let workflow: Workflow;
let requests: number;
let expected: Outcome;
beforeAll(async () => {
  workflow = await Workflow.start();
  const run = await undisturbed(workflow);
  ({ requests, outcome: expected } = run);
  if (run.end.manifest.status !== 'RECOVERED') throw new Error(`undisturbed, it ended ${run.end.manifest.status}`);
}, 300_000);
afterAll(() => workflow.stop());

test.each<[Death, number]>([
  ['everything', EVERY],
  ['the process', EVERY * RARER],
])(
  'when %s dies at a request and the backfill is started again, nothing is published twice, lost or different',
  async (death, step) => {
    let deaths = 0;
    // Some more than the undisturbed one needs: a dying one makes other requests.
    for (let k = FROM; k <= requests + 5; k += step) {
      await begin(workflow);
      await crash(workflow, k, death, k % 2 === 0);
      const { manifest } = await backfill(workflow, RANGE);
      deaths += 1;
      expect([k, manifest.status]).toEqual([k, expect.stringMatching(/^(RECOVERED|NOTHING_MISSING)$/)]);
      expect({ k, ...outcomeOf(workflow) }).toEqual({ k, ...expected });
    }
    process.stdout.write(`${requests} S3 requests undisturbed; ${death} died at ${deaths} of them\n`);
  },
  3_600_000,
);
