import type * as protocol from '../../lambdas/domain/protocol';
import { checkInterleavings } from './interleavings';

jest.mock('../../lambdas/domain/protocol', () => {
  const real = jest.requireActual<typeof protocol>('../../lambdas/domain/protocol');
  return {
    ...real,
    decideSeal: (...of: Parameters<typeof protocol.decideSeal>) => ({ ...real.decideSeal(...of), next: undefined }),
  };
});

it('the interleavings notice when nothing is sealed', async () => {
  await expect(checkInterleavings(1, 100)).rejects.toThrow(
    /published after its manifest|holds the partition for ever|the manifest of .* says/,
  );
});
