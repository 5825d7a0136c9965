import { GetSecretValueCommand, type SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { InternalError } from '../../contracts/errors';
import { classify } from './classify';

/**
 * Reads the key under which sensitive values are hashed, once per process: it never changes by itself, and where an operator rotates it,
 * hashes of before and after differ.
 * @throws InternalError when the secret is empty; PlatformFault when Secrets Manager does not answer
 */
export function sampleKeyReader(secrets: SecretsManagerClient, secretArn: string): () => Promise<string> {
  let kept: string | undefined;
  return async () => {
    if (kept !== undefined) return kept;
    try {
      const { SecretString: key = '' } = await secrets.send(new GetSecretValueCommand({ SecretId: secretArn }));
      if (key.length < 16)
        throw new InternalError('the secret with the key of the samples holds no key of 16 characters');
      return (kept = key);
    } catch (error) {
      throw classify(error);
    }
  };
}
