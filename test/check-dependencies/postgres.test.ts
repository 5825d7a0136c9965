import { createServer, type AddressInfo, type Server } from 'node:net';
import { isPassingState } from '../../lambdas/check-dependencies/postgres-errors';
import type { PostgresDependency } from '../../core/contracts/dataset/dependency';
import { LocalPostgres } from '../kit/postgres';
import { DependencyWorld, type DependencyInput } from './dependency-world';
import { certificate, tlsFront } from './tls-front';

/** PostgreSQL itself, compiled to WebAssembly, behind its wire protocol on loopback. */
let database: LocalPostgres;
let world: DependencyWorld;
beforeAll(async () => {
  [database, world] = await Promise.all([LocalPostgres.start(), DependencyWorld.open()]);
  await database.run(`
    CREATE TYPE carrier AS ENUM ('AA', 'UA');
    CREATE TABLE jobs (dataset text, day text, least_delay int, share numeric(6,3), carrier carrier, note varchar(40),
      active boolean, valid_from date, changed_at timestamptz, local_at timestamp, total bigint, ratio float8, nothing text);
    INSERT INTO jobs VALUES ('flights', '2026-01-20T05', 15, 0.250, 'AA', 'it''s "fine"', true, '2026-01-19',
      '2026-01-20 05:00:00.5+02', '2026-01-20 05:00:00', 9007199254740993, 1.5e300, NULL);`);
});
beforeEach(() => {
  world.reset();
  world.secrets.set('db', secret());
});
afterAll(async () => {
  await world.close();
  await database.stop();
});

const secret = (more: object = {}) =>
  JSON.stringify({
    engine: 'postgres',
    host: '127.0.0.1',
    port: database.port,
    username: 'loader-of-jobs',
    password: 'hunter2-of-the-database',
    dbname: 'postgres',
    ...more,
  });

type Query = Partial<Omit<PostgresDependency, 'kind' | 'settings'>> & { settings?: object };
const jobs = (query: Query): DependencyInput =>
  ({ kind: 'postgres', name: 'jobs', secret: 'db', tls: 'off', query: 'SELECT 1', ...query }) as DependencyInput;

describe('the settings that a database answers', () => {
  it('are kept by their declared types, for the dataset and the partition that are asked for', async () => {
    const output = await world.check(
      jobs({
        query: `SELECT least_delay, share, carrier, note, active, valid_from, changed_at, local_at, total, ratio, nothing
                FROM jobs WHERE dataset = $1 AND day = $2 AND changed_at < $3::timestamptz`,
        parameters: ['dataset', 'partition', 'partitionEnd'],
        settings: {
          least_delay: { type: 'integer' },
          share: { type: 'double' },
          carrier: { type: 'string' },
          note: { type: 'string', sensitive: true },
          active: { type: 'boolean' },
          valid_from: { type: 'date' },
          changed_at: { type: 'timestamp' },
          local_at: { type: 'timestamp' },
          total: { type: 'integer' },
          ratio: { type: 'double' },
          nothing: { type: 'string', nullable: true },
        },
      }),
    );
    const left = world.left();
    expect(output).toEqual({
      dependencies: ['jobs'],
      settings: { key: 'plans/flights/2026-01-20T05/run-1.settings.json', hash: left?.hash },
    });
    expect(Object.fromEntries(left?.settings.map(({ name, value }) => [name, value]) ?? [])).toEqual({
      active: 'true',
      carrier: 'AA',
      changed_at: '2026-01-20T03:00:00.5Z',
      least_delay: '15',
      local_at: '2026-01-20T05:00:00Z',
      note: 'it\'s "fine"',
      nothing: null,
      ratio: '1.5e+300',
      share: '0.25',
      total: '9007199254740993',
      valid_from: '2026-01-19',
    });
    expect(left?.settings.filter(({ sensitive }) => sensitive).map(({ name }) => name)).toEqual(['note']);
    // Pointers only: what the settings are is not in the state machine's payload.
    expect(JSON.stringify(output)).not.toContain('least_delay');
  });

  const leastDelay = { settings: { least_delay: { type: 'integer' } } };

  it('stay as they are for every repetition of the step, whatever the database says by then', async () => {
    const query = jobs({ query: 'SELECT least_delay FROM jobs', ...leastDelay });
    const first = await world.check(query);
    await database.run('UPDATE jobs SET least_delay = 99');
    const again = await world.check(query);
    await database.run('UPDATE jobs SET least_delay = 15');
    expect(again).toEqual(first);
    expect(world.left()?.settings[0]?.value).toBe('15');
  });

  it('are those of the invocation that wrote first, where two run at once', async () => {
    const query = jobs({ query: 'SELECT least_delay FROM jobs', ...leastDelay });
    const [a, b] = await Promise.all([world.check(query), world.check(query)]);
    expect(a).toEqual(b);
  });

  it.each<[string, Query, string, string]>([
    [
      'no row',
      { query: 'SELECT least_delay FROM jobs WHERE false', ...leastDelay },
      'DependencyEmpty',
      'its query gave no row, expected one',
    ],
    [
      'no row, where only an answer is wanted',
      { query: 'SELECT 1 FROM jobs WHERE false' },
      'DependencyEmpty',
      'no row',
    ],
    [
      'NULL',
      { query: 'SELECT NULL::int AS least_delay', ...leastDelay },
      'DependencyEmpty',
      'the column least_delay is NULL, expected a value',
    ],
    [
      'two rows',
      { query: 'VALUES (1), (2)', settings: { column1: { type: 'integer' } } },
      'DependencyFault',
      'more than one row',
    ],
    [
      'another type',
      { query: "SELECT '15' AS least_delay", ...leastDelay },
      'DependencyFault',
      'the column least_delay has the type text, expected one for integer',
    ],
    [
      'a fraction',
      { query: 'SELECT 1.5::numeric AS least_delay', ...leastDelay },
      'DependencyFault',
      'got "1.5", expected a whole number of 64 bits',
    ],
    [
      'too large a number',
      { query: 'SELECT 9223372036854775808::numeric AS least_delay', ...leastDelay },
      'DependencyFault',
      'expected a whole number of 64 bits',
    ],
    [
      'not a number',
      { query: "SELECT 'NaN'::float8 AS share", settings: { share: { type: 'double' } } },
      'DependencyFault',
      'got "NaN", expected a finite number',
    ],
    [
      'an endless instant',
      { query: "SELECT 'infinity'::timestamptz AS at", settings: { at: { type: 'timestamp' } } },
      'DependencyFault',
      'expected an instant',
    ],
    [
      'too long a text',
      { query: "SELECT repeat('x', 4001) AS note", settings: { note: { type: 'string', sensitive: true } } },
      'DependencyFault',
      'the column note: got a value, expected at most 4000 characters',
    ],
    [
      'another column',
      { query: 'SELECT 15 AS delay', ...leastDelay },
      'DependencyFault',
      'its query gave the columns delay, expected least_delay',
    ],
    [
      'one column more',
      { query: 'SELECT 15 AS least_delay, 1 AS more', ...leastDelay },
      'DependencyFault',
      'expected least_delay',
    ],
    [
      'the same column twice',
      { query: 'SELECT 15 AS least_delay, 1 AS least_delay', ...leastDelay },
      'DependencyFault',
      'expected least_delay',
    ],
  ])('%s is a fault, and nothing is written', async (_what, query, name, message) => {
    const failure = await world.failure(jobs(query));
    expect(failure).toEqual([name, false, expect.stringContaining(`postgres jobs: `)]);
    expect(failure[2]).toContain(message);
    expect(world.left()).toBeUndefined();
  });

  it('are all NULL where no row is no fault', async () => {
    await world.check(
      jobs({
        query: 'SELECT least_delay FROM jobs WHERE false',
        required: false,
        settings: { least_delay: { type: 'integer', nullable: true } },
      }),
    );
    expect(world.left()?.settings).toEqual([expect.objectContaining({ name: 'least_delay', value: null })]);
  });
});

describe('a query', () => {
  it.each([
    ['that writes', "INSERT INTO jobs (dataset) VALUES ('x') RETURNING 1", /42601|syntax/],
    [
      'that writes inside of a SELECT',
      "WITH w AS (INSERT INTO jobs (dataset) VALUES ('x') RETURNING 1) SELECT * FROM w",
      /DECLARE CURSOR|read-only/,
    ],
    ['with a second statement behind it', 'SELECT 1; DROP TABLE jobs', /multiple commands/],
    ['that ends the transaction', 'SELECT 1; COMMIT; DROP TABLE jobs', /multiple commands/],
    ['that is no SQL', 'SELEC 1', /syntax error/],
    ['of a table that is not there', 'SELECT * FROM nowhere', /"nowhere" does not exist \(SQLSTATE 42P01\)/],
    ['with too many parameters', 'SELECT $2', /SQLSTATE/],
  ])('%s is refused, and not tried again', async (_what, query, message) => {
    const [name, retryable, told] = await world.failure(jobs({ query, parameters: [] }));
    expect([name, retryable]).toEqual(['DependencyFault', false]);
    expect(told).toMatch(message);
    expect(await database.run('SELECT count(*) FROM jobs')).toEqual([{ count: 1 }]);
  });

  it('gets what stands in the partition as a value, never as SQL', async () => {
    await world.check(
      jobs({
        query: "SELECT $1 || '|' || $2 AS both",
        parameters: ['dataset', 'partitionStart'],
        settings: { both: { type: 'string' } },
      }),
    );
    expect(world.left()?.settings[0]?.value).toBe('flights|2026-01-20T05:00:00.000Z');
  });
});

describe('a database that cannot be asked', () => {
  it('is unavailable when nothing listens there, and the message has nothing of the secret', async () => {
    world.secrets.set('db', secret({ port: 1 }));
    const [name, retryable, message] = await world.failure(jobs({}));
    expect([name, retryable]).toEqual(['DependencyUnavailable', true]);
    expect(message).toBe('postgres jobs: Error [ECONNREFUSED]: connect ECONNREFUSED [host]:1');
  });

  it('is unavailable when its name does not resolve', async () => {
    world.secrets.set('db', secret({ host: 'nowhere.invalid' }));
    const [name, , message] = await world.failure(jobs({}));
    expect(name).toBe('DependencyUnavailable');
    expect(message).not.toContain('nowhere');
  });

  it('is unavailable when it takes the connection and says nothing', async () => {
    const mute = await listen(createServer(() => undefined));
    world.secrets.set('db', secret({ port: mute.port }));
    const failure = await world.failure(jobs({ connectTimeoutSeconds: 1 }));
    expect(failure).toEqual(['DependencyUnavailable', true, 'postgres jobs: timeout expired']);
    mute.stop();
  });

  it('is unavailable when the step itself has no time left', async () => {
    const mute = await listen(createServer(() => undefined));
    world.secrets.set('db', secret({ port: mute.port }));
    world.remainingMs = 10_100;
    const failure = await world.failure(jobs({}));
    expect(failure).toEqual(['DependencyUnavailable', true, 'postgres jobs: no answer within 0.1 s']);
    mute.stop();
  });

  it('is unavailable when it says nothing to the query', async () => {
    // Authentication done, ready for a query.
    const welcome = Buffer.from('5200000008000000005a0000000549', 'hex');
    const silent = await listen(createServer((socket) => socket.once('data', () => socket.write(welcome))));
    world.secrets.set('db', secret({ port: silent.port }));
    world.remainingMs = 10_500;
    const failure = await world.failure(jobs({}));
    expect(failure).toEqual(['DependencyUnavailable', true, 'postgres jobs: no answer within 0.5 s']);
    silent.stop();
  });

  it('is unavailable when it drops the connection', async () => {
    const rude = await listen(createServer((socket) => socket.once('data', () => socket.destroy())));
    world.secrets.set('db', secret({ port: rude.port }));
    const [name, , message] = await world.failure(jobs({}));
    expect(name).toBe('DependencyUnavailable');
    expect(message).toMatch(/Connection terminated|ECONNRESET/);
    rude.stop();
  });

  it.each([
    ['FATAL', '28P01', 'password authentication failed for user "loader-of-jobs"', 'DependencyFault'],
    ['FATAL', '3D000', 'database "hunter2-of-the-database" does not exist', 'DependencyFault'],
    ['FATAL', '53300', 'too many connections for role "loader-of-jobs"', 'DependencyUnavailable'],
    ['FATAL', '57P03', 'the database system is starting up', 'DependencyUnavailable'],
  ])('%s %s (%s) is a %s, and does not name whom the secret names', async (severity, state, message, expected) => {
    const server = await listen(refusing(severity, state, message));
    world.secrets.set('db', secret({ port: server.port }));
    const [name, , told] = await world.failure(jobs({}));
    expect(name).toBe(expected);
    expect(told).toContain(`SQLSTATE ${state}`);
    expect(told).not.toContain('loader-of-jobs');
    server.stop();
  });

  it.each<[string, string, string]>([
    ['is no JSON', 'hunter2', 'the secret db is not JSON'],
    ['is no object', '"hunter2"', 'the secret db is not a JSON object'],
    ['has no password', '{"username":"u","host":"h","dbname":"d"}', 'the secret db has nothing under password'],
    [
      'has a port that is none',
      '{"username":"u","password":"hunter2","host":"h","dbname":"d","port":"x"}',
      'no port number',
    ],
  ])('is a fault when its secret %s', async (_what, value, message) => {
    world.secrets.set('db', value);
    const [, retryable, told] = await world.failure(jobs({}));
    expect(retryable).toBe(false);
    expect(told).toContain(message);
  });

  it.each([
    ['ERROR', '08P01', false],
    ['FATAL', '08P01', true],
    ['ERROR', '08006', true],
    ['ERROR', '40001', true],
    ['ERROR', '40P01', true],
    ['FATAL', '53400', true],
    ['ERROR', '55P03', true],
    ['ERROR', '57014', true],
    ['FATAL', '57P01', true],
    ['FATAL', '57P02', true],
    ['FATAL', '57P04', false],
    ['FATAL', '57P05', true],
    ['ERROR', '58030', true],
    ['ERROR', '22P02', false],
    ['ERROR', '25006', false],
    ['FATAL', '28000', false],
    ['ERROR', '42501', false],
    ['ERROR', 'XX000', false],
  ])('%s %s passes: %p', (severity, state, passes) => {
    expect(isPassingState(state, severity)).toBe(passes);
  });
});

describe('TLS', () => {
  it('is on by default, and a server without it is refused', async () => {
    const plain = await listen(createServer((socket) => socket.once('data', () => socket.end('N'))));
    world.secrets.set('db', secret({ port: plain.port }));
    const failure = await world.failure(jobs({ tls: 'verify-full' }));
    expect(failure).toEqual(['DependencyFault', false, expect.stringContaining('does not support SSL connections')]);
    plain.stop();
  });

  it('is a fault when no authority vouches for the certificate, or it is for another host', async () => {
    const front = await tlsFront(database.port);
    world.secrets.set('db', secret({ port: front.port, host: 'localhost' }));
    const [name, , message] = await world.failure(jobs({ tls: 'verify-full' }));
    expect([name, message]).toEqual(['DependencyFault', expect.stringContaining('DEPTH_ZERO_SELF_SIGNED_CERT')]);
    world.secrets.set('db', secret({ port: front.port, host: '127.0.0.1' }));
    const [other, , altName] = await world.failure(jobs({ tls: 'verify-full', ca: certificate }));
    expect([other, altName]).toEqual(['DependencyFault', expect.stringContaining('ERR_TLS_CERT_ALTNAME_INVALID')]);
    front.stop();
  });

  it('is used when the declared authority vouches for the host', async () => {
    const front = await tlsFront(database.port);
    world.secrets.set('db', secret({ port: front.port, host: 'localhost' }));
    const query = { query: 'SELECT least_delay FROM jobs', settings: { least_delay: { type: 'integer' } } };
    await world.check(jobs({ ...query, tls: 'verify-full', ca: certificate }));
    expect(world.left()?.settings[0]?.value).toBe('15');
    expect(front.encrypted()).toBe(1);
    front.stop();
  });
});

async function listen(server: Server): Promise<{ port: number; stop: () => void }> {
  const sockets = new Set<{ destroy: () => void }>();
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const stop = () => {
    server.close();
    for (const socket of sockets) socket.destroy();
  };
  return { port: (server.address() as AddressInfo).port, stop };
}

/** A server that answers the first message with an error, as PostgreSQL writes it. */
function refusing(severity: string, state: string, message: string): Server {
  const fields = `S${severity}\0V${severity}\0C${state}\0M${message}\0\0`;
  const length = Buffer.alloc(4);
  length.writeInt32BE(Buffer.byteLength(fields) + 4);
  return createServer((socket) => {
    socket.once('data', () => socket.end(Buffer.concat([Buffer.from('E'), length, Buffer.from(fields)])));
  });
}
