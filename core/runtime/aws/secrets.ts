import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { NodeHttpHandler } from '@smithy/node-http-handler';
import { timeouts } from './timeouts';

/** A Secrets Manager client whose attempts are bounded, for the same reason as those of S3. */
export function createSecretsClient(): SecretsManagerClient {
  return new SecretsManagerClient({ maxAttempts: 3, requestHandler: new NodeHttpHandler(timeouts(3_000, 10_000)) });
}
