import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { treeOf } from '../../bench/validate/process-tree';

const onLinux = process.platform === 'linux' ? describe : describe.skip;

onLinux('what a contestant used', () => {
  it('is counted with the processes that it started, as long as they live', async () => {
    const program = `
      const inner = require('node:child_process').spawn(process.execPath, ['-e', 'Buffer.alloc(200 << 20, 1); console.log("ready"); process.stdin.resume()'], { stdio: ['pipe', 'inherit', 'inherit'] });
      process.stdin.resume();`;
    const child = spawn(process.execPath, ['-e', program], { stdio: ['pipe', 'pipe', 'inherit'] });
    await once(child.stdout, 'data');
    const { pids, peakMb, residentMb, cpuSeconds } = treeOf(child.pid ?? 0);
    for (const pid of pids) process.kill(pid, 'SIGKILL');
    await once(child, 'close');
    expect(pids).toHaveLength(2);
    expect(pids).toContain(child.pid);
    expect(peakMb).toBeGreaterThan(200);
    expect(peakMb).toBeGreaterThanOrEqual(residentMb);
    expect(cpuSeconds).toBeGreaterThan(0);
    expect(treeOf(child.pid ?? 0)).toEqual({ pids: [], peakMb: 0, residentMb: 0, cpuSeconds: 0 });
  });
});
