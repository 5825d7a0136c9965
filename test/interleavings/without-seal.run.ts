import type * as protocol from '../../core/domain/partition/protocol';
import { checkInterleavings } from './interleavings';

jest.mock('../../core/domain/partition/protocol', () => {
  const real = jest.requireActual<typeof protocol>('../../core/domain/partition/protocol');
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
