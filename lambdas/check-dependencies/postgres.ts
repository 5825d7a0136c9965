import { Client, type ClientConfig, type QueryArrayConfig, type QueryArrayResult } from 'pg';
import type { PostgresDependency, QueryParameter } from '../../core/contracts/dataset/dependency';
import type { SettingValue } from '../../core/contracts/run/run-settings';
import { partitionEnd } from '../../core/contracts/partition';
import { fault, empty, startOf, within, type Asking } from './asking';
import { ofPostgres } from './postgres-errors';
import { settingsOf, type Answer } from './postgres-settings';
import { fieldText } from './check-secret';
import { defaultAuthorities } from './tls';

/** How much longer the client waits than the server may take, for the way of the answer. */
const MARGIN_MS = 2_000;
/** Saying goodbye is polite, and not worth waiting for. */
const END_MS = 1_000;
const DEFAULT_PORT = 5432;

/** Where and as whom; `hide` takes what came from the secret out of a text. */
interface Access {
  readonly host: string;
  readonly port: number;
  readonly database: string;
  readonly user: string;
  readonly password: string;
  readonly hide: (text: string) => string;
}

/**
 * Asks a PostgreSQL database for its one row.
 * @throws DependencyUnavailable, DependencyFault, DependencyEmpty; none of them holds anything of the secret
 */
export async function checkPostgres(of: PostgresDependency, asking: Asking): Promise<readonly SettingValue[]> {
  const access = await accessTo(of, asking);
  const client = new Client(configOf(of, access));
  let connected = false;
  // A connection that is lost between two statements has no promise to reject: the next statement finds out.
  client.on('error', () => undefined);
  const ms = (of.connectTimeoutSeconds + of.statementTimeoutSeconds) * 1000 + MARGIN_MS;
  try {
    const answer = await within(of, Math.min(asking.withinMs, ms), async () => {
      await client.connect();
      connected = true;
      return query(client, of, parametersOf(of, asking));
    });
    return settingsOf(of, answer);
  } catch (error) {
    throw ofPostgres(of, error, access.hide);
  } finally {
    await goodbye(client, connected);
  }
}

async function accessTo(of: PostgresDependency, { secrets, withinMs }: Asking): Promise<Access> {
  const fields = await secrets.fields(of, of.secret, withinMs);
  const required = (key: string, declared?: string): string => {
    const value = declared ?? fieldText(fields[key]);
    if (value === undefined) throw empty(of, `the secret ${of.secret} has nothing under ${key}`);
    return value;
  };
  const port = of.port ?? Number(fieldText(fields['port']) ?? DEFAULT_PORT);
  if (!Number.isInteger(port) || port < 1 || port > 65_535)
    throw fault(of, `the secret ${of.secret} has no port number under port`);
  const access = {
    host: required('host', of.host),
    port,
    database: required('dbname', of.database),
    user: required('username'),
    password: required('password'),
  };
  return { ...access, hide: hiding(fields) };
}

/** Takes every text of the secret out of a message, the longest first, so that none is left in half. */
function hiding(fields: Readonly<Record<string, unknown>>): Access['hide'] {
  const texts = Object.entries(fields)
    .flatMap(([key, value]) => (typeof value === 'string' && value !== '' ? [[key, value] as const] : []))
    // `postgres` is in every other message, and no secret.
    .filter(([key, value]) => key === 'password' || (value.length > 2 && key !== 'engine' && value !== 'postgres'))
    .sort(([, a], [, b]) => b.length - a.length);
  return (message) => texts.reduce((text, [key, value]) => text.replaceAll(value, `[${key}]`), message);
}

function configOf(of: PostgresDependency, { host, port, database, user, password }: Access): ClientConfig {
  return {
    host,
    port,
    database,
    user,
    password,
    application_name: 'rollcall',
    connectionTimeoutMillis: of.connectTimeoutSeconds * 1000,
    query_timeout: of.statementTimeoutSeconds * 1000 + MARGIN_MS,
    ssl: of.tls === 'off' ? false : { rejectUnauthorized: true, ca: of.ca ?? defaultAuthorities() },
    // Values as the server wrote them: what they mean is decided by the declared types, not by the driver.
    types: { getTypeParser: () => (value: unknown) => value },
  };
}

/** Runs the one SELECT and reads two rows at most: the second only to know that there is one. */
async function query(client: Client, of: PostgresDependency, values: string[]): Promise<Answer> {
  // For this transaction only: behind a pooler the connection is not ours.
  const settings = [
    'BEGIN READ ONLY',
    `SET LOCAL statement_timeout = ${of.statementTimeoutSeconds * 1000}`,
    "SET LOCAL TimeZone = 'UTC'",
    "SET LOCAL DateStyle = 'ISO, YMD'",
    'SET LOCAL extra_float_digits = 1',
  ];
  await client.query(settings.join('; '));
  // The extended protocol takes one statement, also without parameters; a cursor takes nothing but a SELECT.
  const declare = { text: `DECLARE rollcall NO SCROLL CURSOR FOR\n${of.query}`, values, queryMode: 'extended' };
  await client.query(declare);
  const fetch: QueryArrayConfig = { text: 'FETCH FORWARD 2 FROM rollcall', rowMode: 'array' };
  const { fields, rows }: QueryArrayResult<(string | null)[]> = await client.query(fetch);
  return { columns: fields.map(({ name, dataTypeID }) => ({ name, type: dataTypeID })), rows };
}

function parametersOf({ parameters }: PostgresDependency, { dataset, partition }: Asking): string[] {
  const values: Readonly<Record<QueryParameter, string>> = {
    dataset: dataset.name,
    partition,
    partitionStart: startOf(partition),
    partitionEnd: partitionEnd(partition).toISOString(),
  };
  return parameters.map((name) => values[name]);
}

/**
 * Ends the transaction and the connection. A server that does not answer any more is left alone after a moment: what is still open is
 * cut off, and the server rolls back by itself.
 */
async function goodbye(client: Client, connected: boolean): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const patience = new Promise<void>((done) => {
    timer = setTimeout(done, END_MS);
  });
  // Whatever is said on the way out changes nothing about the answer.
  const rollback = connected ? client.query('ROLLBACK').then(nothing, nothing) : Promise.resolve();
  await Promise.race([rollback, patience]);
  await Promise.race([client.end().catch(nothing), patience]);
  clearTimeout(timer);
}

const nothing = () => undefined;
