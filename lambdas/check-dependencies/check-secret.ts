import { GetSecretValueCommand, type SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import type { Dependency, SecretDependency } from '../../core/contracts/dataset/dependency';
import { RollcallError } from '../../core/contracts/errors';
import { classify, describeForeign, kindOfFault, tellForeign } from '../../core/runtime/aws/classify';
import { empty, fault, unavailable, within, type Asking } from './asking';

/** Longest that Secrets Manager is waited for, the SDK's attempts included. */
const SECRET_MS = 40_000;

/** Reads secrets, each once for an invocation: a new one sees what was rotated since. */
export class SecretReader {
  private readonly read = new Map<string, Promise<string>>();

  constructor(private readonly client: SecretsManagerClient) {}

  /**
   * The text of a secret.
   * @throws DependencyFault when it is not there or not for us, DependencyEmpty when it holds nothing, DependencyUnavailable
   */
  async text(of: Dependency, secret: string, withinMs: number): Promise<string> {
    let text: string | undefined;
    try {
      text = await within(of, Math.min(withinMs, SECRET_MS), () => this.once(secret));
    } catch (error) {
      throw ofSecretsManager(of, secret, error);
    }
    if (text.trim() === '') throw empty(of, `the secret ${secret} is empty`);
    return text;
  }

  /**
   * The fields of a secret that is a JSON object.
   * @throws as {@link text}; DependencyFault when it is none. No message has anything of its content
   */
  async fields(of: Dependency, secret: string, withinMs: number): Promise<Readonly<Record<string, unknown>>> {
    const text = await this.text(of, secret, withinMs);
    let json: unknown;
    try {
      json = JSON.parse(text);
    } catch {
      // The parser's message quotes the text.
      throw fault(of, `the secret ${secret} is not JSON`);
    }
    if (typeof json !== 'object' || json === null || Array.isArray(json))
      throw fault(of, `the secret ${secret} is not a JSON object`);
    return json as Record<string, unknown>;
  }

  /** A field that must hold text (or a number). */
  async field(of: Dependency, secret: string, key: string, withinMs: number): Promise<string> {
    const value = fieldText((await this.fields(of, secret, withinMs))[key]);
    if (value === undefined) throw empty(of, `the secret ${secret} has nothing under ${key}`);
    return value;
  }

  private once(secret: string): Promise<string> {
    let reading = this.read.get(secret);
    if (reading === undefined) {
      reading = this.client
        .send(new GetSecretValueCommand({ SecretId: secret }))
        .then(({ SecretString, SecretBinary }) => SecretString ?? Buffer.from(SecretBinary ?? []).toString('utf8'));
      this.read.set(secret, reading);
    }
    return reading;
  }
}

/** Text that is worth something, or undefined. */
export function fieldText(value: unknown): string | undefined {
  if (typeof value === 'number') return String(value);
  return typeof value === 'string' && value.trim() !== '' ? value : undefined;
}

function ofSecretsManager(of: Dependency, secret: string, error: unknown): RollcallError {
  if (error instanceof RollcallError) return error;
  const { name, status } = describeForeign(error);
  const kind = kindOfFault(error);
  // Our own credentials or clock: no fault of the secret's.
  if (kind === 'passing, our own') return classify(error);
  if (kind === 'passing') return unavailable(of, `Secrets Manager: ${tellForeign(error)}`);
  if (name === 'ResourceNotFoundException') return fault(of, `the secret ${secret} does not exist, or has no value`);
  if (name === 'AccessDeniedException' || status === 403)
    return fault(of, `the secret ${secret} may not be read by the role of CheckDependencies (${name})`);
  if (name === 'DecryptionFailure')
    return fault(of, `the secret ${secret} could not be decrypted: name its KMS key in secretKeyArns`);
  return fault(of, `the secret ${secret} could not be read: ${tellForeign(error)}`);
}

/** Whether a secret is there and holds what it should. */
export async function checkSecret(of: SecretDependency, { secrets, withinMs }: Asking): Promise<void> {
  if (of.keys === undefined) {
    await secrets.text(of, of.secret, withinMs);
    return;
  }
  for (const key of of.keys) await secrets.field(of, of.secret, key, withinMs);
}
