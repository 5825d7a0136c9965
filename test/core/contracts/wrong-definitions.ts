import type { DatasetInput } from '../../../core/contracts/dataset/dataset';

/** A right definition with nothing but what is required. */
export function smallest(): DatasetInput {
  return {
    name: 'flights',
    owner: 'data@example.com',
    cadence: 'hourly',
    calendar: { firstPartition: '2026-01-20T05' },
    source: { bucket: 'vendor', prefix: 'flights/{yyyy}/{MM}/{dd}/{HH}/', format: 'csv' },
    empty: 'fault',
    columns: { id: { type: 'string' } },
  };
}

/** Sets (or with `undefined` removes) what lies at a path of a definition. */
export function change(path: string, value: unknown): unknown {
  const definition: unknown = structuredClone(smallest());
  const steps = path.split('.');
  const last = steps.pop() ?? '';
  const target = steps.reduce<Record<string, unknown>>(
    (at, step) => (at[step] ??= {}) as Record<string, unknown>,
    definition as Record<string, unknown>,
  );
  if (value === undefined) delete target[last];
  else target[last] = value;
  return definition;
}

/** A right fallback, but for what a case changes. */
const FALLBACK = { bucket: 'replica', prefix: 'copy/{yyyy}/{MM}/{dd}/{HH}/', maxAgeMinutes: 60 };

const OBJECT = { kind: 's3', name: 'carriers', bucket: 'reference', key: 'c.csv' };
const ENDPOINT = { kind: 'http', name: 'vendor', url: 'https://vendor.example/' };
const DATABASE = {
  kind: 'postgres',
  name: 'jobs',
  secret: 'db',
  query: 'SELECT 1 AS least',
  settings: { least: { type: 'integer' } },
};

/** Wrong definitions: what is changed, to what, and what the message has to say about it (`field: got value, expected what`). */
export const WRONG: readonly (readonly [path: string, value: unknown, message: string])[] = [
  ['name', 'Flights', 'name: got "Flights", expected lower-case letters, digits and hyphens'],
  ['name', 'f'.repeat(31), `name: got "${'f'.repeat(31)}", expected lower-case`],
  ['name', undefined, 'name: got nothing, expected string'],
  ['owner', '', 'owner: got "", expected string to have >=1 characters'],
  ['owner', null, 'owner: got null, expected string'],
  ['cadence', 'weekly', 'cadence: got "weekly", expected one of "hourly"|"daily"'],
  ['retries', 3, 'retries: got 3, expected no such field'],
  ['retry.times', 9, 'retry.times: got 9, expected number to be <=8'],
  ['retry.times', 1.5, 'retry.times: got 1.5, expected int'],
  ['retry.minutes', [15, 10], 'retry.minutes: got [15,10], expected minutes of which each is at least the one before'],
  ['retry.minutes', [0], 'retry.minutes.0: got 0, expected number to be >0'],
  ['retry.minutes', [10_081], 'retry.minutes.0: got 10081, expected number to be <=10080'],
  ['retry.minutes', Array.from({ length: 11 }, () => 15), 'retry.minutes: got [15,15,15'],
  ['retry.hours', 1, 'retry.hours: got 1, expected no such field'],
  ['circuit.counts', 'data', 'circuit.counts: got "data", expected one of "source"|"all"'],
  ['source.path', 'x', 'source.path: got "x", expected no such field'],
  ['empty', undefined, 'empty: got nothing, expected one of "normal"|"fault"'],
  ['empty', true, 'empty: got true, expected one of "normal"|"fault"'],
  ['calendar', [], 'calendar: got [], expected object'],
  [
    'calendar.firstPartition',
    '2026-02-30T05',
    'calendar.firstPartition: got "2026-02-30T05", expected an existing UTC hour',
  ],
  [
    'calendar.firstPartition',
    '2026-01-20',
    'calendar.firstPartition: got "2026-01-20", expected a partition of hourly cadence like 2026-01-20T05',
  ],
  [
    'calendar.firstPartition',
    '20-01-2026 05:00',
    'calendar.firstPartition: got "20-01-2026 05:00", expected an existing',
  ],
  [
    'calendar.lastPartition',
    '2026-01-20T04',
    'calendar.lastPartition: got "2026-01-20T04", expected a partition not before firstPartition 2026-01-20T05',
  ],
  ['calendar.weekdays', ['monday'], 'calendar.weekdays.0: got "monday", expected one of "mon"|'],
  ['calendar.weekdays', [], 'calendar.weekdays: got [], expected array to have >=1 items'],
  ['calendar.hours', [24], 'calendar.hours.0: got 24, expected number to be <=23'],
  [
    'calendar.paused',
    [{ from: '2026-02-02T00', to: '2026-02-01T00' }],
    'calendar.paused.0.to: got "2026-02-01T00", expected a partition not before 2026-02-02T00',
  ],
  [
    'calendar.paused',
    [{ from: '2026-02-02' }],
    'calendar.paused.0.from: got "2026-02-02", expected a partition of hourly cadence',
  ],
  ['source.bucket', 's3://vendor', 'source.bucket: got "s3://vendor", expected the name of an S3 bucket'],
  ['source.account', 123456789012, 'source.account: got 123456789012, expected string'],
  ['source.account', '1234', 'source.account: got "1234", expected an AWS account id of 12 digits'],
  [
    'source.prefix',
    'flights/{yyyy}/{mm}/{dd}/{HH}/',
    'source.prefix: got "flights/{yyyy}/{mm}/{dd}/{HH}/", expected only the placeholders',
  ],
  [
    'source.prefix',
    'flights/{yyyy}/{MM}/{dd}/',
    'source.prefix: got "flights/{yyyy}/{MM}/{dd}/", expected the placeholder {HH}',
  ],
  ['source.prefix', '/flights/{yyyy}/{MM}/{dd}/{HH}/', 'expected a key prefix without a leading slash'],
  ['source.prefix', 'flights/{yyyy}/{MM}/{dd}/{HH}}/', 'expected every { to have its }'],
  ['source.timeZone', 'Mars/Olympus', 'source.timeZone: got "Mars/Olympus", expected an IANA time zone'],
  ['source.format', 'xml', 'source.format: got "xml", expected one of "csv"|"jsonl"|"parquet"'],
  ['source.compression', 'bzip2', 'source.compression: got "bzip2", expected one of "none"|"gzip"|"zstd"'],
  ['source.suffix', '.csv.gz', 'source.compression: got "none", expected gzip, as the suffix .csv.gz says'],
  ['source.delimiter', ';;', 'source.delimiter: got ";;", expected string to have exactly 1 characters'],
  ['source.delimiter', '"', 'source.delimiter: got "\\"", expected a character other than quote and line ends'],
  ['availableMinutes', -1, 'availableMinutes: got -1, expected number to be >=0'],
  ['availableMinutes', 1.5, 'availableMinutes: got 1.5, expected int'],
  ['availableMinutes', 120, 'deadlineMinutes: got 120, expected more than availableMinutes (120)'],
  ['deadlineMinutes', 20_161, 'deadlineMinutes: got 20161, expected number to be <=20160'],
  ['complete', { settleMinutes: 120 }, 'complete.settleMinutes: got 120, expected less than deadlineMinutes (120)'],
  ['complete', { minObjects: 0 }, 'complete.minObjects: got 0, expected number to be >0'],
  ['lateWindowDays', Number.NaN, 'lateWindowDays: got NaN, expected number'],
  ['columns', {}, 'columns: got {}, expected at least one column'],
  ['columns', { 1: { type: 'string' } }, 'columns.1: got "1", expected 1 to 128 characters'],
  ['columns', { 'a"b': { type: 'string' } }, 'expected 1 to 128 characters without quotes'],
  [
    'columns',
    { id: { type: 'string' }, ID: { type: 'string' } },
    'columns.ID: got "ID", expected a name that differs from "id" in more than case',
  ],
  ['columns.id', 'string', 'columns.id: got "string", expected object'],
  ['columns.id', { type: 'text' }, `columns.id.type: got "text", expected 'string' | 'integer'`],
  ['columns.id', {}, `columns.id.type: got nothing, expected 'string' | 'integer'`],
  ['columns.id', { type: 'string', min: 1 }, 'columns.id.min: got 1, expected no such field'],
  ['columns.id', { type: 'integer', min: 5, max: 4 }, 'columns.id.max: got 4, expected at least min (5)'],
  [
    'columns.id',
    { type: 'decimal', precision: 4, scale: 5 },
    'columns.id.scale: got 5, expected at most precision (4)',
  ],
  [
    'columns.id',
    { type: 'date', min: '2026-02-30' },
    'columns.id.min: got "2026-02-30", expected a date like 2026-01-20',
  ],
  [
    'columns.id',
    { type: 'timestamp', min: '2026-01-20T25:00Z' },
    'columns.id.min: got "2026-01-20T25:00Z", expected an instant like',
  ],
  [
    'columns.id',
    { type: 'timestamp', min: '2026-01-20T05:00:30Z', max: '2026-01-20T05:00Z' },
    'columns.id.max: got "2026-01-20T05:00Z", expected at least min',
  ],
  [
    'columns.id',
    { type: 'string', pattern: '([A-Z]' },
    'columns.id.pattern: got "([A-Z]", expected a regular expression (',
  ],
  [
    'columns.id',
    { type: 'string', pattern: '(?!x).*' },
    'columns.id.pattern: got "(?!x).*", expected a pattern without lookahead',
  ],
  ['columns.id', { type: 'string', pattern: '(a)\\1' }, 'expected a pattern without back-references'],
  ['columns.id', { type: 'string', pattern: 'a{2000}' }, 'expected at most 1000 repetitions'],
  [
    'columns.id',
    { type: 'string', references: { dataset: 'airports', column: 'iata' } },
    'columns.id.references.dataset: got "airports", expected one of the upstreams',
  ],
  [
    'columns.id',
    { type: 'string', references: 'airports.iata' },
    'columns.id.references: got "airports.iata", expected object',
  ],
  [
    'columns.id',
    { type: 'double', references: { dataset: 'airports', column: 'iata' } },
    'columns.id.references: got {"dataset":"airports","column":"iata"}, expected no such field',
  ],
  [
    'columns.id',
    { type: 'string', otherwise: { reference: 'warn' } },
    'columns.id.otherwise.reference: got "warn", expected a rule that the column has: type, null',
  ],
  [
    'transform',
    {
      code: 'process.ts',
      columns: { id: { type: 'string', references: { dataset: 'airports', column: 'iata' } } },
    },
    'transform.columns.id.references: got {"dataset":"airports","column":"iata"}, expected a type alone',
  ],
  ['columns.id', { type: 'string', values: [] }, 'columns.id.values: got [], expected array to have >=1 items'],
  [
    'columns.id',
    { type: 'string', minLength: 5, maxLength: 4 },
    'columns.id.maxLength: got 4, expected at least minLength (5)',
  ],
  ['columns.id', { type: 'string', minLength: 0 }, 'columns.id.minLength: got 0, expected number to be >0'],
  [
    'columns.id',
    { type: 'string', otherwise: { type: 'warn' } },
    'columns.id.otherwise.type: got "warn", expected one of "reject"|"fail"',
  ],
  [
    'columns.id',
    { type: 'string', otherwise: { pattern: 'warn' } },
    'columns.id.otherwise.pattern: got "warn", expected a rule that the column has: type, null',
  ],
  [
    'columns.id',
    { type: 'string', nullable: true, otherwise: { null: 'warn' } },
    'columns.id.otherwise.null: got "warn", expected a rule that the column has: type',
  ],
  ['columns.id', { type: 'string', otherwise: 'warn' }, 'columns.id.otherwise: got "warn", expected object'],
  ['duplicates', 'warn', 'duplicates: got "warn", expected nothing but reject without a unique key'],
  [
    'rowRules',
    [{ name: 'a', sql: 'true', otherwise: 'ignore' }],
    'rowRules.0.otherwise: got "ignore", expected one of',
  ],
  ['expectations', [{ kind: 'median' }], 'expectations.0.kind: got "median", expected'],
  [
    'expectations',
    [{ kind: 'rows' }],
    'expectations.0: got {"kind":"rows","otherwise":"fail"}, expected a bound, or former',
  ],
  ['expectations', [{ kind: 'rows', min: 5, max: 4 }], 'expectations.0.max: got 4, expected at least min (5)'],
  ['expectations', [{ kind: 'rows', min: -1 }], 'expectations.0.min: got -1, expected number to be >=0'],
  [
    'expectations',
    [{ kind: 'rows', min: 1, otherwise: 'reject' }],
    'expectations.0.otherwise: got "reject", expected one of',
  ],
  [
    'expectations',
    [{ kind: 'nulls', column: 'x', maxShare: 0 }],
    'expectations.0.column: got "x", expected one of the columns id',
  ],
  [
    'expectations',
    [{ kind: 'nulls', column: 'id', maxShare: 2 }],
    'expectations.0.maxShare: got 2, expected number to be <=1',
  ],
  [
    'expectations',
    [{ kind: 'nulls', column: 'id', maxShare: 0 }],
    'expectations.0.column: got "id", expected a column that is nullable',
  ],
  [
    'expectations',
    [{ kind: 'sum', column: 'id', min: 0 }],
    'expectations.0.column: got "id", expected a column of numbers',
  ],
  [
    'expectations',
    [{ kind: 'freshness', column: 'id', maxAgeMinutes: 5 }],
    'expectations.0.column: got "id", expected a column of type timestamp or date',
  ],
  [
    'expectations',
    [{ kind: 'rows', against: { history: 'same-month', tolerance: 1 } }],
    'expectations.0.against.history: got "same-month", expected one of "same-hour"|"same-weekday"',
  ],
  [
    'expectations',
    [{ kind: 'rows', against: { history: 'same-hour', weeks: 9, tolerance: 1 } }],
    'expectations.0.against.weeks: got 9, expected number to be <=8',
  ],
  [
    'columns.id',
    { type: 'integer', nullable: true, otherwise: { values: 'fail' }, values: [] },
    'columns.id.values: got [], expected array to have >=1 items',
  ],
  ['tolerance', { suddenly: { share: 2 } }, 'tolerance.suddenly.share: got 2, expected number to be <=1'],
  ['tolerance', { suddenly: { times: 0 } }, 'tolerance.suddenly.times: got 0, expected number to be >=1'],
  ['unique', ['flight'], 'unique.0: got "flight", expected one of the columns id'],
  ['rowRules', [{ name: 'Bad Name', sql: 'true' }], 'rowRules.0.name: got "Bad Name", expected lower-case'],
  [
    'rowRules',
    [
      { name: 'a', sql: 'true' },
      { name: 'a', sql: 'true' },
    ],
    'rowRules.1.name: got "a", expected a name that no other row rule has',
  ],
  ['rowRules', [{ name: 'unique', sql: 'true' }], 'rowRules.0.name: got "unique", expected a name other than unique'],
  ['tolerance', { rejected: { share: 5 } }, 'tolerance.rejected.share: got 5, expected number to be <=1'],
  ['tolerance', { rejected: {} }, 'tolerance.rejected: got {}, expected records, share or both'],
  ['tolerance', { failedBatches: {} }, 'tolerance.failedBatches: got {}, expected batches, share or both'],
  ['output', { format: 'orc' }, 'output.format: got "orc", expected one of "parquet"|"jsonl"|"csv"'],
  ['output', { format: 'csv', level: 9 }, 'output'],
  ['transform', { sql: '' }, 'transform.sql: got "", expected string to have >=1 characters'],
  ['transform', 'SELECT 1', 'transform: got "SELECT 1", expected object'],
  [
    'transform',
    {},
    'transform: got {"mayDrop":false,"mayAdd":false}, expected exactly one of sql and code: \'process.ts\'',
  ],
  [
    'transform',
    { sql: 'SELECT * FROM records', code: 'process.ts' },
    "expected exactly one of sql and code: 'process.ts'",
  ],
  ['transform', { sql: 'SELECT 1', perBatch: 'yes' }, 'transform.perBatch: got "yes", expected boolean'],
  [
    'transform',
    { code: 'process.ts', columns: { id: { type: 'string' } }, perBatch: true },
    'transform.perBatch: got true, expected none beside code, which never sees all records of a batch',
  ],
  ['transform', { code: 'other.ts' }, 'transform.code: got "other.ts", expected "process.ts"'],
  ['transform', { code: 'process.ts' }, 'transform.columns: got nothing, expected the columns that process.ts gives'],
  [
    'transform',
    { sql: 'SELECT * FROM records', columns: { id: { type: 'string' } } },
    'transform.columns: got {"id":{"type":"string","nullable":false,',
  ],
  ['transform', { code: 'process.ts', columns: {} }, 'transform.columns: got {}, expected at least one column'],
  [
    'transform',
    { code: 'process.ts', columns: { id: { type: 'integer', min: 1 } } },
    'transform.columns.id.min: got 1, expected a type alone: rules are for what comes in',
  ],
  [
    'transform',
    { code: 'process.ts', columns: { id: { type: 'string', maxLength: 3 } } },
    'transform.columns.id.maxLength: got 3, expected a type alone: rules are for what comes in',
  ],
  ['upstreams', 'orders', 'upstreams: got "orders", expected array'],
  ['upstreams', ['Orders'], 'upstreams.0.dataset: got "Orders", expected lower-case letters, digits and hyphens'],
  [
    'upstreams',
    ['orders', 5],
    'upstreams.1: got 5, expected the name of a dataset, or { dataset, partition, whenReplaced }',
  ],
  [
    'upstreams',
    [{ dataset: 'orders', partition: 'newest' }],
    'upstreams.0.partition: got "newest", expected one of "same"|"latest"',
  ],
  ['upstreams', [{}], 'upstreams.0.dataset: got nothing, expected string'],
  [
    'upstreams',
    [{ dataset: 'orders', whenReplaced: 'now' }],
    'upstreams.0.whenReplaced: got "now", expected one of "ignore"|"rerun"',
  ],
  ['upstreams', [{ dataset: 'orders', when: 'now' }], 'upstreams.0.when: got "now", expected no such field'],
  ['upstreams', ['flights'], 'upstreams.0.dataset: got "flights", expected another dataset than itself'],
  ['upstreams', ['a', { dataset: 'a' }], 'upstreams.1.dataset: got "a", expected each dataset once'],
  ['upstreams', Array.from({ length: 21 }, (_unused, i) => `d${i}`), 'expected array to have <=20 items'],
  ['notify', { channel: '#Alerts' }, 'notify.channel: got "#Alerts", expected lower-case letters, digits, _ and -'],
  ['notify', { when: 'never' }, 'notify.when: got "never", expected one of "every-run"|"changes"'],
  ['fallback', { ...FALLBACK, bucket: 's3://b' }, 'fallback.bucket: got "s3://b", expected the name of an S3 bucket'],
  ['fallback', { ...FALLBACK, account: '1' }, 'fallback.account: got "1", expected an AWS account id of 12 digits'],
  ['fallback', { ...FALLBACK, prefix: 'c/{yyyy}/{MM}/{dd}/' }, 'expected the placeholder {HH}'],
  ['fallback', { ...FALLBACK, maxAgeMinutes: 0 }, 'fallback.maxAgeMinutes: got 0, expected number to be >0'],
  ['fallback', { ...FALLBACK, maxAgeMinutes: undefined }, 'fallback.maxAgeMinutes: got nothing, expected number'],
  ['fallback', { ...FALLBACK, when: [] }, 'fallback.when: got [], expected'],
  ['fallback', { ...FALLBACK, when: ['late'] }, 'fallback.when.0: got "late", expected one of "missing"|"empty"|'],
  [
    'fallback',
    { ...FALLBACK, when: ['empty', 'empty'] },
    'fallback.when: got ["empty","empty"], expected each value once',
  ],
  ['fallback', { ...FALLBACK, format: 'csv' }, 'fallback.format: got "csv", expected no such field'],
  [
    'fallback',
    { ...FALLBACK, suffix: '.csv.gz' },
    'fallback.suffix: got ".csv.gz", expected one of objects with source.compression none',
  ],
  [
    'fallback',
    { ...FALLBACK, bucket: 'vendor', prefix: 'flights/{yyyy}/{MM}/{dd}/{HH}/copy/' },
    'fallback.prefix: got "flights/{yyyy}/{MM}/{dd}/{HH}/copy/", expected one that does not overlap with source.prefix',
  ],
  [
    'fallback',
    { ...FALLBACK, bucket: 'vendor', prefix: 'flights/{yyyy}/{MM}/{dd}/{HH}' },
    'expected one that does not overlap with source.prefix flights/{yyyy}/{MM}/{dd}/{HH}/',
  ],
  ['dependencies', [{ kind: 'ftp', name: 'x' }], `dependencies.0.kind: got "ftp", expected 's3' | 'http'`],
  ['dependencies', [{ ...OBJECT, name: 'A b' }], 'dependencies.0.name: got "A b", expected lower-case letters'],
  ['dependencies', [OBJECT, OBJECT], 'dependencies.1.name: got "carriers", expected a name that no other dependency'],
  ['dependencies', [{ ...OBJECT, prefix: 'x/' }], 'dependencies.0.key: got "c.csv", expected exactly one of key and'],
  ['dependencies', [{ ...OBJECT, key: undefined }], 'dependencies.0.key: got nothing, expected exactly one of key and'],
  ['dependencies', [{ ...OBJECT, key: 'c*.csv' }], 'dependencies.0.key: got "c*.csv", expected no *, ? or $ in a key'],
  [
    'dependencies',
    [{ ...OBJECT, key: '{mm}.csv' }],
    'dependencies.0.key: got "{mm}.csv", expected only the placeholders',
  ],
  ['dependencies', [{ ...OBJECT, minObjects: 2 }], 'dependencies.0.minObjects: got 2, expected 1 with a key'],
  ['dependencies', [{ ...ENDPOINT, url: 'vendor' }], 'dependencies.0.url: got "vendor", expected a URL'],
  ['dependencies', [{ ...ENDPOINT, url: 'ftp://vendor/' }], 'expected a URL with https: or http:'],
  ['dependencies', [{ ...ENDPOINT, url: 'https://u:p@vendor/' }], 'expected no user and password in a URL'],
  ['dependencies', [{ ...ENDPOINT, url: 'https://{yyyy}.vendor/' }], 'expected no placeholder in the host'],
  ['dependencies', [{ ...ENDPOINT, url: 'https://vendor/{hour}' }], 'expected only the placeholders {yyyy} {MM}'],
  [
    'dependencies',
    [{ ...ENDPOINT, url: 'http://vendor/', header: { name: 'authorization', secret: 's' } }],
    'dependencies.0.url: got "http://vendor/", expected https: where a header comes from a secret',
  ],
  ['dependencies', [{ ...ENDPOINT, method: 'HEAD', requireBody: true }], 'expected false with HEAD, which has no body'],
  [
    'dependencies',
    [{ ...ENDPOINT, timeoutSeconds: 31 }],
    'dependencies.0.timeoutSeconds: got 31, expected number to be <=30',
  ],
  [
    'dependencies',
    [{ ...ENDPOINT, expectStatus: [404] }],
    'dependencies.0.expectStatus.0: got 404, expected number to be',
  ],
  [
    'dependencies',
    [{ kind: 'secret', name: 'x', secret: 'a b' }],
    'got "a b", expected the name or the ARN of a secret',
  ],
  [
    'dependencies',
    [{ ...DATABASE, query: '' }],
    'dependencies.0.query: got "", expected string to have >=1 characters',
  ],
  ['dependencies', [{ ...DATABASE, parameters: ['hour'] }], 'dependencies.0.parameters.0: got "hour", expected one of'],
  ['dependencies', [{ ...DATABASE, parameters: ['dataset'] }], 'parameters.0: got "dataset", expected $1 in the query'],
  [
    'dependencies',
    [{ ...DATABASE, settings: { 'A-b': { type: 'integer' } } }],
    'expected lower-case letters, digits and',
  ],
  [
    'dependencies',
    [{ ...DATABASE, settings: { a: { type: 'json' } } }],
    'settings.a.type: got "json", expected one of',
  ],
  [
    'dependencies',
    [DATABASE, { ...DATABASE, name: 'again' }],
    'dependencies.1.settings.least: got "least", expected a name that jobs does not answer already',
  ],
  [
    'dependencies',
    [{ ...DATABASE, required: false }],
    'dependencies.0.settings.least.nullable: got false, expected true where required is false',
  ],
  [
    'dependencies',
    [{ ...DATABASE, tls: 'require' }],
    'dependencies.0.tls: got "require", expected one of "verify-full"|',
  ],
  ['dependencies', [{ ...DATABASE, ca: 'rds.pem' }], 'dependencies.0.ca: got "rds.pem", expected certificates in PEM'],
];
