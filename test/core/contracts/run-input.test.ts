import { describeProblems, problemsOf } from '../../../core/contracts/problems';
import { runInputSchema } from '../../../core/contracts/run/steps';

function problems(input: unknown): string {
  const parsed = runInputSchema.safeParse(input, { reportInput: true });
  return parsed.success ? 'none' : describeProblems(problemsOf(parsed.error));
}

describe('the input of a run', () => {
  it('is what an operator would type, with sensible defaults', () => {
    expect(runInputSchema.parse({ dataset: 'flights', partition: '2026-01-20T05' })).toEqual({
      dataset: 'flights',
      partition: '2026-01-20T05',
      trigger: 'manual',
      reprocess: false,
      replay: false,
    });
    expect(problems({ dataset: 'flights', scheduledTime: '2026-01-20T06:15:00Z', trigger: 'schedule' })).toBe('none');
  });

  it('takes fields that it does not know, because a later release may have given them', () => {
    expect(runInputSchema.parse({ dataset: 'f', partition: '2026-01-20', priority: 1 })).not.toHaveProperty('priority');
  });

  it.each([
    [{}, 'dataset: got nothing, expected string'],
    [{ dataset: '../x', partition: '2026-01-20' }, 'dataset: got "../x", expected lower-case letters'],
    [{ dataset: 'f', partition: '2026-02-30' }, 'partition: got "2026-02-30", expected an existing UTC hour'],
    [{ dataset: 'f' }, 'expected exactly one of partition and scheduledTime'],
    [
      { dataset: 'f', partition: '2026-01-20', scheduledTime: '2026-01-20T06:15:00Z' },
      'expected exactly one of partition and scheduledTime',
    ],
    [{ dataset: 'f', scheduledTime: 'now' }, 'scheduledTime: got "now", expected a time like 2026-01-20T06:15:00Z'],
    // Its partition would lie in a year before all years.
    [{ dataset: 'f', scheduledTime: '0000-01-01T00:00:00Z' }, 'expected a time of the years 1971 to 8998'],
    [{ dataset: 'f', scheduledTime: '9999-12-31T23:59:59-14:00' }, 'expected a time of the years 1971 to 8998'],
    [{ dataset: 'f', partition: '2026-01-20', reprocess: 'yes' }, 'reprocess: got "yes", expected boolean'],
    [{ dataset: 'f', scheduledTime: '2026-01-20T06:15:00Z', cadence: 'weekly' }, 'cadence: got "weekly"'],
    [{ dataset: 'f', scheduledTime: '2026-01-20T06:15:00Z', availableMinutes: 10_081 }, 'availableMinutes: got 10081'],
    [{ dataset: 'f', partition: '2026-01-20', again: 0 }, 'again: got 0, expected number to be >0'],
    [{ dataset: 'f', partition: '2026-01-20', backfillId: 'a/b' }, 'backfillId: got "a/b", expected the name of'],
    [null, '(input): got null, expected object'],
    ['flights', '(input): got "flights", expected object'],
  ])('%j is refused: %s', (input, expected) => {
    expect(problems(input)).toContain(expected);
  });
});
