import { request } from 'node:http';
import { World } from '../../../local/world';
import { toyAssembly, work, type Toy } from '../toy';

let toy: Toy;
let world: World;
beforeAll(async () => {
  toy = toyAssembly({ Main: { StartAt: 'Work', States: { Work: work() } } });
  world = await World.start({
    assemblyDir: toy.directory,
    clock: { start: '2001-01-02T03:04:05Z', flow: 'frozen' },
    handlers: {},
  });
});
afterAll(async () => {
  await world.stop();
  toy.remove();
});

/** Asks as a client does that knows the server by that name. */
function ask(url: string, host: string, options: { method?: string; body?: string } = {}): Promise<[number, string]> {
  return new Promise((resolve, reject) => {
    const { method = 'GET', body } = options;
    const asked = request(url, { method, headers: { host } }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('end', () => resolve([response.statusCode ?? 0, Buffer.concat(chunks).toString()]));
    });
    asked.on('error', reject);
    asked.end(body);
  });
}

const servers = () => ({ S3: world.s3.url, AWS: world.aws.url, Slack: world.slack.webhook('/services/a') });

describe.each(['S3', 'AWS', 'Slack'] as const)('the local %s', (name) => {
  it.each(['localhost', 'localhost:8080', 'LOCALHOST', '127.0.0.1', '127.0.0.1:9000', '[::1]:1'])(
    'answers to %s',
    async (host) => {
      const [status] = await ask(servers()[name], host, { method: 'POST', body: '{"text": "hello"}' });
      expect(status).not.toBe(421);
    },
  );

  it.each([
    'evil.example',
    'evil.example:80',
    'localhost.evil.example',
    '127.0.0.1.evil.example',
    'evil.localhost.example',
    'localhost@evil.example',
    '[::1].evil.example',
    '0.0.0.0',
    '169.254.169.254',
  ])('answers nothing to %s, and does nothing for it', async (host) => {
    const posts = world.slack.posts;
    const requests = [...world.s3.counts.values()].reduce((sum, count) => sum + count, 0);
    expect((await ask(servers()[name], host, { method: 'POST', body: '{"text": "hello"}' }))[0]).toBe(421);
    expect([...world.s3.counts.values()].reduce((sum, count) => sum + count, 0)).toBe(requests);
    expect(world.slack.posts).toBe(posts);
  });
});

it('takes the name in front of localhost for a bucket, as S3 does, and no other service does', async () => {
  const bucket = world.bucket('Ledger');
  world.s3.store.put(bucket, 'runs/a.json', Buffer.from('hello'), {}, {}, {});
  expect(await ask(`${world.s3.url}/runs/a.json`, `${bucket}.localhost:4566`)).toEqual([200, 'hello']);
  expect((await ask(`${world.s3.url}/?list-type=2`, `${bucket}.localhost`))[1]).toContain('<Key>runs/a.json</Key>');
  expect((await ask(world.aws.url, `${bucket}.localhost`))[0]).toBe(421);
  expect((await ask(world.slack.webhook('/a'), 'hooks.localhost'))[0]).toBe(421);
});
