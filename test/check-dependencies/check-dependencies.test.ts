import { DependencyWorld, SecretError, type DependencyInput } from './dependency-world';

let world: DependencyWorld;
beforeAll(async () => {
  world = await DependencyWorld.open();
});
beforeEach(() => world.reset());
afterAll(() => world.close());

const object = (more: object = {}): DependencyInput => ({
  kind: 's3',
  name: 'carriers',
  bucket: 'reference',
  key: 'carriers/{yyyy}/{MM}.csv',
  ...more,
});
const prefix = (more: object = {}) => object({ key: undefined, prefix: 'rates/{yyyy}-{MM}-{dd}/', ...more });
const secret = (more: object = {}): DependencyInput => ({
  kind: 'secret',
  name: 'vendor-key',
  secret: 'vendor/key',
  ...more,
});

describe('an object of S3', () => {
  it('is there, or is waited for', async () => {
    // Longer keys that begin alike are other objects.
    world.put('carriers/2026/01.csv.bak', 'x');
    expect(await world.failure(object())).toEqual([
      'DependencyUnavailable',
      true,
      's3 carriers: s3://reference/carriers/2026/01.csv is not there',
    ]);
    world.put('carriers/2026/01.csv', 'x');
    expect(await world.check(object())).toEqual({ dependencies: ['carriers'], settings: null });
  });

  it('that is too small is empty, which is a fault', async () => {
    world.put('carriers/2026/01.csv', '');
    await expect(world.check(object())).resolves.toBeDefined();
    expect(await world.failure(object({ minBytes: 1 }))).toEqual([
      'DependencyEmpty',
      false,
      's3 carriers: s3://reference/carriers/2026/01.csv has 0 bytes, expected at least 1',
    ]);
  });

  it('may be any under a prefix, or several; a folder is none', async () => {
    world.put('rates/2026-01-20/', '');
    world.put('rates/2026-01-20/a', 'x');
    await expect(world.check(prefix())).resolves.toBeDefined();
    expect((await world.failure(prefix({ minObjects: 2 })))[2]).toBe(
      's3 carriers: 1 objects lie under s3://reference/rates/2026-01-20/, expected at least 2',
    );
    world.put('rates/2026-01-20/b', 'x');
    await expect(world.check(prefix({ minObjects: 2 }))).resolves.toBeDefined();
  });

  it('in a bucket that does not exist, or belongs to another account, is a fault', async () => {
    expect(await world.failure(object({ bucket: 'nowhere' }))).toEqual([
      'DependencyFault',
      false,
      expect.stringContaining('nowhere does not exist'),
    ]);
    expect((await world.failure(object({ account: '999999999999' })))[0]).toBe('DependencyFault');
  });

  it.each([
    [503, 'SlowDown', 'DependencyUnavailable'],
    [500, 'InternalError', 'DependencyUnavailable'],
    [403, 'AccessDenied', 'DependencyFault'],
  ])('is %s when S3 answers %d %s', async (code, name, expected) => {
    world.s3.before = ({ bucket }) => (bucket === 'reference' ? { do: 'answer', status: code, code: name } : undefined);
    const [failure] = await world.failure(object());
    world.s3.before = undefined;
    expect(failure).toBe(expected);
  });
});

describe('a secret', () => {
  it('is there when it holds any text, or something under each key', async () => {
    world.secrets.set('vendor/key', '{"user":"u","token":"hunter2"}');
    await expect(world.check(secret())).resolves.toBeDefined();
    await expect(world.check(secret({ keys: ['user', 'token'] }))).resolves.toBeDefined();
    expect(await world.failure(secret({ keys: ['user', 'secret'] }))).toEqual([
      'DependencyEmpty',
      false,
      'secret vendor-key: the secret vendor/key has nothing under secret',
    ]);
  });

  it.each<[string, string | SecretError | undefined, string, string]>([
    ['is not there', undefined, 'DependencyFault', 'does not exist'],
    ['is empty', ' \n', 'DependencyEmpty', 'is empty'],
    ['is denied', new SecretError('AccessDeniedException'), 'DependencyFault', 'role of CheckDependencies'],
    ['cannot be decrypted', new SecretError('DecryptionFailure'), 'DependencyFault', 'secretKeyArns'],
    ['is to be deleted', new SecretError('InvalidRequestException'), 'DependencyFault', 'InvalidRequestException'],
    ['is throttled', new SecretError('ThrottlingException'), 'DependencyUnavailable', 'Secrets Manager'],
    ['meets a fault of the service', new SecretError('InternalServiceError', 500), 'DependencyUnavailable', ''],
  ])('that %s is told so', async (_what, value, name, message) => {
    if (value !== undefined) world.secrets.set('vendor/key', value);
    const [failure, , told] = await world.failure(secret());
    expect([failure, told]).toEqual([name, expect.stringContaining(message)]);
  });

  it('is read once, however many need it', async () => {
    world.secrets.set('vendor/key', '{"a":"1"}');
    await world.check(secret(), secret({ name: 'again', keys: ['a'] }));
    expect(world.reads).toEqual(['vendor/key']);
  });
});

describe('several dependencies', () => {
  it('are all asked, and the failure names all that are not as declared', async () => {
    const failure = await world.failure(object(), prefix({ name: 'rates' }));
    expect(failure).toEqual([
      'DependencyUnavailable',
      true,
      's3 carriers: s3://reference/carriers/2026/01.csv is not there; s3 rates: 0 objects lie under s3://reference/rates/2026-01-20/, expected at least 1',
    ]);
  });

  it('are not tried again while one of them is at fault, and that one is told first', async () => {
    const [name, retryable, message] = await world.failure(object(), secret());
    expect([name, retryable]).toEqual(['DependencyFault', false]);
    expect(message).toMatch(/^secret vendor-key: .*; s3 carriers: /);
  });
});
