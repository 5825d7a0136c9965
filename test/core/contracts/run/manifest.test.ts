import { detailOf, manifestSchema } from '../../../../core/contracts/run/manifest';
import { manifest } from '../../../kit/runs';

const timedOut = manifest('TIME_LIMIT', { detail: 'LoadPartition was running.' });

test('a manifest of an earlier release, which has the particulars in its message only, is read', () => {
  expect(timedOut.reason).not.toHaveProperty('detail');
  expect(manifestSchema.parse(timedOut)).toEqual(timedOut);
  expect(detailOf(timedOut.reason)).toBe('LoadPartition was running.');
  expect(detailOf(manifest('COMPLETE').reason)).toBe('');
  // The sentence of that time was another one: better all of it than half.
  expect(detailOf({ ...timedOut.reason, message: 'It took too long.' })).toBe('It took too long.');
});

test('the particulars are those that were stored, whatever the sentence was then or is now', () => {
  const reason = { ...timedOut.reason, message: 'It took too long. It was reading.', detail: 'It was reading.' };
  expect(manifestSchema.parse({ ...timedOut, reason }).reason).toEqual(reason);
  expect(detailOf(reason)).toBe('It was reading.');
  expect(detailOf({ ...reason, detail: '' })).toBe('');
});
