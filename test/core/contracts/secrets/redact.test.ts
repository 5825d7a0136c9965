import { isSecretField, redact, redactWhole } from '../../../../core/contracts/secrets/redact';
import { workOf } from '../work';

/** Secrets in texts as errors and inputs have them: what is shown instead. None of these is or was real. */
const JWT = 'eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.dBjftJeZ4CVPmB92K27uhbUJU1p1r_wW1gFWFOEjXk';
const AWS_SECRET = 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY';
const HOOK = `https://hooks.slack.com/services/T0/B0/${'a'.repeat(24)}`;
const KEY = '-----BEGIN RSA PRIVATE KEY-----\nMIIEpAIBAAKCAQEA7\nabc+/=\n-----END RSA PRIVATE KEY-----';

describe('what is a secret is not shown', () => {
  test.each([
    // Webhooks.
    [`${HOOK}: refused`, '[webhook] refused'],
    [`post to <${HOOK}> failed`, 'post to <[webhook]> failed'],
    ['hooks.slack.com/services/T0/B0/abcdef answered 404', '[webhook] answered 404'],
    ['https://hooks.slack-gov.com/services/T0/B0/x', '[webhook]'],
    ['https://discord.com/api/webhooks/123456789/abcdefghijklmnop', '[webhook]'],
    ['https://acme.webhook.office.com/webhookb2/0a1b@2c/IncomingWebhook/3d', '[webhook]'],
    ['https://prod-1.westeurope.logic.azure.com:443/workflows/0a1b', '[webhook]'],
    // Users and passwords in addresses.
    ['postgres://user:pw@db/x', 'postgres://[redacted]@db/x'],
    ['postgres://user:p@ss@host:5432/db?x=a@b', 'postgres://[redacted]@host:5432/db?x=a@b'],
    ['mysql://root:pa/ss@host/db', 'mysql://[redacted]@host/db'],
    ['jdbc:postgresql://u:p@h/d', 'jdbc:postgresql://[redacted]@h/d'],
    ['jdbc:oracle:thin:scott/tiger@//h:1521/x', 'jdbc:oracle:thin:[redacted]@//h:1521/x'],
    ['user:p@ss@host refused', 'user:[redacted]@host refused'],
    ['admin:hunter2@db.internal:5432', 'admin:[redacted]@db.internal:5432'],
    ['https://abcdefghijklmnopqrstuv@github.com/x/y', 'https://[redacted]@github.com/x/y'],
    // Tokens by their shape.
    ['key AKIAABCDEFGHIJKLMNOP.', 'key [access key].'],
    [`remote said ghp_${'a1'.repeat(18)}`, 'remote said [token]'],
    [`github_pat_${'a1_'.repeat(12)}`, '[token]'],
    ['glpat-abcdefghij1234567890', '[token]'],
    ['xoxb-123456789012-abcdefABCDEF', '[token]'],
    ['xapp-1-A0123-456-abc', '[token]'],
    [`got ${JWT}; next`, 'got [token]; next'],
    [`"${JWT}"`, '"[token]"'],
    [`aws ${AWS_SECRET} x`, 'aws [secret key] x'],
    [`sk_live_${'4eC3'.repeat(6)}`, '[token]'],
    [`AIza${'B'.repeat(35)}`, '[token]'],
    [KEY, '[private key]'],
    [`{"key":"${KEY.replaceAll('\n', '\\n')}"}`, '{"key":"[private key]"}'],
    ['-----BEGIN OPENSSH PRIVATE KEY-----\nb3Bl', '[private key]'],
    // Headers.
    ['Authorization: Bearer abcdefgh12', 'Authorization: Bearer [redacted]'],
    ['authorization: Basic dXNlcjpwYXNz\nhost: x', 'authorization: Basic [redacted]\nhost: x'],
    ['Authorization: AWS4-HMAC-SHA256 Credential=a/b, Signature=0a1b', 'Authorization: AWS4-HMAC-SHA256 [redacted]'],
    ['sent bearer abc123def456', 'sent bearer [redacted]'],
    ['Cookie: session=abc; user=1\nx: y', 'Cookie: [redacted]\nx: y'],
    ['{"Authorization":"Basic dXNlcjpwYXNz","a":1}', '{"Authorization":"Basic [redacted]","a":1}'],
    ['"authorization": "never closed', '"authorization": "[redacted]'],
    ['X-Api-Key: abc123', 'X-Api-Key: [redacted]'],
    // Names.
    ['{"password": "hunter2", "a": 1}', '{"password": [redacted], "a": 1}'],
    ['{"password":"hun\\"ter2","a":1}', '{"password":[redacted],"a":1}'],
    ['{\\"password\\":\\"hunter2\\",\\"a\\":1}', '{\\"password\\":[redacted],\\"a\\":1}'],
    ["{'db_password': 'hunter2'}", "{'db_password': [redacted]}"],
    ['client_secret=abc; next', 'client_secret=[redacted]; next'],
    ['https://b.s3/x?X-Amz-Signature=0a1b&y=1', 'https://b.s3/x?X-Amz-Signature=[redacted]&y=1'],
    ['?sv=2022&sig=0a1b%2B&se=1', '?sv=2022&sig=[redacted]&se=1'],
    ['Server=h;Uid=u;Pwd=hunter2;Database=d', 'Server=h;Uid=u;Pwd=[redacted];Database=d'],
    ['host=h password=hunter2 dbname=d', 'host=h password=[redacted] dbname=d'],
    ["host=h password='hunter 2' dbname=d", 'host=h password=[redacted] dbname=d'],
    ['AccountName=a;AccountKey=0a1b==;EndpointSuffix=s', 'AccountName=a;AccountKey=[redacted];EndpointSuffix=s'],
    ['PGPASSWORD=hunter2 psql', 'PGPASSWORD=[redacted] psql'],
    ['the password is hunter2.', 'the password is [redacted].'],
    ['password was "hunter 2", sorry', 'password was [redacted], sorry'],
    ['psql --password hunter2 -h x', 'psql --password [redacted] -h x'],
    ['run --api-token=abc', 'run --api-token=[redacted]'],
    ['password: "never closed', 'password: [redacted]'],
    ['password2=abc', 'password2=[redacted]'],
    ['passphrase => abc', 'passphrase => [redacted]'],
    ['SLACK_TOKEN: abc', 'SLACK_TOKEN: [redacted]'],
    ['aws_secret_access_key = abc', 'aws_secret_access_key = [redacted]'],
    ['next_token%3Dabc%26x', 'next_token%3D[redacted]'],
  ])('%s', (text, shown) => {
    expect(redact(text)).toBe(shown);
    // What was redacted once is not redacted again, which would eat what stands beside it.
    expect(redact(shown)).toBe(shown);
  });
});

describe('what is none stays readable', () => {
  test.each([
    's3://bucket/flights/2026/01/20/05/part.csv is 3 bytes',
    'data/flights/2026-01-20T05/0123456789abcdef0123456789abcdef.parquet',
    'landing/Orders/EU/2026/01/20/05/Part00001',
    'arn:aws:secretsmanager:eu-west-1:111122223333:secret:jobs/database-AbCdEf',
    'User: arn:aws:sts::1:assumed-role/x/y is not authorized to perform: secretsmanager:GetSecretValue on resource: arn:aws:secretsmanager:eu-west-1:1:secret:x-AbCdEf',
    'arn:aws:states:us-east-1:123456789012:execution:Rollcall-PartitionRun:0a1b2c-flights-2026-01-20T05',
    'sha256 e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855',
    'commit 3b9ee9183380852874c86b3922793e1bdde08bd4',
    'ETag "9bb58f26192e4ba00f01e2e7b136bbd8-12"',
    'uuid 123e4567-e89b-12d3-a456-426614174000',
    "WHERE delay >= 15 AND origin <> 'JFK'",
    "md5(setting('salt') || id) AS id, value * setting('factor')",
    'token IS NOT NULL AND token_count > 3',
    'the table has no column access_key_id',
    'password authentication failed for user "rollcall"',
    'password is missing; token is invalid. The secret is not there',
    'the secret tests/jobs has no field password: null',
    'Unexpected token } in JSON at position 4',
    'bypass: yes, compass=north, design: new, significant: 1',
    'max_tokens: 12, tokens: 12, token_type: x, passwordless: y, secretName: z',
    'bearer instruments and basic checks',
    'mailto:jane@corp.example, owner:team@corp.example, git@github.com:a/b.git',
    'https://user@host/x, https://host:8080/a/b@c, https://docs.example.com/webhooks',
    '2026-01-20T05:00:00Z flights-daily orders_eu',
    'CREATE TABLE jobs (dataset text, least_value int, factor float8, salt text)',
    '-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----',
    'secret=${SECRET} password: {{ vault }} token={',
    'Could not convert string "r3" to INT64',
    'columns: ghp_id, akia, xoxo-1',
  ])('%s', (text) => {
    expect(redact(text)).toBe(text);
  });
});

describe('long texts', () => {
  test('are cut, and no half of a secret is left where they are', () => {
    const secret = `postgres://user:${'x'.repeat(60)}@host`;
    for (let before = 6000; before < 6200; before += 7) {
      const shown = redact(`${'word '.repeat(before / 5)}${secret} ${'after '.repeat(5000)}`, 2000);
      expect(shown).toHaveLength(2000);
      expect(shown).not.toContain('xx');
    }
    expect(redact('a'.repeat(70_000), 100)).toBe(`${'a'.repeat(99)}…`);
  });

  test('hide a secret that begins among the kept characters, however long it is', () => {
    const shown = redact(`${'word '.repeat(390)}token=${'x'.repeat(50_000)}`);
    expect(shown).toMatch(/token=\[redacted\]…?$/);
  });
});

test('characters that reorder text are shown as what they are', () => {
  expect(redact('invoice\u202Evsc.exe')).toBe('invoice⟨U+202E⟩vsc.exe');
  expect(redact('\u2066a\u2069 \u200F\u061C')).toBe('⟨U+2066⟩a⟨U+2069⟩ ⟨U+200F⟩⟨U+061C⟩');
  expect(redact('password=a\u202Eb')).toBe('password=[redacted]');
});

test.each(['db_password', 'apiKey', 'Authorization', 'webhook_token', 'privateKey'])(
  '%s is the field of a secret',
  (field) => {
    expect(isSecretField(field)).toBe(true);
  },
);

describe('the time is linear in the text', () => {
  // What makes patterns look at a text again and again: a part of a secret everywhere, and the whole of one nowhere.
  const parts = [
    'a.',
    'a:',
    '@',
    'a:b@',
    'a://',
    'a://b:',
    'https://',
    'eyJ',
    'eyJ.',
    '"',
    "'",
    '\\',
    '\\"',
    'password',
    'password=',
    'password="',
    'password is ',
    'password\\',
    'token:',
    '--',
    'password=${',
    'password=(',
    'password="{',
    'token=arn:a',
    'cookie:..',
    'authorization: [redacted',
    'password=wrong ',
    '-----BEGIN ',
    '-----BEGIN PRIVATE KEY',
    'AKIA',
    'ghp_',
    'xoxb-',
    'Bearer ',
    'arn:a',
    'secretsmanager:g',
    '/hook/',
    'https://h/hook/',
    ' ',
    'hooks.slack',
    'authorization:',
    'aB3/',
    'jdbc:',
    '\u202e',
  ];

  const of = (part: string, length: number) => part.repeat(Math.ceil(length / part.length));

  // The patterns that see a whole text are made of fixed parts; those with repetitions see a bounded part of it. So what methods look at
  // is what there is to count.
  test.each(parts)('of %j, four times as much is not more than four times the work', (part) => {
    const [little, much] = [of(part, 16_384), of(part, 65_536)].map((text) => workOf(() => redactWhole(text)));
    expect(much! / little!).toBeLessThan(4.5);
    // Some dozen looks at each character: once for each kind of secret, and around what may be one.
    expect(much! / 65_536).toBeLessThan(200);
  });

  test('and what is written takes the same work for any text', () => {
    const [little, much] = [16_384, 1_048_576].map((length) => workOf(() => redact(of('a.', length))));
    expect(much).toBe(little);
  });

  test('a quadratic search is seen so', () => {
    const quadratic = (text: string) => () => {
      for (let at = 0; at < text.length; at += 1) text.indexOf('://', at);
    };
    const [little, much] = [of('a.', 2048), of('a.', 8192)].map((text) => workOf(quadratic(text)));
    expect(much! / little!).toBeGreaterThan(12);
  });
});
