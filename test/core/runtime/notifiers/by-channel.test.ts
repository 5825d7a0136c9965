import { keys } from '../../../../core/contracts/keys';
import { ByChannel } from '../../../../core/runtime/notifiers/by-channel';
import { addressOf, channelsSchema, grantsFor, kindOf } from '../../../../core/runtime/notifiers/registry';
import { recordRun } from '../../../../lambdas/record-run/record-run';
import { LocalAwsApi } from '../../../../local/aws/aws-api';
import { VirtualClock } from '../../../../local/clock';
import { SweepWorld } from '../../../helpers/sweeping';
import { dataset, execution, PARTITION, registry } from '../../../helpers/runs';

const OPS = 'arn:aws:sns:eu-west-1:123456789012:ops';
const TEAM = 'arn:aws:sns:us-east-1:210987654321:team';

describe('a channel is told', () => {
  it.each([
    [{}, 'ops', 'slack'],
    [{ ops: OPS }, 'ops', OPS],
    [{ ops: OPS }, 'other', 'slack'],
    [{ default: OPS }, 'other', OPS],
    [{ default: OPS }, 'default', OPS],
    [{ default: OPS, sales: 'slack' }, 'sales', 'slack'],
    [{}, 'constructor', 'slack'],
  ])('with %j: %s at %s', (channels, channel, address) => {
    expect(addressOf(channel, channels)).toBe(address);
  });

  it('by exactly one kind of notifier', () => {
    expect([kindOf('slack'), kindOf(OPS)].map((kind) => kind?.expected)).toEqual([
      '"slack"',
      'the ARN of a standard SNS topic',
    ]);
    expect(kindOf(`${OPS}.fifo`)).toBeUndefined();
    expect(channelsSchema.safeParse({ ops: 'https://hooks.slack.com/services/x' }).error?.issues[0]?.message).toBe(
      'expected "slack" or the ARN of a standard SNS topic',
    );
  });

  it('by functions that may publish to the topics that are named, and to no other', () => {
    expect(grantsFor({ a: OPS, b: OPS, c: TEAM, d: 'slack' })).toEqual([
      { actions: ['sns:Publish'], resources: [OPS] },
      { actions: ['sns:Publish'], resources: [TEAM] },
    ]);
  });

  it('not at all where its address has no notifier, and that is said', async () => {
    const notifier = new ByChannel({ ops: 'pigeon' }, options);
    expect(await notifier.post('ops', undefined, 1_000)).toMatchObject({ is: 'channel-refused' });
  });
});

const options = { env: { SLACK_SECRET_ARN: 'arn', SLACK_TIMEOUT_MS: 1_000 }, now: () => new Date() };

/** The same outbox, lease, retries, receipts and redaction as for Slack: nothing there knows who posts. */
describe('a failure of a dataset whose channel is a topic', () => {
  const MESSAGE = `flights~${PARTITION}~run-1`;
  const before = { ...process.env };
  let aws: LocalAwsApi;
  let world: SweepWorld;

  beforeAll(async () => {
    const clock = new VirtualClock({ start: '2026-01-20T06:30:00Z', flow: 'frozen' });
    aws = await LocalAwsApi.start({ clock, secrets: [] });
    const credentials = { AWS_ACCESS_KEY_ID: 'me', AWS_SECRET_ACCESS_KEY: 'local' };
    Object.assign(process.env, credentials, { AWS_ENDPOINT_URL: aws.url });
  });
  afterAll(async () => {
    process.env = before;
    await aws.stop();
  });
  beforeEach(() => {
    aws.reset();
    world = new SweepWorld();
    world.datasets = registry(dataset({ notify: { channel: 'ops' } }));
    world.otherNotifier = new ByChannel({ ops: OPS }, options);
  });

  const record = () => {
    const Cause = JSON.stringify({ errorType: 'SourceEmpty', errorMessage: 'nothing at ?token=abcdef0123456789' });
    const state = { failed: { LoadPartition: { Error: 'SourceEmpty', Cause } } };
    return recordRun(world.recorder(), { execution: execution(), state });
  };
  const pointer = () => world.s3.json('ledger', keys.outbox(MESSAGE));
  const receipt = () => world.s3.json('ledger', keys.receipt(MESSAGE));
  const fail = (status: number, code: string) => {
    aws.before = ({ service }) => (service === 'sns' ? { do: 'answer', status, code } : undefined);
  };

  it('is published once, and has its receipt', async () => {
    await record();
    await record();
    expect(aws.publications).toMatchObject([
      {
        topicArn: OPS,
        subject: expect.stringMatching(/^Rollcall: flights 2026-01-20T05 FAILED /),
        attributes: { channel: 'ops', kind: 'ending', severity: 'error', dataset: 'flights' },
      },
    ]);
    expect(aws.publications[0]?.message).not.toContain('abcdef0123456789');
    expect([pointer(), receipt()]).toMatchObject([undefined, { channel: 'ops' }]);
  });

  it('waits out a throttling, and rests no longer than that', async () => {
    fail(400, 'Throttling');
    await record();
    expect(pointer()).toMatchObject({ lease: null, lastError: 'SNS answered Throttling (HTTP 400)' });
    aws.before = undefined;
    await world.deliver(10);
    expect(aws.publications).toHaveLength(1);
    expect(pointer()).toBeUndefined();
  });

  it('waits where the topic is gone, says so, and comes once there is one again', async () => {
    fail(404, 'NotFound');
    await record();
    for (let sweeps = 0; sweeps < 6; sweeps += 1) await world.deliver(10);
    expect(pointer()).toMatchObject({ refused: true, lastError: 'SNS answered NotFound (HTTP 404)' });
    expect(receipt()).toBeUndefined();
    aws.before = undefined;
    await world.deliver(60);
    expect(aws.publications).toHaveLength(1);
    expect(receipt()).toMatchObject({ channel: 'ops' });
  });

  it('is put more plainly where SNS refuses it', async () => {
    let refusals = 0;
    aws.before = ({ service }) =>
      service === 'sns' && (refusals += 1) === 1 ? { do: 'answer', status: 400, code: 'InvalidParameter' } : undefined;
    await record();
    expect(receipt()).toMatchObject({ form: 'plain' });
    expect(aws.publications).toHaveLength(1);
  });

  it('is named only after three publications without an answer', async () => {
    aws.before = ({ service }) => (service === 'sns' ? { do: 'drop', after: true } : undefined);
    await record();
    for (let sweeps = 0; sweeps < 12; sweeps += 1) await world.deliver(60);
    const whole = aws.publications.filter(({ message }) => message.includes('Owner:'));
    expect(whole).toHaveLength(3);
    aws.before = undefined;
    await world.deliver(24 * 60);
    expect(aws.publications.at(-1)?.message).toContain('may have arrived twice or not at all');
    expect(pointer()).toBeUndefined();
  });
});
