import { isLastTry } from '../../../../core/runtime/aws/patience';
import { dataset, registry } from '../../../kit/datasets';
import { run } from '../../../kit/runs';

const datasets = registry(dataset({ retry: { times: 1 } }), dataset({ name: 'eager', retry: { times: 0 } }));
const last = (event: unknown, name: Parameters<typeof isLastTry>[0] = 'load-partition') =>
  isLastTry(name, event, datasets);

test('a step of a run gives up when it was tried as often as its dataset wants', () => {
  expect([0, 1, 2].map((retryCount) => last({ run: run(), retryCount }))).toEqual([false, true, true]);
  expect(last({ run: run({ dataset: 'eager' }), retryCount: 0 })).toBe(true);
});

test('a run of a dataset that is not deployed any more is tried as often as by default', () => {
  expect([3, 4].map((retryCount) => last({ run: run({ dataset: 'gone' }), retryCount }))).toEqual([false, true]);
});

test('ClaimPartition goes by the dataset that its input names, whatever else is in it', () => {
  const input = { dataset: 'flights', partition: 5 };
  expect(last({ input, retryCount: 1 }, 'claim-partition')).toBe(true);
  for (const odd of ['text', null, undefined, { dataset: 7 }, []])
    expect([odd, last({ input: odd, retryCount: 1 }, 'claim-partition')]).toEqual([odd, false]);
});

test('the planning of a backfill is not its dataset’s affair, and a step that is not told never gives up', () => {
  expect(last({ input: { dataset: 'eager' }, retryCount: 3 }, 'plan-backfill')).toBe(false);
  expect(last({ run: run() }, 'record-run')).toBe(false);
  expect(last('garbage')).toBe(false);
});
