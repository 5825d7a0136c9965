import type * as protocol from '../../lambdas/domain/protocol';
import { checkHistories } from './histories';

jest.mock('../../lambdas/domain/protocol', () => {
  const real = jest.requireActual<typeof protocol>('../../lambdas/domain/protocol');
  return {
    ...real,
    decideSeal: (...of: Parameters<typeof protocol.decideSeal>) => ({ ...real.decideSeal(...of), next: undefined }),
  };
});

it('the witness of the histories sees it when nothing is sealed', async () => {
  await expect(checkHistories(1, 300)).rejects.toThrow(/published after its manifest|holds the partition for ever/);
});
