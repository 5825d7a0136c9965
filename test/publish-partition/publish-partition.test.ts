import { keys } from '../../core/contracts/keys';
import { NO_RECORDS } from '../../core/contracts/run/partition-record';
import { publishPartition } from '../../lambdas/publish-partition/publish-partition';
import { MemoryS3, type Fault } from '../kit/memory-s3';
import {
  checkResult,
  CODE_VERSION,
  ending,
  file,
  holder,
  NOW,
  PARTITION,
  plan,
  publication,
  record,
  run,
} from '../kit/runs';
import { dataset, registry } from '../kit/datasets';

const key = keys.partition('flights', PARTITION);
const checkKey = keys.check('flights', PARTITION, 'run-1');
const planKey = keys.plan('flights', PARTITION, 'run-1', 1);
const setAside = { key: keys.quarantine('flights', PARTITION, 'e'.repeat(32)), records: 1, bytes: 7 };
let s3: MemoryS3;
beforeEach(() => {
  s3 = new MemoryS3();
  s3.put('ledger', key, record({ fence: 1, holder: holder() }));
  s3.put('ledger', checkKey, checkResult());
  s3.put('ledger', planKey, plan());
  s3.put('lake', file.key, Buffer.alloc(file.bytes));
});

function publish(
  options: {
    codeVersion?: string;
    lake?: Fault;
    datasets?: ReturnType<typeof registry>;
    code?: 'COMPLETE' | 'EMPTY_AS_DECLARED';
  } = {},
) {
  return publishPartition(
    {
      env: { CODE_VERSION: options.codeVersion ?? CODE_VERSION } as never,
      datasets: options.datasets ?? registry(),
      ledger: s3.store('ledger'),
      lake: s3.store('lake', options.lake),
      now: () => NOW,
    },
    {
      run: run(),
      load: { ready: true, planKey, round: 1, batches: [0] },
      check: { duplicatesAcross: false, checkKey, ending: ending(options.code ?? 'COMPLETE') },
    },
  );
}

test('publishes what was checked: files, counts, source, plan', async () => {
  expect(await publish()).toEqual({ ending: ending('COMPLETE'), files: 1, published: 690 });
  expect(s3.json('ledger', key)).toMatchObject({
    fence: 1,
    holder: { runId: 'run-1' },
    publication: {
      runId: 'run-1',
      ending: ending('COMPLETE'),
      files: [file],
      records: { read: 690, published: 690 },
      source: { objects: 3 },
      planKey,
      publishedAt: NOW.toISOString(),
    },
  });
});

test('a retry after the swap publishes nothing twice', async () => {
  await publish();
  const before = s3.text('ledger', key);
  await publish();
  expect(s3.text('ledger', key)).toBe(before);
});

test('a publication that is replaced is kept as superseded', async () => {
  s3.put('ledger', key, record({ fence: 1, holder: holder(), publication: publication('run-0') }));
  await publish();
  expect(s3.json('ledger', key).superseded).toEqual([
    { runId: 'run-0', ending: ending('COMPLETE'), records: publication().records },
  ]);
});

test('an empty partition is published too', async () => {
  s3.put('ledger', checkKey, checkResult({ ending: ending('EMPTY_AS_DECLARED'), files: [], records: NO_RECORDS }));
  expect(await publish({ code: 'EMPTY_AS_DECLARED' })).toEqual({
    ending: ending('EMPTY_AS_DECLARED'),
    files: 0,
    published: 0,
  });
});

describe('publishes nothing', () => {
  const cases: [string, string, RegExp, () => void, Parameters<typeof publish>[0]?][] = [
    ['when the code was deployed anew', 'DefinitionChanged', /n3w/, () => undefined, { codeVersion: 'n3w' }],
    [
      'when the definition was deployed anew',
      'DefinitionChanged',
      /definition/,
      () => undefined,
      { datasets: registry(dataset({ owner: 'Another team' })) },
    ],
    [
      'when the dataset is gone',
      'DefinitionChanged',
      /not deployed/,
      () => undefined,
      { datasets: registry(dataset({ name: 'other' })) },
    ],
    [
      'when the plan was made with another definition',
      'DefinitionChanged',
      /definition/,
      () => s3.put('ledger', planKey, plan({ definitionHash: '0'.repeat(16) })),
    ],
    ['when the check is missing', 'InternalError', /no check result/, () => s3.objects.delete(`ledger/${checkKey}`)],
    [
      'when the check is of another run',
      'InternalError',
      /is of run run-9/,
      () => s3.put('ledger', checkKey, checkResult({ runId: 'run-9' })),
    ],
    [
      'when the check says not to',
      'InternalError',
      /says not to publish/,
      () => s3.put('ledger', checkKey, checkResult({ ending: null })),
    ],
    ['when the plan is missing', 'InternalError', /there is no plan/, () => s3.objects.delete(`ledger/${planKey}`)],
    [
      'when a file is missing',
      'InternalError',
      /not in the lake any more/,
      () => s3.objects.delete(`lake/${file.key}`),
    ],
    [
      'when a file has another size',
      'InternalError',
      /has 3 bytes in the lake, expected 5/,
      () => s3.put('lake', file.key, Buffer.alloc(3)),
    ],
    [
      'when a file has other bytes than were checked',
      'InternalError',
      /has no CRC-32 in the lake, expected AAAAAA==/,
      () => s3.put('ledger', checkKey, checkResult({ files: [{ ...file, crc32: 'AAAAAA==' }] })),
    ],
    [
      'when a quarantine file is missing',
      'InternalError',
      /^quarantine\/.*not in the lake any more/,
      () => s3.put('ledger', checkKey, checkResult({ quarantineFiles: [setAside] })),
    ],
    [
      'when a quarantine file has other bytes than were checked',
      'InternalError',
      /^quarantine\/.*has no CRC-32 in the lake/,
      () => {
        s3.put('ledger', checkKey, checkResult({ quarantineFiles: [{ ...setAside, crc32: 'AAAAAA==' }] }));
        s3.put('lake', setAside.key, Buffer.alloc(setAside.bytes));
      },
    ],
    [
      'when the counts do not add up',
      'RecordsUnaccounted',
      /do not add up/,
      () => s3.put('ledger', checkKey, checkResult({ records: { ...checkResult().records, read: 691 } })),
    ],
    [
      'when the files hold other records than were counted',
      'RecordsUnaccounted',
      /700 records in files/,
      () => s3.put('ledger', checkKey, checkResult({ files: [{ ...file, records: 700 }] })),
    ],
    [
      'when another run holds the partition',
      'PublishedByAnotherRun',
      /run-2/,
      () => s3.put('ledger', key, record({ fence: 2, holder: holder('run-2') })),
    ],
  ];
  test.each(cases.map(([what, ...rest]) => ({ what, rest })))(
    '$what',
    async ({ rest: [name, message, arrange, options] }) => {
      arrange();
      const before = s3.text('ledger', key);
      await expect(publish(options)).rejects.toMatchObject({ name, message: expect.stringMatching(message) });
      expect(s3.text('ledger', key)).toBe(before);
    },
  );
});

test('asks for many files a few at a time', async () => {
  const files = Array.from({ length: 100 }, (_one, i) => ({
    key: file.key.replace('ffff', String(1000 + i)),
    records: 1,
    bytes: 2,
  }));
  for (const one of files) s3.put('lake', one.key, Buffer.alloc(2));
  s3.put(
    'ledger',
    checkKey,
    checkResult({ files, records: { ...NO_RECORDS, read: 100, accepted: 100, published: 100 } }),
  );
  let heads = 0;
  await publish({ lake: ({ operation }) => ((heads += operation === 'HEAD' ? 1 : 0), undefined) });
  expect(heads).toBe(100);
});
