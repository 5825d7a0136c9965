import { VirtualClock } from '../../local/clock';

const START = '2001-01-01T00:00:00.000Z';
const frozen = () => new VirtualClock({ start: START, flow: 'frozen' });
const since = (clock: VirtualClock) => clock.now() - new Date(START).getTime();

describe('the clock', () => {
  it('jumps over waits, in the order in which they end', async () => {
    const clock = frozen();
    const woken: [string, number][] = [];
    const sleeper = async (name: string, ms: number) => {
      await clock.sleep(ms);
      woken.push([name, since(clock)]);
      await clock.sleep(100);
      woken.push([`${name} again`, since(clock)]);
    };
    await Promise.all([sleeper('late', 86_400_000), sleeper('soon', 1000), sleeper('next', 1050)]);
    expect(woken).toEqual([
      ['soon', 1000],
      ['next', 1050],
      ['soon again', 1100],
      ['next again', 1150],
      ['late', 86_400_000],
      ['late again', 86_400_100],
    ]);
  });

  it('stands still while work is going on', async () => {
    const clock = frozen();
    const sleeping = clock.sleep(1000).then(() => since(clock));
    const working = clock.busy(async () => {
      for (let turn = 0; turn < 20; turn += 1) await new Promise((resolve) => setImmediate(resolve));
      return since(clock);
    });
    expect(await working).toBe(0);
    expect(await sleeping).toBe(1000);
  });

  it('goes on when those who work sleep themselves or wait for others', async () => {
    const clock = frozen();
    const child = () => clock.busy(() => clock.sleep(500));
    await clock.busy(async () => {
      await clock.sleep(1000);
      await clock.waiting(Promise.all([child(), child()]));
    });
    expect(since(clock)).toBe(1500);
  });

  it('does not count work that was released', async () => {
    const clock = frozen();
    let finish = (): void => undefined;
    const { release, promise } = clock.begin(() => new Promise<void>((resolve) => (finish = resolve)));
    const sleeping = clock.sleep(1000);
    release();
    await sleeping;
    finish();
    await promise;
    expect(since(clock)).toBe(1000);
  });

  it('never jumps for a background timer, but fires it in passing', async () => {
    const clock = frozen();
    const fired: number[] = [];
    clock.timer(new Date(clock.now() + 600), () => fired.push(since(clock)), { background: true });
    await clock.idle();
    expect(fired).toEqual([]);
    await clock.sleep(1000);
    expect(fired).toEqual([600]);
  });

  it('advances past timers although work is going on', async () => {
    const clock = frozen();
    const fired: number[] = [];
    await clock.busy(async () => {
      for (const ms of [300, 100, 900]) clock.timer(new Date(clock.now() + ms), () => fired.push(since(clock)));
      await clock.advance(500);
    });
    expect(fired).toEqual([100, 300]);
    clock.stop();
  });

  it('wakes who sleeps when the signal says so', async () => {
    const clock = frozen();
    const ending = new AbortController();
    const release = clock.hold();
    const sleeping = clock.sleep(1000, { signal: ending.signal });
    ending.abort();
    await sleeping;
    release();
    await clock.idle();
    expect(since(clock)).toBe(0);
  });

  it('runs on with real time where it is not frozen', async () => {
    const clock = new VirtualClock({ start: START });
    const before = clock.now();
    while (clock.now() === before) await new Promise((resolve) => setImmediate(resolve));
    await clock.sleep(3_600_000);
    expect(since(clock)).toBeGreaterThanOrEqual(3_600_000);
    clock.stop();
  });

  it('refuses what is no instant', () => {
    expect(() => new VirtualClock({ start: 'soon' })).toThrow('Not an instant: soon');
  });
});
