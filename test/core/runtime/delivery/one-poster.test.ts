import { executionEnded } from '../../../../lambdas/execution-ended/execution-ended';
import { recordRun } from '../../../../lambdas/record-run/record-run';
import { keys } from '../../../../core/contracts/keys';
import type { OutboxPointer } from '../../../../core/contracts/run/manifest';
import type { RecordingContext } from '../../../../core/runtime/recording/record-ending';
import { addToOutbox } from '../../../../core/runtime/delivery/outbox';
import { sweep } from '../../../../lambdas/sweep/sweep';
import { taken } from '../../../helpers/answers';
import { Killed, type Call, type Fault } from '../../../helpers/memory-s3';
import { Mortal } from '../../../helpers/recording';
import { arnOf, execution, manifest, PARTITION } from '../../../helpers/runs';
import { SweepWorld } from '../../../helpers/sweeping';

/** Whichever recorder comes, and however many at once: one manifest, one post. None dies here unless it is said. */

const INPUT = { dataset: 'flights', partition: PARTITION };
const KEY = keys.manifest('flights', PARTITION, 'run-1');
const MESSAGE = `flights~${PARTITION}~run-1`;
let world: SweepWorld;

beforeEach(() => {
  world = new SweepWorld();
});

const byMachine = (context: RecordingContext = world.recorder()) =>
  recordRun(context, {
    execution: execution(),
    state: { failed: { LoadPartition: { Error: 'SourceAccessDenied', Cause: '{}' } } },
  });

const byEvent = (context: RecordingContext = world.recorder()) =>
  executionEnded(
    { ...context, describe: async () => undefined },
    {
      detail: {
        executionArn: arnOf('run-1'),
        name: 'run-1',
        status: 'ABORTED',
        startDate: Date.parse('2026-01-20T06:15:03.000Z'),
        stopDate: Date.parse('2026-01-20T06:20:00.000Z'),
        input: JSON.stringify(INPUT),
      },
    },
  );

/** Slack takes a while: the post waits until `go`, and `arrived` says when it has come. */
function slowSlack(): { readonly arrived: Promise<void>; readonly go: () => void } {
  let [go, came] = [() => {}, () => {}];
  const gate = new Promise<void>((resolve) => (go = resolve));
  const arrived = new Promise<void>((resolve) => (came = resolve));
  world.slack = async () => {
    came();
    await gate;
    return taken;
  };
  return { arrived, go };
}

const ONE_POST = { manifests: 1, posts: 1, outbox: [], receipts: 1 };
const seen = () => ({
  manifests: world.manifestKeys().length,
  posts: world.posts.length,
  outbox: world.s3.keys('ledger', 'outbox/'),
  receipts: world.s3.keys('ledger', 'receipts/').length,
});

const pointer = (): OutboxPointer | undefined => world.s3.json('ledger', keys.outbox(MESSAGE));

describe('at the same time', () => {
  it.each([1, 2, 5])('%d recorders by the same event', async (count) => {
    await Promise.all(Array.from({ length: count }, () => byEvent()));
    expect(seen()).toEqual(ONE_POST);
  });

  it('RecordRun, its retry, and two events', async () => {
    await Promise.all([byMachine(), byMachine(), byEvent(), byEvent()]);
    expect(seen()).toEqual(ONE_POST);
  });

  it('an event while RecordRun is in its post', async () => {
    const { arrived, go } = slowSlack();
    const first = byMachine();
    await arrived;
    await byEvent();
    go();
    await first;
    expect(seen()).toEqual(ONE_POST);
  });

  it('a sweep while RecordRun is in its post', async () => {
    world.executed('run-1', INPUT, { startedAgo: 20, endedAgo: 10 });
    const { arrived, go } = slowSlack();
    const first = byMachine();
    await arrived;
    await world.sweep();
    go();
    await first;
    expect(seen()).toEqual(ONE_POST);
  });

  it('a late event while a sweep is in its post', async () => {
    world.executed('run-1', INPUT, { startedAgo: 20, endedAgo: 10 });
    const { arrived, go } = slowSlack();
    const first = world.sweep();
    await arrived;
    await byEvent();
    go();
    await first;
    expect(seen()).toEqual(ONE_POST);
  });

  it.each([2, 4])('%d sweeps', async (count) => {
    world.executed('run-1', INPUT, { startedAgo: 20, endedAgo: 10 });
    await Promise.all(Array.from({ length: count }, () => world.sweep()));
    expect(seen()).toEqual(ONE_POST);
  });

  it('a second sweep while the first is in its post', async () => {
    world.executed('run-1', INPUT, { startedAgo: 20, endedAgo: 10 });
    const { arrived, go } = slowSlack();
    const first = world.sweep();
    await arrived;
    await world.sweep();
    go();
    await first;
    expect(seen()).toEqual(ONE_POST);
  });
});

describe('one after the other', () => {
  it('the same event for weeks', async () => {
    for (let week = 0; week < 3; week += 1) {
      await byEvent();
      await world.deliver(7 * 24 * 60);
    }
    expect(seen()).toEqual(ONE_POST);
  });

  it('a recorder that comes to its pointer only when another has told everything finds the receipt', async () => {
    world.s3.put('ledger', keys.receipt(MESSAGE), { schemaVersion: 1 });
    await byMachine();
    expect(world.requests).toEqual([]);
    expect(pointer()).toBeUndefined();
  });

  it('a sweep that takes a message which was told finds the receipt', async () => {
    await byMachine();
    world.s3.put('ledger', keys.outbox(MESSAGE), {
      schemaVersion: 1,
      messageId: MESSAGE,
      manifestKey: KEY,
      since: world.now,
    });
    await world.deliver();
    expect(seen()).toEqual(ONE_POST);
  });

  it('a sweep whose message another has told and removed in the meantime goes on with the next one', async () => {
    await byMachine({ ...world.recorder(), remainingMs: () => 3_200 });
    world.s3.put(
      'ledger',
      keys.manifest('flights', '2026-01-20T04', 'run-0'),
      manifest('SOURCE_EMPTY', { runId: 'run-0' }),
    );
    const other = `flights~2026-01-20T04~run-0`;
    await addToOutbox(
      world.s3.store('ledger'),
      { messageId: other, manifestKey: keys.manifest('flights', '2026-01-20T04', 'run-0') },
      world.now,
    );
    const { delivered } = await world.deliver(10, new Mortal(), ({ operation, key }) => {
      if (operation === 'PUT' && key === keys.outbox(MESSAGE)) world.s3.objects.delete(`ledger/${key}`);
      return undefined;
    });
    expect(world.posts).toHaveLength(1);
    expect(world.s3.keys('ledger', 'receipts/')).toEqual([keys.receipt(other)]);
    expect(delivered).toBe(1);
  });
});

describe('every answer that gets lost', () => {
  /** Calls of a recorder and of the sweep after it, each repeated by the SDK after it had its effect. */
  const repeating = (at: number) => (_call: Call, index: number) => (index === at ? ('repeat' as const) : undefined);

  it('to a recorder, one at a time: it knows its own writes again', async () => {
    for (let at = 0; at < 12; at += 1) {
      world = new SweepWorld();
      await byMachine(world.recorder(new Mortal(), repeating(at)));
      expect({ at, posts: world.posts.length, outbox: world.s3.keys('ledger', 'outbox/') }).toEqual({
        at,
        posts: 1,
        outbox: [],
      });
    }
  });

  it('to the sweeps that deliver, one at a time', async () => {
    for (let at = 0; at < 8; at += 1) {
      world = new SweepWorld();
      await byMachine({ ...world.recorder(), remainingMs: () => 3_200 });
      await world.deliver(10, new Mortal(), repeating(at));
      expect(seen()).toEqual(ONE_POST);
    }
  });

  it('to both at once: the one who created the pointer posts, and the other one reads that it is not his', async () => {
    const lost = ({ operation, key }: Call) =>
      operation === 'PUT' && key.startsWith('outbox/') ? ('repeat' as const) : undefined;
    await Promise.all([byMachine(world.recorder(new Mortal(), lost)), byEvent(world.recorder(new Mortal(), lost))]);
    expect(seen()).toEqual(ONE_POST);
  });
});

describe('a write at the same moment (409) has decided nothing', () => {
  const conflict = () =>
    Object.assign(new Error('x'), { name: 'ConditionalRequestConflict', $metadata: { httpStatusCode: 409 } });

  it.each(['outbox/', 'receipts/', 'runs/'])('on %s: it is asked again', async (area) => {
    let conflicts = 0;
    await byMachine(
      world.recorder(new Mortal(), ({ operation, key }) => {
        if (operation !== 'PUT' || !key.startsWith(area) || (conflicts += 1) > 2) return undefined;
        return conflict();
      }),
    );
    expect(seen()).toEqual(ONE_POST);
  });

  it('on the lease of a sweep', async () => {
    await byMachine({ ...world.recorder(), remainingMs: () => 3_200 });
    let conflicts = 0;
    await world.deliver(10, new Mortal(), ({ operation, key }) => {
      if (operation !== 'PUT' || !key.startsWith('outbox/') || (conflicts += 1) > 2) return undefined;
      return conflict();
    });
    expect(seen()).toEqual(ONE_POST);
  });
});

describe('the lease', () => {
  it('rides on the creation of the pointer: recording makes no more requests than it did', async () => {
    const calls: string[] = [];
    await byMachine(
      world.recorder(new Mortal(), ({ operation, key }) => {
        if (/^(outbox|receipts)/.test(key)) calls.push(`${operation} ${key.split('/')[0]}`);
        return undefined;
      }),
    );
    expect(calls).toEqual(['PUT outbox', 'HEAD receipts', 'PUT receipts', 'DELETE outbox']);
  });

  it('of a recorder that died is waited for, and then the sweep tells it', async () => {
    await byMachine(world.recorder(new Mortal(), dies('HEAD', 'receipts/'))).catch(() => undefined);
    await byEvent();
    await world.deliver(1);
    expect(world.posts).toEqual([]);
    await world.deliver(2);
    expect(seen()).toEqual(ONE_POST);
  });

  it('that is about to run out is not posted under', async () => {
    const context = world.recorder(new Mortal(), ({ operation, key }) => {
      // S3 takes its time for the manifest.
      if (operation === 'PUT' && key === KEY) world.now = new Date(world.now.getTime() + 117_000);
      return undefined;
    });
    await byMachine(context);
    expect(world.requests).toEqual([]);
    await world.deliver();
    expect(seen()).toEqual(ONE_POST);
  });

  it('bounds the time of the post', async () => {
    const within: number[] = [];
    const measured = (remainingMs: number): RecordingContext => {
      const context = world.recorder();
      const { notifier } = context;
      return {
        ...context,
        remainingMs: () => remainingMs,
        notifier: {
          render: (message, channel) => notifier.render(message, channel),
          post: (channel, message, ms) => {
            within.push(ms);
            return notifier.post(channel, message, ms);
          },
        },
      };
    };
    await byMachine(measured(10_000));
    world = new SweepWorld();
    await byMachine(measured(300_000));
    expect(within).toEqual([7_000, 117_000]);
  });

  it('is given back by a recorder that has no time to post, so that the next one can', async () => {
    await byMachine({ ...world.recorder(), remainingMs: () => 3_200 });
    expect(pointer()).toMatchObject({ lease: null });
    await byEvent();
    expect(seen()).toEqual(ONE_POST);
  });

  it('is taken by one of two who find that it ran out', async () => {
    await byMachine(world.recorder(new Mortal(), dies('HEAD', 'receipts/'))).catch(() => undefined);
    world.minutesLater(3);
    await Promise.all([world.deliver(0), byEvent(), world.deliver(0)]);
    expect(seen()).toEqual(ONE_POST);
  });

  it('that ran out is a post that may have been taken: after three the message is only named', async () => {
    world.slack = () => {
      throw new Killed('the process ends in its post');
    };
    await byMachine().catch(() => undefined);
    for (let sweeps = 0; sweeps < 20; sweeps += 1) await world.deliver(60).catch(() => undefined);
    const posts = world.requests.map(({ text }) => text);
    expect(posts.filter((text) => text.startsWith('❌'))).toHaveLength(3);
    world.slack = () => taken;
    await world.deliver(24 * 60);
    expect(world.posts.at(-1)?.text).toMatch(
      /^1 message may have arrived twice or not at all: flights 2026-01-20T05 FAILED/,
    );
    expect(pointer()).toBeUndefined();
  });
});

describe('a pointer of the release before, which had no leases', () => {
  const old = (more: Partial<OutboxPointer> = {}) => {
    world.s3.put('ledger', KEY, manifest('SOURCE_EMPTY'));
    const since = world.now.toISOString();
    world.s3.put('ledger', keys.outbox(MESSAGE), {
      schemaVersion: 1,
      messageId: MESSAGE,
      manifestKey: KEY,
      since,
      ...more,
    });
  };

  it('is left to its recorder for two minutes', async () => {
    old();
    await world.deliver(1);
    expect(world.requests).toEqual([]);
    await world.deliver(1);
    expect(seen()).toEqual(ONE_POST);
  });

  it('that its sweep has tried waits until it is due', async () => {
    old({ attempts: 2, nextAttemptAt: new Date(world.now.getTime() + 20 * 60_000).toISOString(), refused: false });
    await world.deliver(10);
    expect(world.requests).toEqual([]);
    await world.deliver(10);
    expect(seen()).toEqual(ONE_POST);
  });
});

it('a pointer whose kind only a later release knows is left to that', async () => {
  const unknown = {
    schemaVersion: 1,
    messageId: 'x',
    manifestKey: 'elsewhere/x',
    kind: 'horoscope',
    since: world.now,
    lease: null,
  };
  world.s3.put('ledger', keys.outbox('x'), unknown);
  await byMachine();
  await sweep(world.sweeper());
  expect(world.posts).toHaveLength(1);
  expect(world.s3.keys('ledger', 'outbox/')).toEqual([keys.outbox('x')]);
});

/** A process that dies at its first such call. */
function dies(operation: Call['operation'], area: string): Fault {
  let dead = false;
  return (call) => {
    dead ||= call.operation === operation && call.key.startsWith(area);
    return dead ? new Killed('dead') : undefined;
  };
}
