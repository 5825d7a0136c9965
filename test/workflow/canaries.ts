import { gunzipSync } from 'node:zlib';
import type { World } from '../../local/world';

/**
 * Secrets that are planted where an app has its secrets, and looked for in all that it writes: the ledger, the lake, messages of Slack and
 * SNS, logs, and what the state machines were told and answered.
 */
export const CANARIES = {
  /** Part of the webhook's path. */
  webhook: 'canary-of-the-webhook',
  /** The password of the database, and a sensitive setting that it answers. */
  database: 'hunter2',
  /** How every value of a sensitive column begins. */
  value: 'whisper',
  /** The key under which sensitive values are hashed. */
  sampleKey: 'made-up-for-SampleKey',
} as const;
type Canary = keyof typeof CANARIES;

/** A place in which something was written, and the canaries that may be there because the documentation says so. */
interface Written {
  readonly where: string;
  readonly text: string;
  readonly allowed: readonly Canary[];
}

/** Gives the app a webhook that is known again. */
export function plantWebhook(world: World): void {
  const secret = world.assembly.secrets.find(({ logicalId }) => logicalId.startsWith('SlackSecret'));
  if (secret === undefined) throw new Error('the app has no secret for webhooks');
  const url = world.slack.webhook(`/services/T0/B0/${CANARIES.webhook}`);
  world.aws.secrets.set(secret.name, JSON.stringify({ default: url }));
}

/** Where a canary is that must not be: `<place>: <canary>`. */
export function leaksOf(world: World, logs: readonly string[]): string[] {
  return allWritten(world, logs).flatMap(({ where, text, allowed }) =>
    (Object.entries(CANARIES) as [Canary, string][])
      .filter(([canary, secret]) => !allowed.includes(canary) && text.includes(secret))
      .map(([canary]) => `${where}: ${canary}`),
  );
}

function allWritten(world: World, logs: readonly string[]): Written[] {
  const objects = (['Ledger', 'Lake'] as const).flatMap((bucket) =>
    world.s3.store.keys(world.bucket(bucket)).map((key) => ({
      where: `${bucket} ${key}`,
      text: `${key}\n${textOf(world.s3.store.get(world.bucket(bucket), key).body)}`,
      allowed: allowedIn(bucket, key),
    })),
  );
  const of = (where: string, texts: readonly unknown[]): Written[] =>
    texts.map((text) => ({ where, text: typeof text === 'string' ? text : JSON.stringify(text), allowed: [] }));
  return [
    ...objects,
    ...of(
      'Slack',
      world.slack.messages.map(({ payload }) => payload),
    ),
    ...of('SNS', world.aws.publications),
    ...of('log', logs),
    ...of(
      'execution',
      world.sfn
        .list()
        .map(({ name, input, output, error, cause, history }) => [name, input, output, error, cause, history]),
    ),
  ];
}

function allowedIn(bucket: 'Ledger' | 'Lake', key: string): Canary[] {
  // docs/dependencies.md: a sensitive setting stands in the settings of the run, for the steps that work with it.
  if (bucket === 'Ledger') return key.endsWith('.settings.json') ? ['database'] : [];
  // What is published, and docs/quarantine.md: rejected records are kept as they came. The records about them are not excepted.
  return key.endsWith('.json') ? [] : ['value'];
}

function textOf(body: Buffer): string {
  const isGzip = body[0] === 0x1f && body[1] === 0x8b;
  return (isGzip ? gunzipSync(body) : body).toString('latin1');
}
