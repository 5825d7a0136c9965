import { sensitiveColumns, showValues } from '../../../../core/domain/batch/sensitive';
import { dataset } from '../../../kit/datasets';

const people = dataset({
  columns: {
    id: { type: 'string' },
    email: { type: 'string', sensitive: true },
    phone: { type: 'string', sensitive: true, nullable: true },
  },
});
const KEY = 'a key of the tests';

describe('values of sensitive columns', () => {
  test('are shown as keyed hashes: equal values alike, others not', () => {
    const show = showValues(people, KEY);
    expect(sensitiveColumns(people)).toEqual(['email', 'phone']);
    expect(show('email', 'a@example.com')).toMatch(/^hash:[0-9a-f]{12}$/);
    expect(show('email', 'a@example.com')).toBe(show('email', 'a@example.com'));
    expect(show('email', 'a@example.com')).not.toBe(show('email', 'b@example.com'));
    expect(show('email', 'a@example.com')).not.toBe(showValues(people, 'another key')('email', 'a@example.com'));
  });

  test('differ between columns, so that no reader sees that a mail address is also the phone', () => {
    const show = showValues(people, KEY);
    expect(show('email', '1')).not.toBe(show('phone', '1'));
  });

  test('are found whatever their case, as SQL finds columns', () => {
    const show = showValues(people, KEY);
    expect(show('EMail', 'a@example.com')).toBe(show('email', 'a@example.com'));
  });

  test('are hidden where the key is missing; that there is none is shown', () => {
    const show = showValues(people, undefined);
    expect(show('email', 'a@example.com')).toBe('(sensitive)');
    expect(show('phone', null)).toBe('null');
  });

  test('other values are shown as they are, shortened', () => {
    expect(showValues(people, KEY)('id', 'r1')).toBe('"r1"');
    expect(showValues(people, KEY)('id', 'x'.repeat(200)).length).toBeLessThan(90);
  });
});
