import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { withWorkDir } from '../../../../core/runtime/aws/files';
import { inParallel } from '../../../../core/runtime/aws/parallel';

describe('a work directory', () => {
  it('is gone after the work, whether that succeeds or fails', async () => {
    const seen: string[] = [];
    const work = async (directory: string) => {
      seen.push(directory);
      writeFileSync(join(directory, 'file'), 'x');
      if (seen.length === 2) throw new Error('failed');
      return seen.length;
    };
    expect(await withWorkDir(work)).toBe(1);
    await expect(withWorkDir(work)).rejects.toThrow('failed');
    expect(new Set(seen).size).toBe(2);
    expect(seen.map((directory) => existsSync(directory))).toEqual([false, false]);
  });
});

describe('work in parallel', () => {
  it('gives results in the order of the items, and never does more than it may at once', async () => {
    let running = 0;
    let most = 0;
    const results = await inParallel([5, 1, 4, 2, 3], 2, async (ms) => {
      most = Math.max(most, (running += 1));
      await new Promise((resolve) => setTimeout(resolve, ms));
      running -= 1;
      return ms * 10;
    });
    expect(results).toEqual([50, 10, 40, 20, 30]);
    expect(most).toBe(2);
    expect(await inParallel([], 4, async () => 1)).toEqual([]);
  });
});
