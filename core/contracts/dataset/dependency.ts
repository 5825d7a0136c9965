import { z } from 'zod';
import { keyLayoutSchema } from './key-layout';
import { accountSchema } from './source';

/**
 * What a dataset needs before its run starts to work: CheckDependencies asks each of them, and a PostgreSQL query may answer with the
 * job's settings. In every text with placeholders, `{yyyy}` `{MM}` `{dd}` `{HH}` are those of the partition in the source's time zone.
 */

/** A dependency that does not answer in this time is unavailable. */
const seconds = (most: number) => z.int().positive().max(most);

const dependencyName = z.string().regex(/^[a-z][a-z0-9-]{0,39}$/, {
  error: 'expected lower-case letters, digits and hyphens, beginning with a letter, at most 40 characters',
});

/** IAM policies name what is declared: wildcards in it would allow more. */
const exactLayout = keyLayoutSchema.refine((text) => !/[*?$]/.test(text), { error: 'expected no *, ? or $ in a key' });

/** Name or ARN of a secret in Secrets Manager; one of another account by its whole ARN. */
const secretRef = z
  .string()
  .regex(/^(?:arn:[a-z-]+:secretsmanager:[a-z0-9-]+:\d{12}:secret:)?[A-Za-z0-9/_+=.@-]{1,512}$/, {
    error: 'expected the name or the ARN of a secret',
  });

const secretKey = z.string().min(1).max(128);

/** A header is shown by name; what it holds comes from a secret or is no secret. */
const headerName = z.string().regex(/^[A-Za-z0-9-]{1,64}$/, { error: 'expected the name of an HTTP header' });

const urlLayout = z
  .string()
  .max(2000)
  .superRefine((text, context) => {
    const issue = (message: string) => context.addIssue({ code: 'custom', message, input: text });
    const filled = text.replace(/\{(?:yyyy|MM|dd|HH)\}/g, '00');
    if (!URL.canParse(filled)) return issue('expected a URL');
    const url = new URL(filled);
    if (url.protocol !== 'https:' && url.protocol !== 'http:') return issue('expected a URL with https: or http:');
    if (url.username !== '' || url.password !== '')
      return issue('expected no user and password in a URL: put them into a secret');
    if (/[{}]/.test(filled)) return issue('expected only the placeholders {yyyy} {MM} {dd} {HH}');
    if (/\{/.test(text.slice(0, text.indexOf('/', text.indexOf('//') + 2) + 1)))
      issue('expected no placeholder in the host');
    return undefined;
  });

const s3DependencySchema = z.strictObject({
  kind: z.literal('s3'),
  name: dependencyName,
  bucket: z.string().regex(/^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/, { error: 'expected the name of an S3 bucket' }),
  /** AWS account that must own the bucket. Default: the account of the app. */
  account: accountSchema.optional(),
  /** The object that must be there … */
  key: exactLayout.optional(),
  /** … or a prefix under which objects must be. */
  prefix: exactLayout.optional(),
  /** With `prefix`: at least so many objects. */
  minObjects: z.int().positive().max(1000).default(1),
  /** Each counted object has at least so many bytes: 1 for one that must not be empty. */
  minBytes: z.int().nonnegative().default(0),
});

const httpDependencySchema = z.strictObject({
  kind: z.literal('http'),
  name: dependencyName,
  url: urlLayout,
  method: z.enum(['GET', 'HEAD']).default('GET'),
  /** The answers that mean "fine". */
  expectStatus: z.array(z.int().min(200).max(399)).min(1).default([200]),
  /** Answers that mean "not yet", besides 408, 425, 429 and 5xx: tried again. Any other answer is a fault. */
  retryStatus: z.array(z.int().min(400).max(499)).default([]),
  /** Whether an answer without a body is a fault. */
  requireBody: z.boolean().default(false),
  /** From the name's resolution to the first byte of the body. */
  timeoutSeconds: seconds(30).default(10),
  /** A header whose value is a secret, e.g. `{ name: 'authorization', secret: 'vendor/api', key: 'header' }`. */
  header: z.strictObject({ name: headerName, secret: secretRef, key: secretKey.optional() }).optional(),
});

const secretDependencySchema = z.strictObject({
  kind: z.literal('secret'),
  name: dependencyName,
  secret: secretRef,
  /** Fields of its JSON that must hold something; none: it must hold any text. */
  keys: z.array(secretKey).min(1).optional(),
});

export const SETTING_TYPES = ['string', 'integer', 'double', 'boolean', 'date', 'timestamp'] as const;
/** The type that a setting has in the query's answer and in the dataset's SQL. */
export type SettingType = (typeof SETTING_TYPES)[number];

const settingSchema = z.strictObject({
  type: z.enum(SETTING_TYPES),
  /** Whether the query may answer NULL. */
  nullable: z.boolean().default(false),
  /** Its value is in the ledger's settings of the run, and in no manifest, message or log. */
  sensitive: z.boolean().default(false),
});

/** What a query may be given, in the order of `$1`, `$2`, …: text, the last two ISO instants. */
const QUERY_PARAMETERS = ['dataset', 'partition', 'partitionStart', 'partitionEnd'] as const;
export type QueryParameter = (typeof QUERY_PARAMETERS)[number];

const postgresDependencySchema = z.strictObject({
  kind: z.literal('postgres'),
  name: dependencyName,
  /** JSON with `username` and `password`, and `host`, `port` and `dbname` where the declaration does not say them (as RDS writes it). */
  secret: secretRef,
  host: z
    .string()
    .regex(/^[A-Za-z0-9.:-]{1,253}$/, { error: 'expected a host name or an address' })
    .optional(),
  port: z.int().min(1).max(65_535).optional(),
  database: z.string().min(1).max(63).optional(),
  /** One SELECT. It runs in a read-only transaction. */
  query: z.string().min(1).max(20_000),
  parameters: z.array(z.enum(QUERY_PARAMETERS)).max(10).default([]),
  /** The columns of the one row, as settings that rules and transform read by `setting('<name>')`. None: it only has to answer. */
  settings: z
    .record(
      z.string().regex(/^[a-z][a-z0-9_]{0,62}$/, {
        error: 'expected lower-case letters, digits and underscores, beginning with a letter, at most 63 characters',
      }),
      settingSchema,
    )
    .default({}),
  /** Whether an answer without a row is a fault. If not, every setting is NULL then. */
  required: z.boolean().default(true),
  /** `verify-full`: encrypted, certificate and host name verified. `off` is for a database that only a tunnel or a test reaches. */
  tls: z.enum(['verify-full', 'off']).default('verify-full'),
  /** PEM of the authority that signed the server's certificate; default those of Node and, on Lambda, of Amazon RDS. */
  ca: z
    .string()
    .max(20_000)
    .regex(/^\s*(?:-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----\s*)+$/, {
      error: 'expected certificates in PEM',
    })
    .optional(),
  /** From the name's resolution to the end of the login. */
  connectTimeoutSeconds: seconds(30).default(5),
  statementTimeoutSeconds: seconds(60).default(10),
});

const dependencySchema = z.discriminatedUnion('kind', [
  s3DependencySchema,
  httpDependencySchema,
  secretDependencySchema,
  postgresDependencySchema,
]);
/** Something outside that a dataset needs before its run works. */
export type Dependency = z.output<typeof dependencySchema>;
export type S3Dependency = z.output<typeof s3DependencySchema>;
export type HttpDependency = z.output<typeof httpDependencySchema>;
export type SecretDependency = z.output<typeof secretDependencySchema>;
export type PostgresDependency = z.output<typeof postgresDependencySchema>;

export const MAX_DEPENDENCIES = 20;

/** Every dependency is asked at the same time, each with a connection of its own. */
export const dependenciesSchema = z.array(dependencySchema).max(MAX_DEPENDENCIES).default([]);

/** A setting that a dataset declares, and the dependency whose query answers it. */
export interface DeclaredSetting {
  readonly name: string;
  readonly type: SettingType;
  readonly nullable: boolean;
  readonly sensitive: boolean;
  readonly dependency: string;
}

/** The settings of a dataset, in the order of their names. */
export function declaredSettings(dataset: { readonly dependencies: readonly Dependency[] }): DeclaredSetting[] {
  return dataset.dependencies
    .flatMap((one) =>
      one.kind === 'postgres'
        ? Object.entries(one.settings).map(([name, setting]) => ({ name, ...setting, dependency: one.name }))
        : [],
    )
    .sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** Secrets that CheckDependencies reads for a dataset: the declared ones, and no others. */
export function declaredSecrets(dataset: { readonly dependencies: readonly Dependency[] }): string[] {
  return dataset.dependencies.flatMap((one) => {
    if (one.kind === 'secret' || one.kind === 'postgres') return [one.secret];
    return one.kind === 'http' && one.header !== undefined ? [one.header.secret] : [];
  });
}

/** Reports one thing that does not fit: where, what was expected (`expected …`), what is there. */
type Issue = (path: (string | number)[], message: string, input: unknown) => void;

/** What the dependencies of a dataset must be to each other and to its cadence. */
export function checkDependencies(
  { dependencies, cadence }: { readonly dependencies: readonly Dependency[]; readonly cadence: string },
  issue: Issue,
): void {
  const names = new Set<string>();
  const settings = new Map<string, string>();
  dependencies.forEach((one, i) => {
    const at = (...path: (string | number)[]) => ['dependencies', i, ...path];
    if (names.has(one.name)) issue(at('name'), 'expected a name that no other dependency has', one.name);
    names.add(one.name);
    for (const [field, text] of layoutsOf(one)) {
      if (cadence === 'daily' && text.includes('{HH}')) issue(at(field), 'expected no {HH} for a daily dataset', text);
    }
    if (one.kind === 's3') checkS3(one, (field, message, input) => issue(at(field), message, input));
    if (one.kind === 'http') checkHttp(one, (field, message, input) => issue(at(field), message, input));
    if (one.kind !== 'postgres') return;
    one.parameters.forEach((parameter, p) => {
      if (!new RegExp(`\\$${p + 1}(?!\\d)`).test(one.query))
        issue(at('parameters', p), `expected $${p + 1} in the query`, parameter);
    });
    for (const [name, { nullable }] of Object.entries(one.settings)) {
      const other = settings.get(name);
      if (other !== undefined)
        issue(at('settings', name), `expected a name that ${other} does not answer already`, name);
      settings.set(name, one.name);
      if (!one.required && !nullable)
        issue(at('settings', name, 'nullable'), 'expected true where required is false', nullable);
    }
    if (one.tls === 'off' && one.ca !== undefined) issue(at('ca'), 'expected no ca with tls off', '(a certificate)');
  });
}

/** Fields with placeholders. */
function layoutsOf(one: Dependency): [field: string, text: string][] {
  const fields = one.kind === 'http' ? { url: one.url } : one.kind === 's3' ? { key: one.key, prefix: one.prefix } : {};
  return Object.entries(fields).filter((entry): entry is [string, string] => entry[1] !== undefined);
}

function checkS3(
  { key, prefix, minObjects }: S3Dependency,
  issue: (field: string, message: string, input: unknown) => void,
): void {
  if ((key === undefined) === (prefix === undefined)) issue('key', 'expected exactly one of key and prefix', key);
  if (key !== undefined && minObjects > 1) issue('minObjects', 'expected 1 with a key', minObjects);
}

function checkHttp(
  { url, header, method, requireBody }: HttpDependency,
  issue: (field: string, message: string, input: unknown) => void,
): void {
  const local = /^http:\/\/(?:localhost|127\.0\.0\.1|\[::1\])[:/]/.test(url);
  if (header !== undefined && url.startsWith('http:') && !local)
    issue('url', 'expected https: where a header comes from a secret', url);
  if (method === 'HEAD' && requireBody) issue('requireBody', 'expected false with HEAD, which has no body', true);
}
