import type * as protocol from '../../core/domain/partition/protocol';
import { checkHistories } from './histories';

jest.mock('../../core/domain/partition/protocol', () => {
  const real = jest.requireActual<typeof protocol>('../../core/domain/partition/protocol');
  return {
    ...real,
    decideSeal: (...of: Parameters<typeof protocol.decideSeal>) => ({ ...real.decideSeal(...of), next: undefined }),
  };
});

it('the witness of the histories sees it when nothing is sealed', async () => {
  await expect(checkHistories(1, 300)).rejects.toThrow(/published after its manifest|holds the partition for ever/);
});
