import { policyBookOf } from '../../../edges/policies';
import { resourcesOf } from '../../../edges/resource';
import { rule, type Access } from '../../../edges/ruling';
import { ownerOf } from '../../../edges/check';
import { s3Access } from '../../../local/aws/iam';
import { Changed, ownTemplate } from '../../edges/templates';

/** What the buckets refuse to every caller, and that each of their statements is needed for it. */

const template = ownTemplate();

function bucketsOf(changed: Changed) {
  const resources = resourcesOf([{ name: 'Rollcall', template: changed.template }]);
  const book = policyBookOf(resources);
  const named = (id: RegExp) => resources.find(({ id: logicalId }) => id.test(logicalId))!;
  const [ledger, lake] = [named(/^StorageLedger[0-9A-F]{8}$/).name, named(/^StorageLake[0-9A-F]{8}$/).name];
  /** What is ruled about a person who may do everything, or about a role. */
  const verdict = (access: Access, role = 'arn:aws:iam::123456789012:user/admin') => {
    const identity = book.roles.get(role)?.identity ?? [
      {
        origin: 'admin',
        effect: 'Allow' as const,
        principals: undefined,
        actions: ['*'],
        notActions: false,
        resources: ['*'],
        notResources: false,
        conditions: {},
      },
    ];
    return rule({ role }, access, { identity, resource: book.ofResources.get(ownerOf(access.resource)) ?? [] }).verdict;
  };
  return { ledger, lake, verdict, named };
}

const put = (bucket: string, key: string, conditions: object = {}) =>
  s3Access('PutObject', { bucket, key, ...conditions });
const remove = (bucket: string, key: string) => s3Access('DeleteObject', { bucket, key });
const forGood = (bucket: string, key: string) => s3Access('DeleteObjectVersion', { bucket, key });

const IF_MATCH = { ifMatch: '"abc"' };
const IF_NONE = { ifNoneMatch: '*' };
const PARTITION = 'partitions/flights/2026-01-20T05.json';
const ONCE = [
  'runs/flights/2026-01-20T05/run-1.json',
  'runs/_unassigned/2026-01-20/run-1.json',
  'identities/run-1.json',
  'backfills/week-4/manifest.json',
];
const OTHERS = [
  'backfills/week-4/plan.json',
  'backfills/week-4/summary.json',
  'plans/flights/2026-01-20T05/run-1.json',
  'circuits/vendor.json',
  'datasets/flights.json',
  'sweeps/executions.json',
  'outbox/a.json',
  'restarts/flights/2026-01-20T05/run-1.json',
  'receipts/a.json',
];
const LAKE = ['data/flights/2026-01-20T05/f.parquet', 'quarantine/flights/2026-01-20T05/f.jsonl.gz'];

describe('the ledger', () => {
  const { ledger, verdict } = bucketsOf(new Changed(template));

  test('takes a partition record by compare-and-swap only', () => {
    expect(verdict(put(ledger, PARTITION))).toBe('denied');
    expect(verdict(put(ledger, PARTITION, IF_MATCH))).toBe('allowed');
    expect(verdict(put(ledger, PARTITION, IF_NONE))).toBe('allowed');
  });

  test.each(ONCE)('takes %s once', (key) => {
    expect(verdict(put(ledger, key))).toBe('denied');
    expect(verdict(put(ledger, key, IF_MATCH))).toBe('denied');
    expect(verdict(put(ledger, key, IF_NONE))).toBe('allowed');
  });

  test('takes the parts of an upload without a condition, and the whole with one only', () => {
    const of = (operation: Parameters<typeof s3Access>[0], conditions: object = {}) =>
      verdict(s3Access(operation, { bucket: ledger, key: PARTITION, ...conditions }));
    expect([of('CreateMultipartUpload'), of('UploadPart')]).toEqual(['allowed', 'allowed']);
    expect([of('CompleteMultipartUpload'), of('CompleteMultipartUpload', IF_NONE)]).toEqual(['denied', 'allowed']);
    expect(of('CopyObject')).toBe('denied');
  });

  test.each(OTHERS)('takes %s as it comes', (key) => {
    expect(verdict(put(ledger, key))).toBe('allowed');
  });

  test('lets no role remove anything but messages that were posted, and notes of what was started again', () => {
    for (const key of [PARTITION, ...ONCE, ...OTHERS])
      expect([key, verdict(remove(ledger, key))]).toEqual([
        key,
        /^(outbox|restarts)\//.test(key) ? 'allowed' : 'denied',
      ]);
    for (const key of [PARTITION, ...ONCE, ...OTHERS])
      expect([key, verdict(forGood(ledger, key))]).toEqual([key, 'denied']);
  });
});

describe('the lake', () => {
  const { lake, verdict, named } = bucketsOf(new Changed(template));
  const sweep = named(/^FunctionsSweepRole[0-9A-F]{8}$/).arn;

  test.each(LAKE)('lets the sweep remove %s, no other role, and none permanently', (key) => {
    expect([verdict(remove(lake, key)), verdict(remove(lake, key), sweep)]).toEqual(['denied', 'allowed']);
    expect([verdict(forGood(lake, key)), verdict(forGood(lake, key), sweep)]).toEqual(['denied', 'denied']);
    expect(verdict(put(lake, key))).toBe('allowed');
  });
});

describe('the role that may erase', () => {
  const { ledger, lake, verdict, named } = bucketsOf(new Changed(template));
  const erase = named(/^StorageErase[0-9A-F]{8}$/);

  test('may remove everything, and write nothing', () => {
    for (const [bucket, key] of [
      [ledger, PARTITION],
      [ledger, ONCE[0]!],
      [lake, LAKE[0]!],
    ] as const) {
      expect(verdict(remove(bucket, key), erase.arn)).toBe('allowed');
      expect(verdict(forGood(bucket, key), erase.arn)).toBe('allowed');
      expect(verdict(put(bucket, key, IF_NONE), erase.arn)).toBe('nothing allows it');
    }
  });

  test('is taken on by nothing of the app: its account alone may say who', () => {
    expect(erase.get('AssumeRolePolicyDocument')).toMatchObject({
      Statement: [{ Effect: 'Allow', Action: 'sts:AssumeRole', Principal: { AWS: 'arn:aws:iam::123456789012:root' } }],
    });
    const grants = JSON.stringify(
      Object.values(template.Resources ?? {}).filter(({ Type }) => Type === 'AWS::IAM::Policy'),
    );
    expect(grants).not.toContain('sts:AssumeRole');
  });
});

describe('each statement', () => {
  const attacks: [sid: string, bucket: 'Ledger' | 'Lake', (of: ReturnType<typeof bucketsOf>) => Access][] = [
    ['SwapOnly', 'Ledger', ({ ledger }) => put(ledger, PARTITION)],
    ['WriteOnce', 'Ledger', ({ ledger }) => put(ledger, ONCE[0]!)],
    ['KeepRecords', 'Ledger', ({ ledger }) => remove(ledger, PARTITION)],
    ['KeepVersions', 'Ledger', ({ ledger }) => forGood(ledger, PARTITION)],
    ['KeepFiles', 'Lake', ({ lake }) => remove(lake, LAKE[0]!)],
    ['KeepVersions', 'Lake', ({ lake }) => forGood(lake, LAKE[0]!)],
  ];

  test.each(attacks)('%s of the %s is what denies it', (sid, bucket, attack) => {
    const [policy] = Object.entries(template.Resources ?? {}).find(
      ([id, { Type }]) => Type === 'AWS::S3::BucketPolicy' && id.startsWith(`Storage${bucket}`),
    )!;
    const whole = bucketsOf(new Changed(template));
    expect(whole.verdict(attack(whole))).toBe('denied');
    const without = bucketsOf(new Changed(template).without([`${policy}[${sid}]`]));
    expect(without.verdict(attack(without))).toBe('allowed');
  });
});
